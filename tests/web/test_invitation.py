# SPDX-License-Identifier: Apache-2.0
"""Set credential by invitation: from the administrator's form by the mail's link to a password; what becomes of the link."""

import re
from datetime import datetime, timezone
from urllib.parse import urlsplit

import pytest
from stack.clock import shifted
from stack.httpd import is_sanitized
from stack.otp import totp

from .admin import link_in, statuses, told
from .client import Client
from .test_races import at_once, sends
from .walk import errors, heading

ADDRESS = "frank@example.org"
OVER = "This invitation cannot be used: it was used already, withdrawn, replaced by a newer one, or is too old."


@pytest.fixture
def invite(administrator, mails):
    """invite("frank"): the link that arrives."""

    def send(login="frank", address=ADDRESS):
        done = administrator.credential(login, "invite", address=address)
        assert statuses(done) == ["The invitation is on its way."], errors(done)
        while True:
            mail = mails.wait(address)
            if "invitation?t=" in mail.text:
                return link_in(mail)

    return send


def choose(answer, browser, password):
    return browser.send(answer, new_password=password, confirm_password=password)


def is_over(answer):
    return answer.status == 200 and OVER in answer.text and not answer.forms


def test_from_the_form_to_the_first_login(
    administrator, invite, flows, client, person, mails, logged, site, ssh_login, new_password
):
    """Row 11 MC-SEC-102: somebody without contacts sets a first password; the address is bound and proved."""
    link = invite()
    assert link.startswith(site.url + "invitation?t=")
    assert "Open until" in administrator.person("frank").text
    flows.forget_sends("frank")
    visitor = client()
    page = visitor.get(link)
    assert heading(page) == "Invitation" and "frank" in page.text and ADDRESS in page.text
    assert "Use at least 15 characters." in page.text
    done = choose(page, visitor, new_password)
    assert statuses(done) == ["Your password is set, and your e-mail address is bound to your account."]
    # it never signs in
    assert heading(visitor.get()) == "Sign in"
    entry = person("frank")
    assert entry["mail"] == [ADDRESS] and entry["mycredVerified"][0].startswith("mail ")
    assert not {"mycredInviteUntil", "mycredChallenge", "mycredSession"} & set(entry)
    told(mails, ADDRESS, "your e-mail address was changed")
    assert heading(visitor.sign_in("frank", new_password)) == "My Credentials"
    assert ssh_login("frank", new_password).ok
    assert "user=sadmin source=127.0.0.1 act=invite target=frank" in logged()[0]
    log = (site.folder / "error.log").read_text()
    assert re.search(r"event=invitation_accepted .*user=frank", log)
    assert urlsplit(link).query.removeprefix("t=") not in log


def test_opening_the_link_changes_nothing(invite, client, person, new_password):
    """MC-SEC-96 mail scanners open links, again and again, and some follow what they find."""
    link = invite()
    before = person("frank")
    for _ in range(20):
        assert heading(client().get(link)) == "Invitation"
    for verb in ("HEAD", "OPTIONS", "GET"):
        client().request(verb, link)
    assert person("frank") == before
    visitor = client()
    assert statuses(choose(visitor.get(link), visitor, new_password))


def test_the_link_leaves_the_address(invite, client):
    """MC-SEC-97 the page's own address holds no token, and nothing is sent to where one goes next."""
    link = invite()
    visitor = client()
    first = visitor.get(link, follow=False)
    assert first.status == 303 and first.location.endswith("/mycred/invitation")
    page = visitor.get(link)
    assert page.url.endswith("/mycred/invitation") and page.headers["Referrer-Policy"] == "no-referrer"
    assert urlsplit(link).query.removeprefix("t=") not in page.text


def test_the_link_is_used_once(invite, client, new_password, person):
    link = invite()
    visitor = client()
    page = visitor.get(link)
    choose(page, visitor, new_password)
    before = person("frank")
    assert is_over(client().get(link))
    assert is_over(choose(page, visitor, new_password + " more"))
    assert person("frank")["userPassword"] == before["userPassword"]


def test_two_who_accept_at_once(invite, client, new_password):
    """MC-SEC-15 of any number of parallel ones exactly one is taken."""
    visitor = client()
    page = visitor.get(invite())
    words = [f"{new_password} {number}" for number in range(6)]
    answers = at_once([sends(visitor, page, new_password=word, confirm_password=word) for word in words])
    assert sum(bool(statuses(answer)) and "is set" in statuses(answer)[0] for answer in answers) == 1
    assert all(answer.status == 200 for answer in answers)
    assert sum(heading(client().sign_in("frank", word)) == "My Credentials" for word in words) == 1


def test_whatever_is_wrong_is_answered_alike(administrator, invite, client, stack, own_site, lock):
    """Made up, broken, another's, withdrawn, replaced, run out, locked: the same page, byte for byte."""
    replaced = invite()
    withdrawn = invite()
    assert is_over(client().get(replaced))
    assert statuses(administrator.withdraw("frank")) == ["The invitation was withdrawn."]
    current = invite("grace", "grace@example.org")
    token = urlsplit(current).query
    site = own_site()
    strangers = [
        (site, "t=k1:AAAA"),
        (site, "t="),
        (site, token[:-2] + ("AA" if token[-2:] != "AA" else "BB")),
        (site, "t=%20" + "x" * 3000),
        (site, "x=1"),
        (site, urlsplit(replaced).query),
        (site, urlsplit(withdrawn).query),
    ]
    if not is_sanitized():  # whose library wants to be the only one loaded before httpd
        late = own_site(tool=shifted("+8d"))
        assert "grace" in Client(site).get(f"invitation?{token}").text
        strangers.append((late, token))
    answers = [Client(httpd).get(f"invitation?{query}") for httpd, query in strangers]
    lock("grace")
    answers.append(Client(site).get(f"invitation?{token}"))
    assert all(is_over(answer) for answer in answers)
    assert len({re.sub(r'v=\w+', "", answer.text) for answer in answers}) == 1
    assert not any("grace" in answer.text or "frank" in answer.text for answer in answers)
    # one who was only locked may come again
    stack.directory.replace(stack.people.dn("grace"), mycredLockedUntil=None)
    assert "grace" in client().get(current).text


def test_withdrawn_while_the_form_is_open(administrator, invite, client, new_password, person):
    visitor = client()
    page = visitor.get(invite())
    administrator.withdraw("frank")
    assert is_over(choose(page, visitor, new_password))
    assert "userPassword" not in person("frank") and "mail" not in person("frank")
    assert "mycredInviteUntil" not in person("frank")


def test_accepted_and_withdrawn_at_once(administrator, invite, client, new_password, person):
    """Whichever is first: the person has all of it, or nothing."""
    visitor = client()
    page = visitor.get(invite())
    shown = administrator.person("frank")
    form = next(form for form in shown.forms if ("what", "withdraw") in form.buttons)
    taken, _ = at_once(
        [
            sends(visitor, page, new_password=new_password, confirm_password=new_password),
            lambda: administrator.client.clone().send(shown, form, what="withdraw"),
        ]
    )
    accepted = not is_over(taken)
    assert ("mail" in person("frank")) == ("userPassword" in person("frank")) == accepted
    assert "mycredInviteUntil" not in person("frank") and is_over(client().get("invitation?t=x"))


def test_withdrawing_what_is_gone(administrator, invite, person):
    invite()
    page = administrator.person("frank")
    form = next(form for form in page.forms if ("what", "withdraw") in form.buttons)
    administrator.client.send(page, form, what="withdraw")
    again = administrator.client.send(page, form, what="withdraw")
    assert statuses(again)[0].startswith("Nothing was done")


def test_seven_days_and_no_more(invite, person):
    """A week by the preset, and the end of the window and the link are one."""
    invite()
    until = datetime.strptime(person("frank")["mycredInviteUntil"][0], "%Y%m%d%H%M%SZ").replace(tzinfo=timezone.utc)
    days = (until - datetime.now(timezone.utc)).total_seconds() / 86400
    assert 6.99 < days <= 7


def test_a_weak_password_can_be_tried_again(invite, client, new_password):
    """MC-SEC-16 what is refused takes nothing."""
    visitor = client()
    page = visitor.get(invite())
    weak = choose(page, visitor, "password")
    assert "Use at least 15 characters." in errors(weak)
    other = visitor.send(weak, new_password=new_password, confirm_password="x")
    assert errors(other) == ["The two new passwords are not the same."]
    assert "is set" in statuses(choose(other, visitor, new_password))[0]


def test_who_has_an_address_is_told_there(invite, flows, client, mails, person, new_password):
    """MC-SEC-85 the address in force hears of the invitation, and again when it is replaced."""
    link = invite("alice", "alice@example.net")
    told(mails, "alice", "invited you to set your credentials")
    flows.forget_sends("alice")
    visitor = client()
    choose(visitor.get(link), visitor, new_password)
    assert person("alice")["mail"] == ["alice@example.net"]
    for address in ("alice@example.org", "alice@example.net"):
        assert told(mails, address, "your e-mail address was changed").recipients == [address]


def test_sessions_end(invite, flows, client, new_password):
    """MC-SEC-80 MC-SEC-108 whoever was signed in is out."""
    link = invite("alice", "alice@example.net")
    before = client()
    assert heading(flows.enter(before, "alice")) == "My Credentials"
    visitor = client()
    choose(visitor.get(link), visitor, new_password)
    assert heading(before.get()) == "Sign in"


def test_verification_is_left_on(invite, flows, client, person, new_password):
    """MC-SEC-103 an invitation is no way around the second step."""
    link = invite("carol", "carol@example.net")
    visitor = client()
    choose(visitor.get(link), visitor, new_password)
    assert person("carol")["mycredLoginMethod"] == ["totp"] and person("carol")["mycredTotp"]
    assert heading(visitor.sign_in("carol", new_password)) == "Login Verification"


def test_who_must_verify_is_led_to_a_method(invite, client, flows, person, new_password):
    """`on`, nothing bound: the address is the way in, and a method is chosen there."""
    link = invite("grace", "grace@example.org")
    visitor = client()
    done = choose(visitor.get(link), visitor, new_password)
    assert "sign in, then choose a method" in done.text
    (to,) = re.findall(r'href="([^"]*sign-in\?to=[^"]*)"', done.text)
    asked = visitor.send(visitor.get(to), login="grace", password=new_password)
    assert heading(asked) == "Login Verification"
    inside = visitor.send(asked, code=flows.next_code(flows.mails, "grace@example.org"))
    assert heading(inside) == "Change Verification Method"
    assert person("grace")["mail"] == ["grace@example.org"]


def test_who_may_not_use_email_keeps_the_time_to_bind(invite, client, stack, ssh_login, new_password):
    """`on`, only virtual MFA allowed: until the invitation would have ended the site lets in to bind a device."""
    stack.directory.replace(stack.people.group_dn("finance"), mycredMethodAllowed="totp")
    link = invite("grace", "grace@example.org")
    visitor = client()
    choose(visitor.get(link), visitor, new_password)
    home = visitor.sign_in("grace", new_password)
    assert heading(home) == "My Credentials" and "choose a method below" in home.text
    assert not ssh_login("grace", new_password).ok


@pytest.mark.parametrize("address", ["", "frank", "frank@", "a@b@c.org", "x <y@example.org>", "a@example.org,b@example.org"])
def test_only_a_plain_address_is_taken(administrator, person, address):
    refused = administrator.credential("frank", "invite", address=address)
    assert errors(refused) == ["Type one e-mail address, such as name@example.org."]
    assert not any(name.startswith("mycred") for name in person("frank"))


def test_somebody_elses_address_is_not_taken(administrator, person):
    """MC-SEC-89 an address belongs to one entry."""
    refused = administrator.credential("frank", "invite", address="alice@example.org")
    assert errors(refused) == ["Somebody else has this e-mail address."]
    assert "mycredChallenge" not in person("frank")


def test_who_is_locked_is_not_invited(administrator, lock):
    lock("frank")
    assert errors(administrator.credential("frank", "invite", address=ADDRESS)) == [
        "The account is locked: unlock it first."
    ]


def test_who_is_signed_in_here_is_told_to_sign_out(invite, flows, client):
    visitor = client()
    flows.enter(visitor, "alice")
    page = visitor.get(invite())
    assert "Sign out, then open the link" in page.text and page.forms == []


def test_the_form_needs_its_token(invite, client, person):
    """MC-SEC-114 and MC-SEC-91: no field of the form names another account or attribute."""
    visitor = client()
    page = visitor.get(invite())
    fields = {"new_password": "quiet orchard lanterns 1", "confirm_password": "quiet orchard lanterns 1"}
    assert visitor.post(page.form.action, fields).status == 403
    more = {**page.form.fields, **fields, "user": "alice", "login": "alice", "mail": "x@y.org"}
    before = person("alice")
    assert statuses(visitor.post(page.form.action, more))
    assert person("alice") == before and person("frank")["mail"] == [ADDRESS]


def test_another_link_opened_meanwhile_gets_nothing_of_this_form(invite, client, person, new_password):
    """MC-SEC-114 somebody's own link in my browser: what I type for my account is not set for theirs."""
    mine, other = invite(), invite("grace", "grace@example.org")
    visitor = client()
    page = visitor.get(mine)
    visitor.get(other)
    before = person("grace")
    shown = choose(page, visitor, new_password)
    assert heading(shown) == "Invitation" and "grace" in shown.text and not statuses(shown)
    assert person("grace") == before
    assert statuses(choose(shown, visitor, new_password))


def test_the_log_tells_of_refused_links(client, site):
    start = (site.folder / "error.log").stat().st_size
    client().get("invitation?t=k1:AAAA")
    with open(site.folder / "error.log") as log:
        log.seek(start)
        assert "event=invitation_refused" in log.read()


def test_the_device_is_still_carols(invite, client, flows, stack, new_password):
    """After an invitation the person's own second step lets in as before."""
    link = invite("carol", "carol@example.net")
    visitor = client()
    choose(visitor.get(link), visitor, new_password)
    flows.forget_steps("carol")
    asked = visitor.sign_in("carol", new_password)
    assert heading(visitor.send(asked, code=totp(stack.carol_totp))) == "My Credentials"
