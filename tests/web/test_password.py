# SPDX-License-Identifier: Apache-2.0
"""Rows 5, 6 and 12: Change Password, Change API Password, advice on old passwords."""

import base64
import re

from stack.server import poll



def fill(page, current, new_password, again=None):
    return page.fill(Current_password=current, New_password=new_password, Confirm_password=again or new_password)


def test_changes_the_password(page, flows, password, new_password):
    flows.begin(page, "alice", "Change Password")
    assert page.texts("#rules li")[0] == "Use at least 15 characters."
    fill(page, password, new_password).press("OK")
    assert page.statuses == ["Your password was changed, and your other browsers were signed out."]
    assert re.fullmatch(r"Last changed on \d{4}-\d\d-\d\d", page.rows()["Login password"][0])
    page.open_menu("alice").press("Sign out")
    page.sign_in("alice", password)
    assert page.errors == ["User name or password is not right."]
    page.sign_in("alice", new_password)
    assert page.heading == "My Credentials"


def test_every_unmet_rule_is_named_at_once(page, flows, password, new_password):
    """MC-SEC-72 MC-SEC-75 length and common passwords, and everything else that is wrong."""
    flows.begin(page, "alice", "Change Password")
    fill(page, "wrong", "password", "other").press("OK")
    assert page.errors == [
        "That is not your current password.",
        "Use at least 15 characters.",
        "Do not use a common password or a pattern.",
        "The two new passwords are not the same.",
    ]
    fill(page, password, "alice@example.org").press("OK")
    assert page.errors == ["Do not make it of your own name, address or number."]
    fill(page, password, new_password).press("OK")
    assert page.heading == "My Credentials"


def test_other_browsers_are_signed_out_and_this_one_is_not(page, open_page, flows, password, new_password):
    """MC-SEC-80 MC-SEC-108 a password change ends the other sessions at once."""
    other = open_page()
    flows.sign_in(other, "alice")
    flows.begin(page, "alice", "Change Password")
    fill(page, password, new_password).press("OK")
    page.goto()
    assert page.heading == "My Credentials"
    other.goto()
    assert other.heading == "Sign in"


def test_the_new_password_lets_one_in_by_ssh(page, flows, password, ssh_login, new_password):
    flows.begin(page, "alice", "Change Password")
    fill(page, password, new_password).press("OK")
    assert ssh_login("alice", new_password).ok
    assert not ssh_login("alice", password).ok


def test_passwords_can_be_pasted_and_managers_know_the_fields(page, flows):
    """MC-SEC-79 types and autocomplete hints."""
    flows.begin(page, "alice", "Change Password")
    for label, hint in (("Current password", "current-password"), ("New password", "new-password")):
        assert page.do("attribute", label, "type") == "password"
        assert page.do("attribute", label, "autocomplete") == hint
        assert page.do("attribute", label, "onpaste") is None


def api(client, password, login="alice"):
    basic = base64.b64encode(f"{login}:{password}".encode()).decode()
    return client().get("/demo/api/", Authorization=f"Basic {basic}").status


def make_api_password(page, name):
    page.do("fill", "Name", name)
    page.press("OK")
    return page.text("code")


def test_makes_an_api_password_and_shows_it_once(page, flows, client, password):
    """MC-SEC-81 separate, shown once, good for programs only."""
    flows.begin(page, "alice", "Change API Password")
    made = make_api_password(page, "mail on my laptop")
    assert api(client, made) == 200
    assert api(client, password) == 401
    page.follow("OK")
    assert made not in page.text()
    assert page.rows()["API password"][0].startswith("Last changed on ")
    page.open_menu("alice").press("Sign out")
    page.sign_in("alice", made)
    assert page.errors == ["User name or password is not right."]


def test_revoking_an_api_password_counts_on_the_next_request(page, flows, client):
    flows.begin(page, "alice", "Change API Password")
    made = make_api_password(page, "backup")
    page.goto("api-password")
    flows.prove(page, "alice")
    page.press("Revoke backup")
    assert api(client, made) == 401
    assert page.rows()["API password"][0] == "Not set"


def test_an_old_password_is_advised_against(browser, own_site, flows, password, new_password):
    """Row 12: after the configured age the row says so."""
    page = browser.page(own_site(password_age_advice=1).url)
    flows.begin(page, "alice", "Change Password")
    fill(page, password, new_password).press("OK")
    poll(lambda: "consider a new one" in page.goto().rows()["Login password"][0], 5, "the advice")
    page.close()
