# SPDX-License-Identifier: Apache-2.0
"""States of pages that people seldom see: each is looked at as every other (browser.py)."""

import pytest

WRONG = "000000"


@pytest.fixture
def no_directory(stack):
    yield stack.slapd.stop
    if not stack.slapd.running():
        stack.slapd.start()


def test_after_the_last_try_a_new_code_is_needed(page, password):
    """MC-SEC-22 the tries count down to none, then the code is void and the next try has to wait."""
    page.sign_in("bob", password)
    for left in ("4 tries", "3 tries", "2 tries", "1 try"):
        page.fill(Verification_code=WRONG).press("OK")
        assert page.errors == [f"That code is not right. You have {left} left."]
    page.fill(Verification_code=WRONG).press("OK")
    assert page.errors == ["That code is not right."]
    assert "no longer valid. Send a new one." in page.statuses[0]
    page.fill(Verification_code=WRONG).press("OK")
    assert page.errors[0].startswith("Too many wrong codes. Try again in ")


@pytest.mark.short
def test_a_form_of_another_browser_is_refused_with_a_way_on(page, password):
    """MC-SEC-114 what is said where a form no longer fits the cookies."""
    page.goto("sign-in")
    page.fill(Password="x").do("fill", "User name, email or mobile number", "alice")
    page.do("clear_cookies")
    page.press("Sign in")
    assert (page.status, page.heading) == (403, "That did not work")
    assert "Nothing was changed: start again." in page.text()
    assert page.follow("Start again").sign_in("alice", password).heading == "My Credentials"


def test_a_form_after_the_session_leads_to_sign_in_and_says_so(page, flows, change):
    flows.sign_in(page, "alice")
    page.follow("Change Email Address").choose("Verify by mobile")
    change("alice", mycredSession=None)
    page.press("Send Code")
    assert page.heading == "Sign in"
    assert page.statuses == [
        "You are no longer signed in, so what you just sent was not carried out. Sign in to go on."
    ]


def test_opening_a_page_leads_there_after_sign_in(page, password):
    page.goto("email")
    assert page.heading == "Sign in"
    page.fill(Password=password).do("fill", "User name, email or mobile number", "alice")
    assert page.press("Sign in").heading == "Verify Identity"


def test_without_the_directory(page, flows, no_directory):
    flows.sign_in(page, "alice")
    no_directory()
    page.goto()
    assert (page.status, page.heading) == (503, "That did not work")
    assert "Try again in a minute." in page.text()


def test_a_damaged_device_says_so_and_can_be_replaced(page, flows, stack, change, person):
    """F15 MC-SEC-158 a damaged value is shown as what it is; identity first, then it goes."""
    change("carol", mycredTotp="1 20261121210000Z k1:AAAA damaged", mycredLoginMethod=None)
    flows.sign_in(page, "alice")
    page.open_menu("alice").press("Sign out")
    page.sign_in("carol", stack.password)
    assert "Damaged: it cannot be used." in page.rows()["Virtual MFA device"][0]
    page.follow("Unbind Virtual MFA Device")
    assert not page.offers("radio", "Verify by authenticator app")
    flows.prove(page, "carol")
    page.press("OK")
    assert "mycredTotp" not in person("carol")
    assert page.rows()["Virtual MFA device"][0] == "Not bound"


def test_codes_asked_for_too_soon(page, flows):
    """MC-SEC-34 another flow of the same minute has to wait, and says how long."""
    flows.sign_in(page, "alice")
    page.follow("Change Email Address").choose("Verify by mobile").press("Send Code")
    page.goto("method").choose("SMS").press("Send Code")
    assert page.heading == "Change Verification Method"
    assert page.statuses[0].startswith("A new code can be sent in ")


def test_the_choice_that_was_made_stays(page, flows):
    """What was typed stays when a step has to be repeated."""
    flows.sign_in(page, "alice")
    page.follow("Change Email Address").choose("Verify by mobile").press("Send Code")
    page.goto("mobile").choose("Verify by mobile").press("Send Code")
    assert page.statuses[0].startswith("A new code can be sent in ")
    assert page.do("evaluate", "document.querySelector('[name=way]:checked').value") == "sms"


def test_forgot_password_asked_again_too_soon(page):
    page.goto("forgot")
    page.do("fill", "User name, email or mobile number", "nobody")
    page.choose("Verify by mobile").press("Send Code")
    page.press("Send Code")
    assert "A new code can be sent in" in page.text()
    page.press("Next")
    assert page.errors == ["Type the code."]


def test_forgot_password_without_a_name(page):
    page.goto("forgot").press("Send Code")
    assert page.errors == ["Type your user name, your e-mail address or your mobile number."]


def test_the_menu_is_accessible_when_open(browser, site, flows):
    page = browser.page(site.url)
    flows.sign_in(page, "alice")
    page.open_menu("alice")
    assert page.do("inspect", "header") == []
    page.close()


def test_long_names_and_addresses_fit(page, flows, change):
    change(
        "alice",
        displayName="Maximiliane Freifrau von und zu Hohenzollern-Sigmaringen-Donaueschingen",
        mail="a.very.long.local.part.that.goes.on.and.on.and.on.and.on@department.of.something.example.org",
    )
    flows.sign_in(page, "alice")
    page.follow("Change Password")
    flows.prove(page, "alice", by="mobile")
    page.follow("Cancel")
    assert page.rows()["Email address"][0].endswith("@department.of.something.example.org")
    assert page.inspects is False or page.do("inspect") == []
