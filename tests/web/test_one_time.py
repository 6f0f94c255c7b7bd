# SPDX-License-Identifier: Apache-2.0
"""A one-time password from the administrator's screen, and the change that the site and ssh force."""

import re
from datetime import datetime, timedelta, timezone

import pytest

from .admin import statuses, told
from .client import Client
from .test_races import at_once, sends
from .walk import errors, heading

OVER = "This one-time password has run out. Ask your administrator for a new one."


@pytest.fixture
def hand_over(administrator):
    """hand_over("alice"): the password as it is shown, once."""

    def make(login):
        shown = administrator.credential(login, "password")
        assert statuses(shown)[0].startswith("A one-time password was set.")
        return re.search(r'<code class="copy">([^<]+)<', shown.text)[1]

    return make


def renew(visitor, page, current, new, again=None):
    return visitor.send(page, current_password=current, new_password=new, confirm_password=again or new)


def test_it_is_good_for_one_change(hand_over, administrator, flows, client, person, password, mails, logged, new_password):
    """MC-SEC-102 forces the person's own choice; the old one is dead at once, the one-time one after it."""
    once = hand_over("alice")
    assert once not in administrator.person("alice").text
    assert "It must be changed at the next sign-in." in administrator.person("alice").text
    told(mails, "alice", "one-time password")
    flows.forget_sends("alice")
    assert "act=one-time-password target=alice" in logged()[0] and once not in logged()[0]
    visitor = client()
    assert heading(visitor.sign_in("alice", password)) == "Sign in"
    page = visitor.sign_in("alice", once)
    assert heading(page) == "Change Password"
    # there is no way round
    for path in ("", "email", "sessions", "../demo/app/"):
        assert heading(visitor.get(path)) == "Sign in"
    home = renew(visitor, page, once, new_password)
    assert heading(home) == "My Credentials"
    assert "pwdReset" not in person("alice")
    told(mails, "alice", "your login password was changed")
    assert heading(client().sign_in("alice", once)) == "Sign in"
    assert heading(client().sign_in("alice", new_password)) == "My Credentials"


def test_every_password_that_must_change_is_changed(client, stack, password, change, new_password):
    """The same where the directory's own administrator has reset it."""
    change("alice", pwdReset="TRUE")
    visitor = client()
    page = visitor.sign_in("alice", password, to="/demo/app/")
    assert heading(page) == "Change Password"
    there = renew(visitor, page, password, new_password)
    assert there.url.endswith("/demo/app/") and "REMOTE_USER is alice" in there.text


def test_what_is_wrong_is_named_and_can_be_put_right(hand_over, client, new_password, person):
    once = hand_over("alice")
    visitor = client()
    page = visitor.sign_in("alice", once)
    page = renew(visitor, page, once, "short")
    assert "Use at least 15 characters." in errors(page)
    page = renew(visitor, page, "", new_password)
    assert errors(page) == ["Type your current password."]
    first, *_ = errors(renew(visitor, page, "", ""))
    assert first == "Type your current password."  # in the order of the fields
    page = renew(visitor, page, "wrong", new_password)
    assert errors(page) == ["That is not your current password."]
    page = renew(visitor, page, once, once)
    assert errors(page) == ["That is your current password. Choose another one."]
    page = renew(visitor, page, once, new_password, "other")
    assert errors(page) == ["The two new passwords are not the same."]
    assert person("alice")["pwdReset"] == ["TRUE"]
    assert heading(renew(visitor, page, once, new_password)) == "My Credentials"


def test_login_verification_comes_first(hand_over, client, flows, new_password, person):
    """MC-SEC-77 the one-time password alone changes nothing where verification is on."""
    once = hand_over("bob")
    visitor = client()
    asked = visitor.sign_in("bob", once)
    assert heading(asked) == "Login Verification"
    assert heading(visitor.get("renew")) == "Sign in"
    page = visitor.send(asked, code=flows.code("bob", "mobile"))
    assert heading(page) == "Change Password"
    home = renew(visitor, page, once, new_password)
    assert heading(home) == "My Credentials"
    assert person("bob")["mycredSession"][0].split(" ")[6] == "sms"


def test_who_must_verify_comes_in_to_bind_a_method(hand_over, administrator, client, new_password, person, ssh_login):
    """`on`, nothing bound: a day to choose a method at the site; system logins wait for it."""
    once = hand_over("grace")
    assert "May choose a first method until 20" in administrator.person("grace").text
    visitor = client()
    page = visitor.sign_in("grace", once)
    assert heading(page) == "Change Password"
    home = renew(visitor, page, once, new_password)
    assert heading(home) == "My Credentials" and "choose a method below" in home.text
    assert person("grace")["mycredInviteUntil"]
    assert not ssh_login("grace", new_password).ok


def test_sessions_end(hand_over, flows, client):
    visitor = client()
    flows.enter(visitor, "alice")
    hand_over("alice")
    assert heading(visitor.get()) == "Sign in"


def test_the_step_belongs_to_its_browser_and_is_done_once(hand_over, client, new_password):
    """MC-SEC-82 nobody else goes on from it, and nobody twice."""
    once = hand_over("alice")
    visitor, stranger = client(), client()
    page = visitor.sign_in("alice", once)
    stranger.get("sign-in")
    fields = {"current_password": once, "new_password": new_password, "confirm_password": new_password}
    stolen = stranger.post(page.form.action, {**page.form.fields, **fields})
    assert stolen.status == 403
    token = stranger.get("sign-in").form.fields["token"]
    assert stranger.post(page.form.action, {**page.form.fields, **fields, "token": token}).status == 403
    assert heading(stranger.get(f"renew?flow={page.form.fields['flow']}")) == "Sign in"
    assert heading(renew(visitor, page, once, new_password)) == "My Credentials"
    visitor.cookies.pop("__Host-mycred")
    again = renew(visitor, page, new_password, new_password + " more")
    assert heading(again) == "Sign in"
    assert heading(client().sign_in("alice", new_password)) == "My Credentials"


def test_a_locked_person_gets_none(administrator, lock, person):
    lock("alice")
    before = person("alice").get("userPassword")
    assert errors(administrator.credential("alice", "password")) == ["The account is locked: unlock it first."]
    assert person("alice").get("userPassword") == before


def test_locked_in_the_middle(hand_over, client, lock, new_password, person):
    once = hand_over("alice")
    visitor = client()
    page = visitor.sign_in("alice", once)
    lock("alice")
    assert heading(renew(visitor, page, once, new_password)) == "Sign in"
    assert person("alice")["pwdReset"] == ["TRUE"]


def test_a_first_password_for_somebody_without_any(hand_over, client, new_password):
    """frank: nothing bound, no password."""
    once = hand_over("frank")
    visitor = client()
    home = renew(visitor, visitor.sign_in("frank", once), once, new_password)
    assert heading(home) == "My Credentials" and "No e-mail address and no mobile number" in home.text


@pytest.fixture
def age(stack):
    """age("alice", hours): as if the password had been set that long ago."""

    aged = set()

    def back(login, hours):
        when = datetime.now(timezone.utc) - timedelta(hours=hours)
        stack.directory.relaxed(stack.people.dn(login), pwdChangedTime=when.strftime("%Y%m%d%H%M%SZ"))
        aged.add(login)

    yield back
    for login in list(aged):
        back(login, 0)


def test_after_a_day_it_is_good_for_nothing(hand_over, age, client, person, site, new_password):
    """MC-SEC-102 a one-time password that was not used runs out; a new one works."""
    once = hand_over("alice")
    age("alice", 23)
    assert heading(client().sign_in("alice", once)) == "Change Password"
    age("alice", 25)
    refused = client().sign_in("alice", once)
    assert errors(refused) == [OVER] and person("alice")["pwdReset"] == ["TRUE"]
    assert re.search(r"event=login_refused .*user=alice .*reason=one-time-password-over", (site.folder / "error.log").read_text())
    assert errors(client().sign_in("alice", "wrong")) == ["User name or password is not right."]
    again, visitor = hand_over("alice"), client()
    assert heading(renew(visitor, visitor.sign_in("alice", again), again, new_password)) == "My Credentials"


def test_a_lasting_password_does_not_run_out(age, client, password):
    age("alice", 24 * 300)
    assert heading(client().sign_in("alice", password)) == "My Credentials"


def test_a_site_may_set_no_limit(own_site, hand_over, age):
    """one_time_password_life = 0"""
    once = hand_over("alice")
    age("alice", 25)
    visitor = Client(own_site(one_time_password_life="0"))
    assert heading(visitor.sign_in("alice", once)) == "Change Password"


def test_who_must_change_a_password_of_his_own_may(client, age, change, password):
    """pwdReset set by hand says nothing of where the password came from."""
    age("alice", 24 * 300)
    change("alice", pwdReset="TRUE")
    assert heading(client().sign_in("alice", password)) == "Change Password"


def test_ssh_refuses_one_that_has_run_out(hand_over, age, stack, ssh):
    """MC-SEC-102 first_factor: with a word to its holder, and to nobody else."""
    once = hand_over("alice")
    age("alice", 25)
    text = stack.login.service_file(first="", control="[success=done default=die]", options="first_factor")
    door = stack.start_sshd("runout", text)
    session = ssh.login("alice", once, port=door.port)
    assert not session.ok and "This one-time password has run out." in session.transcript
    session = ssh.login("alice", "wrong", port=door.port)
    assert not session.ok and "run out" not in session.transcript


def test_ssh_forces_the_change_too(hand_over, stack, ssh, new_password):
    """first_factor: the one-time password, then the new one, in the same conversation."""
    once = hand_over("alice")
    text = stack.login.service_file(first="", control="[success=done default=die]", options="first_factor")
    door = stack.start_sshd("onetime", text)
    session = ssh.login("alice", once, once, new_password, new_password, port=door.port)
    assert session.ok, session.transcript
    assert ssh.login("alice", new_password, port=door.port).ok
    assert not ssh.login("alice", once, port=door.port).ok


def test_sign_ins_without_end_do_not_fill_the_entry(client, change, person, password, new_password):
    """The password is right each time, so nothing counts them; the newest still leads to the change."""
    change("alice", pwdReset="TRUE")
    for _ in range(20):
        visitor = client()
        page = visitor.sign_in("alice", password)
        assert heading(page) == "Change Password"
    assert len(person("alice")["mycredChallenge"]) <= 12
    assert heading(renew(visitor, page, password, new_password)) == "My Credentials"


@pytest.mark.parametrize(("reset", "then"), [("TRUE", "Change Password"), (None, "My Credentials")])
def test_first_sign_ins_of_one_moment(client, change, stack, password, reset, then):
    """Each adds the class where the entry has none yet, and all go on."""
    kept = [name for name in stack.directory.entry(stack.people.dn("alice"))["objectClass"] if name != "mycredAccount"]
    change("alice", objectClass=kept, pwdReset=reset)
    visitors = [client() for _ in range(10)]
    forms = [visitor.get("sign-in") for visitor in visitors]
    pairs = zip(visitors, forms, strict=True)
    answers = at_once([sends(visitor, form, login="alice", password=password) for visitor, form in pairs])
    assert {heading(answer) for answer in answers} == {then}


def test_a_lock_stops_the_change(client, change, password, person, new_password):
    """MC-SEC-77 who was locked between the sign-in and the change sets no password."""
    change("alice", pwdReset="TRUE")
    visitor = client()
    page = visitor.sign_in("alice", password)
    change("alice", mycredLockedUntil="20991231235959Z")
    before = person("alice")["userPassword"]
    assert heading(renew(visitor, page, password, new_password)) == "Sign in"
    assert person("alice")["userPassword"] == before
