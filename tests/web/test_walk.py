# SPDX-License-Identifier: Apache-2.0
"""Row 2: My Credentials and everything that begins there, by the names that scripts and screen readers rely on."""

import pytest

# what is done: the fields it asks for after Verify Identity, the button there
AFTER_IDENTITY = {
    "Change Email Address": (["New email address"], "Send Code"),
    "Change Mobile Number": (["New mobile number"], "Send Code"),
    "Change Password": (["Current password", "New password", "Confirm password"], "OK"),
    "Change API Password": (["Name", "Services"], "OK"),
    "Bind Virtual MFA Device": (["First code", "Second code", "Name of the device"], "OK"),
}
WITHOUT = {
    "Change Avatar": (["Upload"], "OK"),
    "Change Verification Method": (["Virtual MFA", "SMS", "Email", "Disable"], "Send Code"),
    "Unbind Virtual MFA Device": (["Verification code"], "OK"),
}


def has(page, fields, button):
    for field in fields:
        assert page.do("labels", field) == 1, field
    assert page.offers("button", button)
    assert page.offers("link", "Cancel")


@pytest.mark.short
def test_signs_in_walks_through_every_page_and_signs_out(page, flows, password):
    page.goto("sign-in")
    has_link = page.offers("link", "Forgot password")
    assert has_link and page.do("labels", "User name, email or mobile number") == 1
    page.sign_in("alice", password)
    for action, (fields, button) in AFTER_IDENTITY.items():
        page.follow(action)
        flows.forget_sends("alice")
        assert page.offers("radio", "Verify by email") and page.offers("radio", "Verify by mobile")
        page.choose("Verify by mobile").press("Send Code")
        assert page.offers("button", "Send Code")
        page.fill(Verification_code=flows.code("alice", "mobile")).press("Next")
        assert page.heading == action
        has(page, fields, button)
        page.follow("Cancel")
        assert page.heading == "My Credentials"
    for action in ("Change Avatar", "Change Verification Method"):
        page.follow(action)
        assert page.heading == action
        has(page, *WITHOUT[action])
        page.follow("Cancel")
    page.follow("Where you are signed in")
    page.open_menu("alice").follow("My Credentials")
    page.open_menu("alice").press("Sign out")
    assert page.heading == "Sign in"


def test_every_row_says_its_state_and_has_one_action(page, flows, stack):
    flows.sign_in(page, "carol")
    rows = page.rows()
    assert {what: action for what, (_, *action) in rows.items() if action} == {
        "Avatar": ["Change Avatar"],
        "Email address": ["Change Email Address"],
        "Mobile number": ["Change Mobile Number"],
        "Login password": ["Change Password"],
        "API password": ["Change API Password"],
        "Login authentication": ["Change Verification Method"],
        "Virtual MFA device": ["Unbind Virtual MFA Device"],
        "Recovery codes": ["Renew Recovery Codes"],
        "Signed in": ["Where you are signed in"],
    }
    assert all(state for state, *_ in rows.values())
    assert rows["User name"][0] == "carol"


def test_addresses_are_masked_until_identity_is_proved(page, flows):
    """MC-SEC-146 at most two characters of them are shown before."""
    flows.sign_in(page, "alice")
    assert page.rows()["Email address"][0] == "a…@…"
    assert page.rows()["Mobile number"][0] == "…11"
    page.follow("Change Email Address")
    flows.prove(page, "alice", by="mobile")
    page.follow("Cancel")
    assert page.rows()["Email address"][0] == "alice@example.org"
    assert page.rows()["Mobile number"][0] == "+491511234511"


def test_pages_that_are_not_there_lead_back(page, flows):
    flows.sign_in(page, "alice")
    page.goto("nothing")
    assert (page.status, page.heading) == (404, "That did not work")
    page.follow("Back to My Credentials")
    assert page.heading == "My Credentials"
