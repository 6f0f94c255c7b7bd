# SPDX-License-Identifier: Apache-2.0
"""The security administrator's pages in a real browser: each act once, with JavaScript and without."""

from datetime import datetime, timedelta, timezone

import pytest

from .admin import link_in

FRANK = "frank@example.org"


@pytest.fixture
def office(open_page, flows):
    """A window with the first of these pages, reached by the menu."""
    page = open_page()
    flows.sign_in(page, "sadmin")
    page.open_menu("sadmin").follow("Administration")
    assert page.heading == "Administration"
    return page


def look_up(page, text, name):
    """From the first page to a person's, as one searches."""
    page.goto("administration")
    page.fill(Find_a_person=text).press("Find")
    return page.follow(name)


def test_finding_a_person(office):
    look_up(office, "arnold", "Alice Arnold")
    rows = office.rows()
    assert office.heading == "Alice Arnold"
    assert rows["Email address"][0].startswith("alice@example.org")
    assert rows["Login authentication"] == ("Off",)
    assert rows["Lock"] == ("Not locked", "Lock")
    office.goto("administration").fill(Find_a_person="a").press("Find")
    assert office.errors == ["Type at least two characters."]
    office.fill(Find_a_person="xyz").press("Find")
    assert office.statuses == ["Nobody was found."]


def test_lock_and_unlock(office):
    look_up(office, "bob", "Bob Becker").follow("Lock")
    office.press("OK")
    assert office.errors == ["Choose for how long."]
    office.choose("24 hours").press("OK")
    assert office.statuses == ["The account was locked, and its sessions have ended."]
    assert office.rows()["Lock"][0].startswith("Locked until 20")
    office.press("Unlock")
    assert office.statuses == ["The account was unlocked."]


def test_exempt_and_end(office):
    look_up(office, "bob", "Bob Becker").follow("Exempt from Verification")
    office.choose("8 hours").press("OK")
    assert office.rows()["Exemption"][0].startswith("No code is asked until 20")
    office.press("End Exemption")
    assert office.statuses == ["The exemption has ended."]


def test_what_is_bound_is_removed(office, stack, person):
    values = "1 20261101000000Z - imap k1:AAAA laptop"
    stack.directory.replace(stack.people.dn("carol"), mycredApiPassword=values)
    look_up(office, "carol@", "Carol Chen").follow("Remove Virtual MFA Device virtual MFA device")
    assert office.heading == "Remove Virtual MFA Device"
    office.press("OK")
    office.follow("Remove Recovery Codes").press("OK")
    office.follow("Remove API Password laptop").press("OK")
    assert office.statuses == ["The API password was removed."]
    assert not {"mycredTotp", "mycredRecovery", "mycredApiPassword"} & set(person("carol"))


def test_cancel_leads_back(office, person):
    before = person("carol")
    look_up(office, "carol", "Carol Chen").follow("Reset Everything").follow("Cancel")
    assert office.heading == "Carol Chen" and person("carol") == before


def test_sign_out_everywhere_and_reset(office, open_page, flows):
    other = open_page()
    flows.sign_in(other, "carol")
    look_up(office, "carol", "Carol Chen").follow("Sign Out Everywhere").press("OK")
    assert office.statuses == ["All sessions have ended."]
    other.goto()
    assert other.heading == "Sign in"
    office.follow("Reset Everything").press("OK")
    assert office.statuses == ["Everything was reset."]


def test_rules_of_a_person(office):
    look_up(office, "alice", "Alice Arnold").follow("Change Requirement")
    office.choose("Required: a method must be chosen at the site first").press("OK")
    assert office.rows()["Requirement"][0] == "Required: a method must be chosen at the site firstSet for this person"
    office.follow("Change Allowed Methods")
    office.do("evaluate", "document.querySelector('[name=allow_totp]').click()")
    office.press("OK")
    assert office.rows()["Allowed methods"][0] == "Virtual MFASet for this person"


def test_rules_of_a_group(office):
    office.follow("Rules of groups").follow("finance")
    office.choose("Everybody chooses for themselves").press("OK")
    assert office.statuses == ["The rules of the group were changed."]


def test_an_invitation(office, open_page, mails, new_password):
    look_up(office, "frank", "Frank Fischer").follow("Set Credential")
    office.fill(Email_address="frank").do("evaluate", "document.querySelector('form').noValidate = true")
    office.fill(Email_address=FRANK).press("Send Invitation")
    assert office.statuses == ["The invitation is on its way."]
    link = link_in(mails.wait(FRANK))
    frank = open_page()
    frank.goto(link)
    assert frank.heading == "Invitation" and not frank.url.count("t=")
    frank.fill(New_password="password", Confirm_password="password").press("OK")
    assert "Use at least 15 characters." in frank.errors
    frank.fill(New_password=new_password, Confirm_password=new_password).press("OK")
    assert frank.statuses == ["Your password is set, and your e-mail address is bound to your account."]
    frank.follow("Sign in")
    frank.sign_in("frank", new_password)
    assert frank.heading == "My Credentials"
    frank.close()


def test_an_invitation_is_withdrawn(office, open_page, mails):
    look_up(office, "frank", "Frank Fischer").follow("Set Credential")
    office.fill(Email_address=FRANK).press("Send Invitation")
    office.press("Withdraw Invitation")
    assert office.statuses == ["The invitation was withdrawn."]
    frank = open_page()
    frank.goto(link_in(mails.wait(FRANK)))
    assert frank.statuses[0].startswith("This invitation cannot be used")


def test_a_one_time_password(office, open_page, new_password):
    look_up(office, "grace", "Grace Gruber").follow("Set Credential")
    office.press("One-Time Password")
    assert office.statuses[0].startswith("A one-time password was set.")
    once = office.text("code")
    grace = open_page()
    grace.sign_in("grace", once)
    assert grace.heading == "Change Password"
    grace.fill(Current_password=once, New_password=new_password, Confirm_password=new_password).press("OK")
    assert grace.heading == "My Credentials"


def test_a_request_for_help(office, open_page, password):
    carol = open_page()
    carol.sign_in("carol", password)
    carol.press("I lost my device")
    assert carol.statuses == ["Your request is in the queue of the security administrator."]
    grace = open_page()
    grace.sign_in("grace", password)
    grace.press("Ask the security administrator")
    assert grace.heading == "Ask the security administrator"
    office.goto("administration").follow("Requests for help")
    assert office.texts(".people h2") == ["Carol Chen", "Grace Gruber"]
    office.follow("Carol Chen").press("Close Request")
    assert office.statuses == ["The request was closed."]


def test_asking_from_my_credentials(page, stack, password):
    stack.directory.replace(stack.people.group_dn("finance"), mycredRequire=None)
    page.sign_in("grace", password)
    page.follow("Ask the security administrator")
    page.press("OK")
    assert page.errors == ["Choose what you need help with."]
    page.choose("Something else").press("OK")
    assert page.statuses == ["Your request is in the queue of the security administrator."]


def test_lists(office, stack):
    day = (datetime.now(timezone.utc) + timedelta(days=1)).strftime("%Y%m%d%H%M%SZ")
    stack.directory.replace(stack.people.dn("bob"), mycredLockedUntil=day, mycredExemptUntil=day)
    office.follow("Must verify, nothing bound")
    assert office.texts(".people h2") == ["Grace Gruber"]
    for name in ("Locked", "Exempt"):
        office.goto("administration").follow(name)
        assert office.heading == name and office.texts(".people h2") == ["Bob Becker"]
    office.goto("administration").follow("Invited")
    assert office.statuses == ["Nobody at the moment."]


def test_identity_is_verified_first(open_page, flows, stack):
    """From an old session, by the code of the own method, to where one was going."""
    page = open_page()
    flows.sign_in(page, "sadmin")
    dn = stack.people.dn("sadmin")
    old = (datetime.now(timezone.utc) - timedelta(minutes=6)).strftime("%Y%m%d%H%M%SZ")
    (value,) = stack.directory.entry(dn)["mycredSession"]
    parts = value.split(" ")
    stack.directory.replace(dn, mycredSession=" ".join([*parts[:2], old, *parts[3:]]))
    page.goto("administration/person?user=alice")
    assert page.heading == "Verify Identity"
    page.press("Send Code")
    page.fill(Verification_code=flows.code("sadmin")).press("Next")
    assert page.heading == "Alice Arnold"


def test_in_chinese(open_page, flows):
    page = open_page(locale="zh-CN")
    flows.sign_in(page, "sadmin")
    for path, heading in {
        "administration": "管理",
        "administration/list?kind=help": "帮助请求",
        "administration/group": "用户组规则",
        "administration/act?user=bob&act=lock": "锁定",
        "administration/credential?user=frank": "设置凭据",
    }.items():
        assert page.goto(path).heading == heading and page.language == "zh-CN"
    assert page.goto("administration/person?user=carol").rows()["锁定"] == ("未锁定", "锁定")
