# SPDX-License-Identifier: Apache-2.0
"""One line of ldapmodify changes the very next login."""

import pytest
from conftest import ldap_time

DAY = 86400


def test_choosing_a_method_turns_verification_on(ssh_login, directory, person, mails, password):
    directory.extend(person("alice"), "mycredAccount", mycredLoginMethod="email")
    session = ssh_login("alice", password, lambda _: mails.code("alice"))
    assert session.ok and len(session.prompts) == 2


def test_deleting_the_choice_turns_it_off(ssh_login, directory, person, password):
    directory.replace(person("bob"), mycredLoginMethod=None)
    session = ssh_login("bob", password)
    assert session.ok and len(session.prompts) == 1


def test_deleting_the_chosen_device_leaves_the_other_ways(ssh_login, directory, person, mails, password):
    directory.replace(person("carol"), mycredTotp=None)
    session = ssh_login("carol", password, lambda _: mails.code("carol"))
    assert session.ok and "e-mail" in session.last


def test_deleting_everything_bound_sends_to_the_site(stack, ssh_login, directory, person, password):
    directory.replace(person("dave"), mail=None)
    session = ssh_login("dave", password)
    assert not session.ok and stack.httpd.url in session.transcript


def test_a_deleted_device_does_not_count_at_the_prompt(ssh, directory, person, password, carol_code):
    """Every rule is read again at the answer."""
    session = ssh.open("carol")
    session.prompt()
    session.answer(password)
    session.prompt()
    directory.replace(person("carol"), mycredTotp=None)
    session.answer(carol_code())
    assert not session.finish().ok


def test_locked_looks_the_same_and_refuses_a_right_code(ssh_login, directory, person, sms, password, carol_code):
    """MC-SEC-144"""
    directory.replace(person("carol"), mycredLockedUntil=ldap_time(3600))
    session = ssh_login("carol", password, carol_code())
    assert not session.ok and "authenticator app" in session.last
    directory.replace(person("bob"), mycredLockedUntil=ldap_time(3600))
    session = ssh_login("bob", password, "000000", "111111")
    assert not session.ok and "ending in 42" in session.transcript
    assert ["(or resend, ?)" in prompt for prompt in session.prompts[1:3]] == [True, True]
    assert sms.count_after(0.5) == 0


def test_a_lock_that_has_ended_is_none(ssh_login, directory, person, password, carol_code):
    directory.replace(person("carol"), mycredLockedUntil=ldap_time(-1))
    assert ssh_login("carol", password, carol_code()).ok


def test_a_lock_set_at_the_prompt_counts(ssh, directory, person, password, carol_code):
    session = ssh.open("carol")
    session.prompt()
    session.answer(password)
    session.prompt()
    directory.replace(person("carol"), mycredLockedUntil=ldap_time(3600))
    session.answer(carol_code())
    assert not session.finish().ok


def test_a_lock_keeps_out_whom_no_code_is_asked_of(ssh_login, directory, person, password):
    directory.extend(person("alice"), "mycredAccount", mycredLockedUntil=ldap_time(3600))
    assert not ssh_login("alice", password).ok


@pytest.mark.parametrize("ahead, exempt", [(3600, True), (8 * DAY, False), (-60, False)])
def test_an_exemption_counts_until_its_time_and_not_beyond_the_limit(
    ssh_login, directory, person, syslog, password, ahead, exempt
):
    directory.replace(person("carol"), mycredExemptUntil=ldap_time(ahead))
    session = ssh_login("carol", password)
    assert session.ok == exempt and len(session.prompts) == (1 if exempt else 2)
    if exempt:
        assert syslog.wait(r"event=login_exempt .*user=carol")


def test_a_group_may_require_what_its_member_has_bound(ssh_login, directory, person, mails, password):
    directory.replace(person("grace"), mail="grace@example.org")
    session = ssh_login("grace", password, lambda _: mails.code("grace@example.org"))
    assert session.ok, session.transcript


def test_a_group_may_require_a_choice(stack, ssh_login, directory, person, password):
    directory.replace(stack.people.group_dn("finance"), mycredRequire="enrol")
    directory.replace(person("grace"), mail="grace@example.org")
    session = ssh_login("grace", password)
    assert not session.ok and stack.httpd.url in session.transcript


def test_the_persons_own_rule_wins_over_the_groups(ssh_login, directory, person, password):
    directory.extend(person("grace"), "mycredAccount", mycredRequire="optional")
    assert ssh_login("grace", password).ok


def test_break_glass_asks_nothing_and_is_logged(ssh_login, directory, person, syslog, password):
    """MC-SEC-56: at each use."""
    directory.replace(person("carol"), mycredRequire="off")
    session = ssh_login("carol", password)
    assert session.ok and len(session.prompts) == 1
    assert syslog.wait(r"event=login_exempt .*mycredRequire")


def test_methods_may_be_limited_to_some(stack, ssh_login, directory, person, password, carol_code):
    """MC-SEC-43: e-mail can be switched off for a person."""
    directory.replace(person("carol"), mycredMethodAllowed="totp")
    session = ssh_login("carol", password, "?", carol_code())
    assert session.ok and "e-mail" not in session.transcript


@pytest.mark.parametrize(
    "attribute, value",
    [
        ("mycredRequire", "sometimes"),
        ("mycredLoginMethod", "fax"),
        ("mycredMethodAllowed", "fax"),
    ],
)
def test_a_word_nobody_knows_is_an_error_not_off(ssh_login, directory, person, syslog, password, attribute, value):
    directory.replace(person("carol"), **{attribute: value})
    assert not ssh_login("carol", password).ok
    assert syslog.wait(rf"event=value_damaged .*attribute={attribute}")


def test_a_device_of_another_person_does_not_open(ssh_login, directory, person, syslog, password, carol_code):
    """MC-SEC-46 MC-SEC-56: a sealed value copied to another entry is denied and reported."""
    stolen = directory.entry(person("carol"))["mycredTotp"]
    directory.replace(person("bob"), mycredTotp=stolen, mycredLoginMethod="totp")
    assert not ssh_login("bob", password, carol_code()).ok
    assert syslog.wait(r"event=value_damaged .*attribute=mycredTotp")


def test_two_contacts_and_none_verified_are_none(ssh_login, directory, person, password):
    directory.replace(person("dave"), mail=["dave@example.org", "dave2@example.org"])
    assert not ssh_login("dave", password).ok
