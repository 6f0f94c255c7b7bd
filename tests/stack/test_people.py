# SPDX-License-Identifier: Apache-2.0
"""Each sample person signs in by the real ssh client as their row says."""

import pytest

from stack.otp import totp


@pytest.fixture
def password(stack):
    return stack.password


def test_login_verification_off_means_password_alone(ssh_login, password):
    session = ssh_login("alice", password)
    assert session.ok and len(session.prompts) == 1


def test_bob_is_asked_for_a_code_by_sms(ssh_login, password, sms):
    session = ssh_login("bob", password, lambda _: sms.code("bob"))
    assert session.ok and "ending in 42" in session.last
    assert sms.all() == []


@pytest.mark.parametrize("login", ["dave", "sadmin"])
def test_a_code_by_email_is_asked(ssh_login, password, mails, login):
    assert ssh_login(login, password, lambda _: mails.code(login)).ok


def test_carol_is_asked_for_a_code_of_her_device(ssh_login, stack, password):
    session = ssh_login("carol", password, totp(stack.carol_totp))
    assert session.ok and "authenticator" in session.last


def test_carol_may_use_each_of_ten_recovery_codes(ssh_login, stack, password):
    assert len(stack.carol_recovery) == 10
    first, second = stack.carol_recovery[0], stack.carol_recovery[9]
    assert ssh_login("carol", password, first).ok
    assert not ssh_login("carol", password, first).ok
    assert ssh_login("carol", password, second).ok


def test_a_wrong_password_sends_nothing(ssh_login, sms):
    session = ssh_login("bob", "wrong")
    assert not session.ok and len(session.prompts) == 1
    assert sms.count_after(0.5) == 0


def test_grace_is_sent_to_the_site(stack, ssh_login, password):
    session = ssh_login("grace", password)
    assert not session.ok and stack.httpd.url in session.transcript


@pytest.mark.parametrize("login", ["erin", "frank"])
def test_without_a_login_password_there_is_no_login(ssh_login, password, login, sms, mails):
    assert not ssh_login(login, password).ok
    assert sms.all() == [] and mails.all() == []
