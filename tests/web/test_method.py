# SPDX-License-Identifier: Apache-2.0
"""Row 7: Change Verification Method, and what it means for the next login."""

from stack.otp import totp


def choose(page, method):
    return page.follow("Change Verification Method").choose(method).press("Send Code")


def test_choosing_email_asks_for_its_code_at_the_next_logins(page, open_page, flows, mails, person, password, ssh_login):
    flows.sign_in(page, "alice")
    assert page.rows()["Login authentication"] == ("Off", "Change Verification Method")
    choose(page, "Email").fill(Verification_code=flows.code("alice")).press("OK")
    assert page.statuses == ["Your login verification was changed."]
    assert page.rows()["Login authentication"][0].startswith("Email")
    assert person("alice")["mycredLoginMethod"] == ["email"]
    flows.forget_sends("alice")
    other = open_page()
    other.sign_in("alice", password)
    assert other.heading == "Login Verification"
    other.fill(Verification_code=flows.code("alice")).press("OK")
    assert other.heading == "My Credentials"
    flows.forget_sends("alice")
    assert ssh_login("alice", password, lambda _: flows.code("alice")).ok


def test_choosing_sms(page, flows, person):
    flows.sign_in(page, "alice")
    choose(page, "SMS").fill(Verification_code=flows.code("alice", "mobile")).press("OK")
    assert person("alice")["mycredLoginMethod"] == ["sms"]


def test_a_wrong_code_changes_nothing(page, flows, person):
    flows.sign_in(page, "alice")
    choose(page, "SMS").fill(Verification_code="123").press("OK")
    assert page.errors == ["That code is not right. You have 4 tries left."]
    page.follow("Cancel")
    assert "mycredLoginMethod" not in person("alice")


def test_disabling_takes_a_code_of_the_present_method(page, flows, person):
    """MC-SEC-88 switching off needs a proof with the current method."""
    flows.sign_in(page, "bob")
    choose(page, "Disable").fill(Verification_code=flows.code("bob", "mobile")).press("OK")
    assert page.rows()["Login authentication"][0] == "Off"
    assert "mycredLoginMethod" not in person("bob")


def test_what_cannot_be_chosen_says_why(page, flows, change):
    """MC-SEC-42 MC-SEC-43 MC-SEC-88 only what is bound; the risks are told."""
    change("alice", mail=None)
    flows.sign_in(page, "alice")
    page.follow("Change Verification Method")
    text = page.text("form[action$=method]")
    assert "Bind a virtual MFA device first." in text
    assert "Bind an e-mail address as well first." in text
    assert "Bind an e-mail address first." in text
    assert "the weakest check" in text


def test_who_must_have_a_method_cannot_disable_it(page, flows, stack, change):
    change("bob", mycredRequire="enrol")
    flows.sign_in(page, "bob")
    page.follow("Change Verification Method")
    assert "Login verification is required for you." in page.text("form[action$=method]")


def test_who_must_have_a_method_is_let_in_to_choose_one(page, flows, stack):
    stack.directory.extend(stack.people.dn("alice"), "mycredAccount", mycredRequire="enrol")
    flows.sign_in(page, "alice")
    assert "choose a method below" in page.text()
    choose(page, "Email").fill(Verification_code=flows.code("alice")).press("OK")
    assert "choose a method below" not in page.text()


def test_what_an_administrator_changes_is_seen_by_the_next_request(page, flows, change):
    flows.sign_in(page, "bob")
    change("bob", mycredLoginMethod="email", displayName="Robert Becker")
    page.goto()
    assert page.rows()["Login authentication"][0].startswith("Email")
    assert "Robert Becker" in page.text()


def test_virtual_mfa_after_a_device_is_bound(page, flows, person, change, stack):
    flows.sign_in(page, "carol")
    choose(page, "Email").fill(Verification_code=flows.code("carol")).press("OK")
    choose(page, "Virtual MFA").fill(Verification_code=totp(stack.carol_totp)).press("OK")
    assert person("carol")["mycredLoginMethod"] == ["totp"]
