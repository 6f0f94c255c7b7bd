# SPDX-License-Identifier: Apache-2.0
"""Rows 3 and 4: Change Email Address, Change Mobile Number."""

import re

import pytest
from stack.server import free_port, poll


@pytest.mark.short
def test_changes_the_email_address(page, open_page, flows, mails, person):
    """MC-SEC-84 the old address works until the new one is proved."""
    flows.begin(page, "alice", "Change Email Address", by="mobile")
    page.fill(New_email_address="alice@example.net").press("Send Code")
    assert page.heading == "Change Email Address"
    assert "A code was sent to alice@example.net." in page.statuses[0]
    assert person("alice")["mail"] == ["alice@example.org"]
    page.fill(Verification_code=mails.code("alice@example.net")).press("OK")
    assert page.statuses == ["Your e-mail address was changed."]
    assert page.rows()["Email address"] == ("alice@example.net", "Change Email Address")
    assert person("alice")["mail"] == ["alice@example.net"]
    other = open_page()
    flows.sign_in(other, "alice@example.net")
    assert other.rows()["Email address"][0] == "a…@…"


def test_tells_the_old_and_the_new_address(page, flows, mails):
    """MC-SEC-85 both addresses are told, by a notice without links."""
    flows.begin(page, "alice", "Change Email Address", by="mobile")
    page.fill(New_email_address="alice@example.net").press("Send Code")
    page.fill(Verification_code=mails.code("alice@example.net")).press("OK")
    for address in ("alice@example.org", "alice@example.net"):
        notice = mails.wait(address)
        assert "your e-mail address was changed" in notice.subject
        assert "http" not in notice.text


def test_changes_the_mobile_number(page, flows, sms, person):
    flows.begin(page, "alice", "Change Mobile Number")
    page.fill(New_mobile_number="+49 151 1234-599").press("Send Code")
    page.fill(Verification_code=sms.code("+491511234599")).press("OK")
    assert page.statuses == ["Your mobile number was changed."]
    assert page.rows()["Mobile number"][0] == "+491511234599"
    assert person("alice")["mobile"] == ["+491511234599"]


def test_binds_a_first_mobile_number(page, flows, sms, person):
    flows.begin(page, "dave", "Change Mobile Number")
    page.fill(New_mobile_number="+491511234577").press("Send Code")
    page.fill(Verification_code=sms.code("+491511234577")).press("OK")
    assert person("dave")["mobile"] == ["+491511234577"]


def test_the_choice_appears_only_when_there_is_one(page, flows, change):
    change("alice", mobile=None)
    flows.sign_in(page, "alice")
    page.follow("Change Email Address")
    assert not page.offers("radio", "Verify by email")
    assert "A code will be sent to your e-mail address." in page.text()
    change("alice", mobile="+491511234511")
    page.reload()
    assert page.offers("radio", "Verify by email") and page.offers("radio", "Verify by mobile")
    assert not page.offers("radio", "Verify by authenticator app")


def test_the_authenticator_app_is_offered_too(page, flows):
    flows.sign_in(page, "carol")
    page.follow("Change Mobile Number")
    flows.prove(page, "carol", by="app")
    assert page.heading == "Change Mobile Number"


def test_with_nothing_bound_the_password_proves_identity(page, flows, password, change, mails, person):
    change("alice", mail=None, mobile=None)
    flows.sign_in(page, "alice")
    assert page.rows()["Email address"] == ("Not bound", "Change Email Address")
    assert "ask your security administrator" in page.text()
    page.follow("Change Email Address")
    page.fill(Current_password="wrong").press("Next")
    assert page.errors == ["That password is not right."]
    page.fill(Current_password=password).press("Next")
    page.fill(New_email_address="alice@example.net").press("Send Code")
    page.fill(Verification_code=mails.code("alice@example.net")).press("OK")
    assert person("alice")["mail"] == ["alice@example.net"]


def test_a_form_is_never_dead_after_a_mistake(page, flows, mails, person):
    flows.begin(page, "alice", "Change Email Address", by="mobile")
    page.fill(New_email_address="alice at example").press("Send Code")
    assert page.errors == ["Type one e-mail address, such as name@example.org."]
    assert page.do("field", "New email address") == "alice at example"
    page.fill(New_email_address="alice@example.net").press("Send Code")
    page.fill(Verification_code="000000").press("OK")
    assert page.errors == ["That code is not right. You have 4 tries left."]
    page.press("OK")
    assert page.errors == ["Type the code."]
    page.fill(Verification_code=mails.code("alice@example.net")).press("OK")
    assert person("alice")["mail"] == ["alice@example.net"]


def test_back_reload_and_a_second_tab_are_safe(page, flows, mails, person):
    """MC-SEC-90 going back and forth mixes nothing and repeats nothing."""
    flows.begin(page, "alice", "Change Email Address", by="mobile")
    page.fill(New_email_address="alice@example.net").press("Send Code")
    page.reload()
    page.back()
    assert page.heading == "Change Email Address"
    flows.forget_sends("alice")
    page.fill(New_email_address="other@example.net").press("Send Code")
    page.fill(Verification_code=mails.code("other@example.net")).press("OK")
    assert person("alice")["mail"] == ["other@example.net"]


def test_a_flow_is_used_once(page, flows, mails, person):
    """MC-SEC-82 a finished change cannot be made again from its old form."""
    flows.begin(page, "alice", "Change Email Address", by="mobile")
    page.fill(New_email_address="alice@example.net").press("Send Code")
    address = page.url
    page.fill(Verification_code=mails.code("alice@example.net")).press("OK")
    flows.forget_sends("alice")
    page.goto(address).press("Send Code")
    page.fill(Verification_code=flows.next_code(mails, "alice@example.net")).press("OK")
    assert page.heading == "Verify Identity"
    assert "start again here" in page.statuses[0]


def test_a_new_code_voids_the_one_before(page, flows, mails):
    """MC-SEC-06 asking again makes a new code; MC-SEC-34 not within the interval."""
    flows.sign_in(page, "alice")
    page.follow("Change Mobile Number").choose("Verify by email").press("Send Code")
    first = mails.code("alice")
    page.press("Send Code")
    assert "A new code can be sent in" in " ".join(page.statuses)
    flows.forget_sends("alice")
    page.press("Send Code")
    second = mails.code("alice")
    page.fill(Verification_code=first).press("Next")
    assert page.errors == ["That code is not right. You have 4 tries left."]
    page.fill(Verification_code=second).press("Next")
    assert page.heading == "Change Mobile Number"


def test_cancel_changes_nothing(page, flows, person):
    before = person("alice")["mail"]
    flows.begin(page, "alice", "Change Email Address", by="mobile")
    page.follow("Cancel")
    assert page.heading == "My Credentials"
    assert person("alice")["mail"] == before


def test_a_mistyped_address_costs_one_step_back(page, flows, mails, person):
    flows.begin(page, "alice", "Change Email Address", by="mobile")
    page.fill(New_email_address="alcie@example.net").press("Send Code")
    flows.forget_sends("alice")
    page.follow("Use another address")
    assert page.do("field", "New email address") == "alcie@example.net"
    page.fill(New_email_address="alice@example.net").press("Send Code")
    page.fill(Verification_code=mails.code("alice@example.net")).press("OK")
    assert person("alice")["mail"] == ["alice@example.net"]


def test_says_what_became_of_a_code_and_when_the_next_may_be_sent(page, open_page, flows, own_site):
    """F18 a code that could not be sent says so on the next page; the way on is offered."""
    address = own_site(sms_url=f"http://127.0.0.1:{free_port()}/", send_interval=60).url
    broken = open_page(address)
    broken.site = address
    flows.sign_in(broken, "alice")
    broken.follow("Change Email Address").choose("Verify by mobile").press("Send Code")
    poll(lambda: "could not be sent" in broken.reload().statuses[0], 30, "the page to say so")
    assert re.search("A new code can be sent in (\\d+ seconds|0:\\d\\d|1 minute)", broken.text())
    broken.follow("Verify in another way").choose("Verify by email").press("Send Code")
    broken.fill(Verification_code=flows.code("alice")).press("Next")
    assert broken.heading == "Change Email Address"


def test_the_next_login_asks_at_the_new_number(page, flows, sms, ssh_login, password):
    """What is changed on the site decides where the next code goes."""
    flows.sign_in(page, "bob")
    page.follow("Change Mobile Number")
    flows.prove(page, "bob")
    flows.forget_sends("bob")
    page.fill(New_mobile_number="+491511234577").press("Send Code")
    page.fill(Verification_code=sms.code("+491511234577")).press("OK")
    assert page.statuses == ["Your mobile number was changed."]
    flows.forget_sends("bob")
    assert ssh_login("bob", password, lambda _: flows.next_code(sms, "+491511234577")).ok
