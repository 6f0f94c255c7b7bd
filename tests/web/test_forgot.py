# SPDX-License-Identifier: Apache-2.0
"""Row 10: Forgot Password, also for people who never had one."""


from stack.otp import totp


def ask(page, login, way="Verify by email"):
    page.goto("sign-in").follow("Forgot password")
    assert page.heading == "Forgot Password"
    page.do("fill", "User name, email or mobile number", login)
    return page.choose(way).press("Send Code")


def set_new(page, new_password):
    return page.fill(New_password=new_password, Confirm_password=new_password).press("OK")


def test_sets_a_new_password_by_email(page, flows, mails, new_password):
    """MC-SEC-80 it never signs in; the person is told."""
    ask(page, "alice")
    page.fill(Verification_code=flows.code("alice")).press("Next")
    set_new(page, new_password)
    assert page.statuses == ["Your new password is set. Sign in with it."]
    page.goto()
    assert page.heading == "Sign in"
    page.sign_in("alice", new_password)
    assert page.heading == "My Credentials"
    assert "your forgotten login password was set anew" in mails.wait("alice").subject


def test_by_mobile(page, flows, new_password):
    ask(page, "+491511234511", "Verify by mobile")
    page.fill(Verification_code=flows.code("alice", "mobile")).press("Next")
    set_new(page, new_password)
    page.sign_in("alice", new_password)
    assert page.heading == "My Credentials"


def test_somebody_from_another_system_sets_a_first_password(page, flows, new_password, ssh_login):
    ask(page, "erin")
    page.fill(Verification_code=flows.code("erin")).press("Next")
    set_new(page, new_password)
    page.sign_in("erin", new_password)
    assert page.heading == "My Credentials"
    assert ssh_login("erin", new_password).ok


def test_other_sessions_end(page, open_page, flows, new_password):
    """MC-SEC-108 a reset ends every session."""
    flows.sign_in(page, "alice")
    other = open_page()
    ask(other, "alice")
    other.fill(Verification_code=flows.code("alice")).press("Next")
    set_new(other, new_password)
    page.goto()
    assert page.heading == "Sign in"


def test_with_verification_on_two_proofs_are_needed(page, flows, new_password, person):
    """MC-SEC-94 one mailbox is never enough; MC-SEC-103 verification stays on."""
    ask(page, "bob")
    page.fill(Verification_code=flows.code("bob")).press("Next")
    assert "a second proof is needed" in page.text()
    page.press("Send Code by SMS")
    page.fill(Verification_code=flows.code("bob", "mobile")).press("Next")
    set_new(page, new_password)
    assert person("bob")["mycredLoginMethod"] == ["sms"]
    flows.forget_sends("bob")
    page.sign_in("bob", new_password)
    assert page.heading == "Login Verification"


def test_the_device_is_a_second_proof(page, flows, stack, new_password):
    ask(page, "carol")
    page.fill(Verification_code=flows.code("carol")).press("Next")
    page.fill(Verification_code=totp(stack.carol_totp)).press("Next")
    set_new(page, new_password)
    assert page.statuses == ["Your new password is set. Sign in with it."]


def test_a_mailbox_alone_is_not_enough(page, flows, person):
    """MC-SEC-43 MC-SEC-94 with e-mail as the method and nothing else bound, the administrator must help."""
    before = person("dave")["userPassword"]
    ask(page, "dave")
    page.fill(Verification_code=flows.code("dave")).press("Next")
    assert "Ask your security administrator" in page.text()
    assert person("dave")["userPassword"] == before


def test_who_has_no_contact_is_told_whom_to_ask(page, mails):
    """Row 11: nothing bound; the page says the same to everybody."""
    ask(page, "frank")
    assert "ask your security administrator" in page.text()
    assert mails.count_after(0.5) == 0


def test_a_weak_new_password_can_be_tried_again(page, flows, new_password):
    """MC-SEC-16 a refused password needs no new code."""
    ask(page, "alice")
    page.fill(Verification_code=flows.code("alice")).press("Next")
    set_new(page, "password")
    assert "Use at least 15 characters." in page.errors
    set_new(page, new_password)
    assert page.statuses == ["Your new password is set. Sign in with it."]


def test_a_wrong_code_says_how_often_one_may_try(page, flows):
    ask(page, "alice")
    page.fill(Verification_code="000000").press("Next")
    assert page.errors == ["That code is not right. You have 4 tries left."]
    page.fill(Verification_code=flows.code("alice")).press("Next")
    assert page.offers("button", "OK")
