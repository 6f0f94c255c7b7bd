#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes common-passwords.txt: what people choose when they are asked for a password.

Words that come to mind, walks over the keyboard, and the endings that people add to satisfy rules.
One a line, in lower case, sorted by bytes: password_rules.c searches it in place.
"""

import sys

WORDS = """
password passwort passw0rd p@ssword p@ssw0rd pa55word pass passwd passcode secret geheim welcome willkommen hello hallo
admin administrator root user guest test testing temp temporary default changeme change letmein login logon access master
service system server network internet computer laptop office company business manager support security private backup
database oracle windows microsoft google apple samsung android iphone linux debian ubuntu apache cisco router switch
football baseball basketball soccer hockey tennis golf cricket rugby volleyball swimming running racing fishing hunting
monkey dragon tiger lion eagle falcon hawk wolf bear panther jaguar leopard cheetah elephant giraffe zebra horse pony
dolphin whale shark turtle penguin rabbit kitten puppy doggy kitty buster rocky max shadow lucky molly daisy bella coco
sunshine sunflower rainbow flower butterfly summer winter spring autumn january february march april june july august
september october november december monday tuesday wednesday thursday friday saturday sunday morning midnight
michael jennifer jessica daniel david robert thomas matthew andrew joshua james john william richard joseph charles
christopher anthony steven kevin brian george edward ronald timothy jason jeffrey ryan jacob gary nicholas eric jonathan
stephen larry justin scott brandon benjamin samuel gregory frank alexander raymond patrick jack dennis jerry tyler aaron
mary patricia linda elizabeth barbara susan sarah karen nancy lisa margaret betty sandra ashley dorothy kimberly emily
donna michelle carol amanda melissa deborah stephanie rebecca laura sharon cynthia kathleen amy shirley angela helen anna
brenda pamela nicole samantha katherine emma ruth christine catherine virginia rachel carolyn janet maria heather diane
alice bob charlie princess prince queen king angel babygirl babyboy baby honey sweety sweetheart lovely beautiful handsome
iloveyou loveyou lover love forever friend friends family mother father sister brother daughter freedom liberty justice
superman batman spiderman ironman wonderwoman starwars startrek matrix pokemon pikachu naruto mario zelda minecraft
fortnite warcraft starcraft counterstrike playstation nintendo xbox gamer hacker ninja samurai warrior knight wizard magic
ferrari porsche mercedes corvette mustang camaro harley yamaha honda toyota nissan bmw audi volkswagen ford chevrolet
chelsea liverpool arsenal manchester barcelona realmadrid juventus bayern lakers yankees cowboys steelers packers redsox
london paris berlin newyork chicago boston dallas houston denver seattle florida texas california america canada mexico
germany france england ireland scotland australia china beijing shanghai tokyo japan india delhi singapore
chocolate banana apple orange cherry strawberry peach lemon cookie cheese pizza coffee pepper ginger vanilla sugar candy
purple yellow orange silver golden diamond crystal emerald ruby sapphire blue green black white red
whatever nothing something anything everything trustno1 trustme nopassword mypassword thepassword yourpassword newpassword
money dollar rich million lottery casino poker jackpot winner champion success power energy phoenix thunder lightning
music guitar piano drummer rockstar metallica nirvana eminem beatles queen elvis heaven jesus christ blessed faith church
student teacher school college university library science biology chemistry physics mathematics history doctor nurse
qwerty qwertz azerty asdfgh zxcvbn qazwsx qweasd asdf zxcv wasd poiuyt lkjhgf mnbvcx
""".split()

# Whole ones, for the endings do not make them.
WHOLE = """
0123456789 1234567890 123456789 12345678 87654321 987654321 9876543210 11111111 00000000 88888888 66666666 99999999
12341234 12121212 11223344 112233445566 123123123 123321123 147258369 159357456 741852963 789456123 1357924680 2468101214
123456789012345 1234567890123456 12345678901234567890 112233445566778899 000000000000000 111111111111111
5201314520 woaini520 woaini1314 wodemima woaiwojia caonima123 zhongguo123 nihao123456 1314520520 qq123456789 a123456789
1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1q2w3e4r5t6y7u8i9o0p 1qaz2wsx 1qaz2wsx3edc 1qaz2wsx3edc4rfv 1qaz2wsx3edc4rfv5tgb
1qazxsw2 2wsx1qaz zaq12wsx zaq1zaq1 qazwsxedc qazwsxedcrfv qazwsxedcrfvtgb qazwsxedcrfvtgbyhnujm q1w2e3r4 q1w2e3r4t5y6
qwertyui qwertyuiop qwertyuiop123 qwertyuiop[] qwertyuiopasdfghjkl qwertyuiopasdfghjklzxcvbnm qwertzuiop qwertzuiopasdfghjkl
asdfghjk asdfghjkl asdfghjkl; asdfghjklzxcvbnm asdfasdf asdf1234 zxcvbnm1 zxcvbnm123 zxcvbnm,. zxcvbnmasdfghjkl qweqweqwe
qwe123qwe qweasdzxc qweasdzxc123 123qweasd 123qweasdzxc qwerasdf qwerasdfzxcv poiuytrewq mnbvcxz1 lkjhgfdsa azertyuiop
abcdefgh abcdefghi abcdefghij abcdefghijkl abcdefghijklmno abcdefghijklmnop abcdefghijklmnopqrstuvwxyz zyxwvutsrqponmlkjihgfedcba
abc123456 abc12345678 abcd1234 abcde12345 aa123456 aa12345678 a1b2c3d4 a1b2c3d4e5 a1s2d3f4 aaaaaaaa aabbccdd abcabcabc
correcthorsebatterystaple correct horse battery staple thequickbrownfox thequickbrownfoxjumpsoverthelazydog
the quick brown fox jumps over the lazy dog the quick brown fox loremipsum loremipsumdolor loremipsumdolorsitamet
iloveyousomuch iloveyouforever iloveyoubaby ilovemyself ilovemyfamily ilovemymother imissyou jesuslovesme godisgood
letmeinplease letmeinnow letmein! openthedoor opensesame youshallnotpass donttellanyone donotenter keepout
thisismypassword thisisapassword thisismysecret mypasswordispassword passwordispassword ihatepasswords iforgotmypassword
iforgotit dontforget neverforget rememberme forgetmenot whatismypassword enterpassword typepassword noneofyourbusiness
maytheforcebewithyou liveandletdie winteriscoming hakunamatata tobeornottobe carpediem onceuponatime happybirthday
merrychristmas happynewyear goodmorning goodnight helloworld hellothere hello world howareyou thankyou pleasehelp
administrator1 superuser1 rootroot adminadmin administratoradministrator testtest testtesttest userpassword guestguest
passwordpassword passwordpassword1 passwordpassword123 password123password welcomewelcome welcome to the jungle
monkeymonkey dragondragon sunshinesunshine summersummer lovelovelove qwertyqwerty qwertyqwertyqwerty baseballbaseball
companypassword officepassword workpassword homepassword wifipassword emailpassword bankpassword masterpassword
temporarypassword defaultpassword initialpassword strongpassword securepassword longpassword verylongpassword
averylongpassword thisisalongpassword thisisaverylongpassword supersecret supersecretpassword topsecret topsecret123
""".strip().splitlines()

PHRASES = {
    "correct horse battery staple",
    "the quick brown fox jumps over the lazy dog",
    "the quick brown fox",
    "hello world",
    "welcome to the jungle",
}

YEARS = [str(year) for year in range(2020, 2028)]
ENDINGS = ["", "1", "12", "123", "1234", "12345", "123456", "123456789", "!", "1!", "123!", "@123", "01", "007"]
SHORTEST = 8  # the least a site can ask for; nothing shorter is ever looked up


def whole():
    for line in WHOLE:
        for phrase in PHRASES:
            if phrase in line:
                yield phrase
                line = line.replace(phrase, " ")
        yield from line.split()


def candidates():
    yield from whole()
    for word in WORDS:
        for ending in (*ENDINGS, *YEARS):
            yield word + ending
        yield word.replace("o", "0").replace("a", "@") + "1"
        yield "123" + word
        yield word + word
        yield "my" + word
        yield "ilove" + word


def main():
    found = sorted({word for word in candidates() if len(word) >= SHORTEST}, key=lambda word: word.encode())
    sys.stdout.write("".join(f"{word}\n" for word in found))


if __name__ == "__main__":
    main()
