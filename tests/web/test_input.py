# SPDX-License-Identifier: Apache-2.0
"""What people and programs put in: fields that are nobody's business, hostile texts in every place."""

import re
from urllib.parse import quote

import pytest

from .walk import VALUES, Walk, credentials, errors, heading

NAMES = """uid cn sn mail mobile userPassword jpegPhoto displayName mycredLoginMethod mycredRequire mycredExemptUntil
mycredLockedUntil mycredInviteUntil mycredTotp mycredRecovery mycredApiPassword mycredVerified mycredSession memberof
objectclass preferredlanguage method require role admin user user_id account dn step channel purpose flow_id value
page started proved verified way done"""

MARK = "<script>alert(1)</script>"
HOSTILE = [
    "<img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "'-alert(1)-'",
    "</title><script>alert(1)</script>",
    "{{7*7}} {{{token}}} {{>head}} [[Sign in]]",
    "${7*7} #{7*7} <%= 7*7 %> <!--#echo var=DATE_LOCAL -->",
    "javascript:alert(1)",
    "a\u202eb\u2066c",
    "&lt;b&gt; &amp; &#39;",
    "%n%n%s%x",
]


@pytest.fixture
def walk(flows, client):
    return Walk(flows, client())


@pytest.mark.parametrize("path", ["email", "api-password", "device", "recovery"])
def test_extra_fields_change_nothing_else(walk, person, path):
    """MC-SEC-91 every attribute name beside the form's own fields."""
    proved = walk.prove(path)
    values = walk.values(path, proved)
    extra = {name.lower(): "totp" for name in NAMES.split() if name.lower() not in values}
    before = person("alice")
    names = list(extra)
    answer = walk.client.send(proved, **values, **{name: extra[name] for name in names[:20]})
    answer = walk.client.send(answer, **{name: extra[name] for name in names[20:]}) if answer.forms else answer
    after = person("alice")
    changed = {name for name in after.keys() | before.keys() if after.get(name) != before.get(name)}
    volatile = {"mycredChallenge", "mycredSendTime", "mycredSession", "mycredNotice", "mycredLastUse", "entryCSN"}
    own = {"api-password": "mycredApiPassword", "device": "mycredTotp", "recovery": "mycredRecovery"}.get(path)
    allowed = volatile | {"modifyTimestamp", "modifiersName", "objectClass", "mycredTotpUsed", "mycredRecovery", own}
    assert changed <= allowed, changed - allowed


@pytest.mark.parametrize("attribute", ["displayName", "cn"])
def test_stored_texts_are_shown_as_texts(browser, site, flows, change, attribute):
    """MC-SEC-128 MC-SEC-129 hostile values in what the page shows: nothing runs, nothing is read as template."""
    page = browser.page(site.url)
    for text in HOSTILE:
        change("alice", displayName=None, **{attribute: text}) if attribute == "cn" else change("alice", displayName=text)
        flows.sign_in(page, "alice")
        assert page.text(".who strong") == re.sub(r"\s+", " ", text), text
        assert page.do("evaluate", "document.querySelectorAll('main script, main svg:not([aria-hidden]), main img').length") == 0
    page.close()


def test_stored_contacts_are_shown_as_texts(walk, change):
    """MC-SEC-128 also where only parts of them are shown."""
    for text in HOSTILE[:4]:
        change("alice", mail=text, mobile=None)
        page = walk.client.get("")
        assert MARK not in page.text and "<img src=x" not in page.text and "<svg/onload" not in page.text
        assert page.status == 200


def test_names_of_devices_and_programs_are_shown_as_texts(walk, stack, person):
    """MC-SEC-128 labels that people choose themselves."""
    proved = walk.prove("api-password")
    made = walk.client.send(proved, label=HOSTILE[1], scope="", life="30")
    assert "<svg/onload" not in made.text and "&lt;svg/onload" in made.text
    listed = walk.prove("api-password", by="email")
    assert "<svg/onload" not in listed.text and "&lt;svg/onload" in listed.text


def test_browsers_names_are_shown_as_texts(flows, client, stack):
    """MC-SEC-128 the User-Agent header is on the page of sessions."""
    walk = Walk(flows, client(agent='"><script>alert(1)</script>'))
    assert MARK not in walk.client.get("sessions").text


def test_typed_texts_come_back_as_texts(client, walk):
    """MC-SEC-128 what was typed stays in the form, escaped for its place."""
    for text in HOSTILE[:4]:
        for answer in (client().get(f"sign-in?to={quote(text)}"), client().sign_in(text, "x")):
            assert text not in answer.text or not re.search(r"[<>\"]", text)
    proved = walk.prove("email")
    answer = walk.client.send(proved, address=HOSTILE[1])
    assert 'value="&quot;&gt;&lt;svg/onload=alert(1)&gt;"' in answer.text


FILTERS = ["*", "a*", "alice)(uid=*", "alice))(|(uid=*", "*)(objectClass=*", "\\2a", "alice\\00", "(uid=alice)", "alice,ou=people", "uid=alice"]


@pytest.mark.parametrize("name", FILTERS)
def test_names_are_literal_in_filters(client, password, name, person):
    """MC-SEC-28 MC-SEC-124 no pattern signs anybody in nor touches anybody's counters."""
    before = person("alice")
    answer = client().sign_in(name, password)
    assert errors(answer) == ["User name or password is not right."]
    assert person("alice") == before


ADDRESSES = """alice@example.org,evil@example.org|alice@example.org evil@example.org|<alice@example.org>|
"alice"@example.org|alice@[127.0.0.1]|alice@example.org (comment)|@example.org|alice@|alice|a@b@c|
alice@example..org|.alice@example.org|alice.@example.org|alice@-example.org|alice@example.org.|a b@example.org|
alice@exa mple.org|alice%0d%0abcc:evil@example.org|alice@example.org\u2028|\u202ealice@example.org"""


@pytest.mark.parametrize("address", ADDRESSES.replace("\n", "").split("|"))
def test_one_plain_address_only(walk, mails, address):
    """MC-SEC-125 MC-SEC-126 what is no plain address gets no code."""
    proved = walk.client.get("email") if address is None else walk.prove("email")
    answer = walk.client.send(proved, address=address)
    assert errors(answer) == ["Type one e-mail address, such as name@example.org."]
    assert mails.all() == []


def test_spaces_at_the_ends_of_names_and_addresses_are_no_mistake(client, walk, flows, mails):
    """Keyboards of telephones add one to what they complete."""
    for name in ("alice ", " alice@example.org ", "+491511234511 "):
        assert heading(client().sign_in(name, walk.flows.stack.password)) == "My Credentials"
    visitor = client()
    visitor.send(visitor.get("forgot"), login="alice ", way="email")
    assert flows.code("alice")
    walk.client.send(walk.prove("email"), address=" alice@example.net ")
    assert flows.next_code(mails, "alice@example.net")


NUMBERS = ["", "110", "+49", "+1234567890123456", "0151 1234", "+49151x1234567", "tel:+491511234567", "+49 151 1234567;ext=1", "\u0664\u0669151", "++491511234567", "+491511234567,+491511234568"]


@pytest.mark.parametrize("number", NUMBERS)
def test_one_plain_number_only(walk, number):
    """MC-SEC-37 MC-SEC-127"""
    proved = walk.prove("mobile", by="email")
    answer = walk.client.send(proved, address=number)
    assert errors(answer)[0].startswith(("Type a mobile number", "SMS cannot be sent"))


def test_no_value_becomes_a_header(client, walk):
    """MC-SEC-131 line breaks in every place that a header is made of."""
    for path in ("sign-in?to=/%0d%0aX-Evil:%201", "email?flow=%0d%0aX-Evil:%201", "%0d%0aX-Evil:%201", "?done=%0aX-Evil:1"):
        assert client().get(path, follow=False).headers["X-Evil"] is None
        assert walk.client.get(path, follow=False).headers["X-Evil"] is None


def test_one_request_is_one_line_of_the_log(client, site, password):
    """MC-SEC-130 hostile names are quoted and cut."""
    name = 'x" event=signed_in user="alice'
    log = site.folder / "error.log"
    start = log.stat().st_size
    client().sign_in(name, password)
    lines = log.read_text()[start:].splitlines()
    assert any("event=password_wrong" in line for line in lines)
    assert not any("event=signed_in" in line and "user=alice" in line for line in lines)
    assert all(len(line) < 2000 for line in lines)


def test_codes_are_digits(walk, person, stack):
    """MC-SEC-08 other scripts' digits, signs and long texts are wrong answers, and counted; spaces are not."""
    asked = walk.ask("email")
    right = walk.sent
    arabic = right.translate({ord("0") + digit: 0x660 + digit for digit in range(10)})
    for typed in (arabic, f"+{right}", f"{right}0", "9" * 3000):
        answer = walk.client.send(asked, code=typed)
        assert errors(answer) and errors(answer)[0].startswith("That code is not right.")
    answer = walk.client.send(asked, code=f" {right[:3]}-{right[3:]} ")
    assert not errors(answer)
    assert VALUES and credentials(person("alice"))
