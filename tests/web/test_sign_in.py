# SPDX-License-Identifier: Apache-2.0
"""Row 1: signing in, and Login Verification."""

import pytest
from stack.otp import totp

from .walk import errors


@pytest.mark.parametrize("name", ["alice", "alice@example.org", "+491511234511"])
def test_signs_in_by_user_name_email_or_mobile(page, password, name):
    page.sign_in(name, password)
    assert page.heading == "My Credentials"
    assert page.offers("link", "Change Email Address")


@pytest.mark.short
def test_a_wrong_password_is_said_at_the_top_and_beside_the_field(page):
    page.sign_in("alice", "wrong")
    assert page.errors == ["User name or password is not right."]
    assert page.focused() == "User name or password is not right."
    assert page.do("field", "User name, email or mobile number") == "alice"
    assert page.do("field", "Password") == ""
    assert page.do("attribute", "User name, email or mobile number", "aria-invalid") == "true"
    assert page.texts("#login-error") == page.errors


def test_an_empty_form_says_what_is_missing_and_is_no_guess(client, logged):
    visitor = client()
    asked = "Type your user name, your e-mail address or your mobile number."
    assert errors(visitor.sign_in("", "")) == [asked, "Type your password."]
    half = visitor.sign_in("alice", "")
    assert errors(half) == ["Type your password."] and 'value="alice"' in half.text
    assert errors(visitor.sign_in("ghost", "")) == ["Type your password."]
    assert not logged("password-wrong")


@pytest.mark.short
def test_asks_the_code_by_sms(page, password, sms):
    page.sign_in("bob", password)
    assert page.heading == "Login Verification"
    assert page.focused() == "Login Verification"
    assert "a number ending in 42" in page.statuses[0]
    assert "recovery code" not in page.text()
    page.fill(Verification_code="000000").press("OK")
    assert page.errors == ["That code is not right. You have 4 tries left."]
    page.fill(Verification_code=sms.code("bob")).press("OK")
    assert page.heading == "My Credentials"


def test_asks_the_code_by_email(page, password, mails):
    page.sign_in("dave", password)
    page.fill(Verification_code=mails.code("dave")).press("OK")
    assert page.heading == "My Credentials"


def test_asks_the_code_of_the_virtual_mfa_device(page, stack, password):
    page.sign_in("carol", password)
    assert "A recovery code will do as well." in page.text()
    page.fill(Verification_code=totp(stack.carol_totp)).press("OK")
    assert page.heading == "My Credentials"
    assert page.rows()["Login authentication"] == ("Virtual MFA", "Change Verification Method")


def test_takes_a_recovery_code_once(open_page, stack, password):
    for expected in ("My Credentials", "Login Verification"):
        page = open_page()
        page.sign_in("carol", password)
        page.fill(Verification_code=stack.carol_recovery[0]).press("OK")
        assert page.heading == expected


def test_nothing_else_is_reachable_between_password_and_code(page, password, sms):
    """MC-SEC-110 nothing is reachable before the code."""
    page.sign_in("bob", password)
    for path in ("", "email", "password", "sessions", "picture", "method"):
        page.goto(path)
        assert page.heading == "Sign in"


def test_signs_out_from_the_menu_under_the_user_name(page, password):
    page.sign_in("alice", password)
    page.open_menu("alice").follow("My Credentials")
    assert page.heading == "My Credentials"
    page.open_menu("alice").press("Sign out")
    assert page.heading == "Sign in"
    page.goto()
    assert page.heading == "Sign in"


def test_back_after_signing_out_shows_nothing(page, password):
    """MC-SEC-113 Back shows nothing of the person."""
    page.sign_in("alice", password)
    page.open_menu("alice").press("Sign out")
    page.back()
    assert page.heading == "Sign in"


def test_must_ask_the_administrator_when_verification_is_required_and_nothing_is_bound(page, password):
    page.sign_in("grace", password)
    assert "Ask your security administrator" in page.text()
    page.goto()
    assert page.heading == "Sign in"


def test_a_person_with_a_password_elsewhere_comes_back_to_where_they_wanted(page, site, password):
    page.goto(f"{site.origin}/demo/app/")
    assert page.heading == "Sign in"
    page.do("fill", "User name, email or mobile number", "alice")
    page.fill(Password=password)
    page.inspects = False
    page.press("Sign in")
    assert page.url == f"{site.origin}/demo/app/"
    assert "REMOTE_USER is alice" in page.text("body")
