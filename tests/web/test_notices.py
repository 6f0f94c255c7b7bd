# SPDX-License-Identifier: Apache-2.0
"""Notices: folded when many, never dropped; wrong codes after the right password; what hosts wrote."""

import base64
import functools
import re
import time

import pytest
from faults.site import wrong
from stack.mail import read_mail
from stack.otp import totp
from stack.people import add_person
from stack.server import poll
from stack.watch import Mails

from .flows import Flows
from .walk import Walk, heading

NOTICE = "If it was not you"
CLASSES = ["inetOrgPerson", "posixAccount", "shadowAccount"]


class Letters:
    """All e-mails that have arrived, whoever else took them."""

    def __init__(self, server):
        self.server, self.before = server, set(server.arrived())

    def notices(self, login):
        """Those about changes of this person."""
        arrived = [read_mail(file) for file in self.server.arrived() if file not in self.before]
        return [mail for mail in arrived if f"{login}@example.org" in mail.recipients and NOTICE in mail.text]


@pytest.fixture
def mails(stack):
    return Letters(stack.mail)


@pytest.fixture
def codes(stack):
    """For steps that ask for a code: these e-mails are handed out apart."""
    return Mails(stack.mail)


class PatientFlows(Flows):
    """Forgets when codes were sent, but not when notices were."""

    def forget_sends(self, login):
        dn = self.stack.people.dn(login)
        times = self.stack.directory.entry(dn).get("mycredSendTime", [])
        kept = [value for value in times if value.endswith(" notice")]
        self.stack.directory.replace(dn, mycredSendTime=kept or None)


@pytest.fixture
def flows(stack, sms, codes):
    return PatientFlows(stack, sms, codes)


def notices(mails, login):
    return mails.notices(login)


def named(mails):
    """How many events these mails name together."""
    total = 0
    for mail in mails:
        many = re.search(r"(\d+) changes of your account", mail.subject)
        if not many:
            total += 1
            continue
        lines = re.findall(r"^- (.*)", mail.text, re.MULTILINE)
        times = [re.search(r"\((\d+) times\)", line) for line in lines]
        count = sum(int(found[1]) if found else 1 for found in times)
        assert count == int(many[1])
        total += count
    return total


@pytest.mark.long
def test_a_hundred_events_in_a_minute_are_a_few_mails_that_name_all(flows, client, mails, person):
    """MC-SEC-40 F60"""
    walk = Walk(flows, client())
    begin = time.monotonic()
    for _ in range(100):
        flows.forget_sends("alice")
        walk.finish("recovery", walk.prove("recovery", by="email"))
    assert time.monotonic() - begin < 120
    poll(lambda: "mycredNotice" not in person("alice"), 240, "the outbox to be empty")
    sent = notices(mails, "alice")
    assert named(sent) == 100
    assert len(sent) <= 1 + (time.monotonic() - begin) / 20 + 1


def test_events_of_one_moment_are_folded(flows, client, mails, person, stack):
    """MC-SEC-40: what comes too soon after a message waits for the next, which names all."""
    dn = stack.people.dn("alice")
    walk = Walk(flows, client())
    for _ in range(4):
        proved = walk.prove("api-password", by="email")
        walk.client.send(proved, label="program", scope="", life="30")
    poll(lambda: len(notices(mails, "alice")) == 1, 20, "the first notice")
    poll(lambda: len(person("alice").get("mycredNotice", [])) == 3, 10, "the rest to wait")
    # the gap has gone by
    times = [value for value in person("alice").get("mycredSendTime", []) if not value.endswith(" notice")]
    stack.directory.replace(dn, mycredSendTime=[*times, "20200101000000.000000Z notice"])
    Walk(flows, client())
    poll(lambda: "mycredNotice" not in person("alice"), 40, "the outbox to be empty")
    sent = notices(mails, "alice")
    assert len(sent) == 2 and named(sent) == 4
    assert "(3 times)" in sent[1].text or "(3 times)" in sent[0].text


def test_three_wrong_codes_after_the_right_password_are_told(client, stack, mails, person):
    """MC-SEC-168: once, and not for the fourth."""
    carol = client()
    form = carol.sign_in("carol", stack.password)
    bad = wrong(totp(stack.carol_totp))
    for number in range(1, 5):
        form = carol.send(form, code=bad)
        assert heading(form) == "Login Verification"
        assert number >= 3 or "mycredNotice" not in person("carol")
    poll(lambda: notices(mails, "carol"), 20, "the warning")
    poll(lambda: "mycredNotice" not in person("carol"), 10, "the outbox to be empty")
    assert [mail.subject for mail in notices(mails, "carol")] == [
        "mycred demo: several wrong codes were typed after your login password"
    ]


def test_the_owner_is_told_that_codes_are_disabled(client, stack, mails, person):
    """MC-SEC-23: at the cap, and the right code is refused afterwards."""
    dn = stack.people.dn("carol")
    old = [f"20260101000000.{number:06d}Z" for number in range(49)]
    stack.directory.replace(dn, mycredTotpFailure=old)
    carol = client()
    form = carol.sign_in("carol", stack.password)
    code = totp(stack.carol_totp)
    carol.send(form, code=wrong(code))
    sent = poll(lambda: notices(mails, "carol"), 20, "the notice")
    assert "so your codes are no longer taken" in sent[0].subject
    refused = carol.send(form, code=code)
    assert "Ask your administrator to unlock" in refused.text


def test_what_a_host_wrote_is_delivered_by_the_site(ssh_login, client, stack, mails, person):
    """MC-SEC-23 MC-SEC-168: under the login key, and sent when the site next looks."""
    bad = wrong(totp(stack.carol_totp))
    assert not ssh_login("carol", stack.password, bad, bad, bad).ok
    values = person("carol")["mycredNotice"]
    assert len(values) == 1 and values[0].startswith("h-")
    client().sign_in("carol", stack.password)
    sent = poll(lambda: notices(mails, "carol"), 20, "the warning")
    assert "several wrong codes" in sent[0].subject and "From: 127.0.0.1" in sent[0].text
    poll(lambda: "mycredNotice" not in person("carol"), 10, "the outbox to be empty")


def test_a_host_cannot_tell_what_only_the_site_knows(client, stack, mails, person):
    """MC-SEC-155: a value of the site under a host's mark opens nowhere, and holds nothing up."""
    dn = stack.people.dn("carol")
    junk = base64.urlsafe_b64encode(bytes(80)).decode().rstrip("=")
    stack.directory.replace(dn, mycredNotice=f"h-ABCDEFGHIJKLM 20260101000000Z - k1:{junk}")
    bad = wrong(totp(stack.carol_totp))
    carol = client()
    form = carol.sign_in("carol", stack.password)
    for _ in range(3):
        form = carol.send(form, code=bad)
    assert "several wrong codes" in poll(lambda: notices(mails, "carol"), 20, "the warning")[0].subject
    poll(lambda: len(person("carol")["mycredNotice"]) == 1, 10, "the rest to be delivered")


def test_the_old_number_is_told(flows, client, sms):
    """MC-SEC-41 MC-SEC-85"""
    walk = Walk(flows, client())
    walk.finish("mobile", walk.prove("mobile", by="email"))
    assert "your mobile number was changed" in sms.wait("+491511234511", 20)


def test_what_a_host_wrote_is_found_without_a_visit(own_site, ssh_login, stack, mails, person):
    """MC-SEC-86 MC-SEC-168"""
    bad = wrong(totp(stack.carol_totp))
    assert not ssh_login("carol", stack.password, bad, bad, bad).ok
    assert person("carol")["mycredNotice"]
    own_site(notice_interval=5)
    assert "several wrong codes" in poll(lambda: notices(mails, "carol"), 40, "the warning")[0].subject


@pytest.fixture
def crowd(stack):
    """People with a notice that opens nowhere, more than are looked after in one turn; dave's entry comes after theirs."""
    logins = [f"crowd{number}" for number in range(120)]
    base, dave = stack.slapd.suffix, stack.people.dn("dave")
    for number, login in enumerate(logins):
        add_person(stack.directory, base, login, 11000 + number, mail=f"{login}@example.org")
        junk = f"h-ABCDEFGHIJKLM 20260101000000Z - k1:{'A' * 107}"
        stack.directory.replace(stack.people.dn(login), objectClass=[*CLASSES, "mycredAccount"], mycredNotice=junk)
    entry = stack.directory.entry(dave)
    stack.directory.delete_s(dave)
    stack.directory.create(dave, **entry)
    yield
    for login in logins:
        stack.directory.delete_s(stack.people.dn(login))


def test_notices_that_cannot_be_read_hold_up_nobody(crowd, own_site, ssh_login, stack, mails, codes, person):
    """MC-SEC-86 MC-SEC-158: however many stand before one that can."""
    bad = functools.cache(lambda _: wrong(codes.code("dave")))
    assert not ssh_login("dave", stack.password, *[lambda _: bad(0)] * 3).ok
    assert person("dave")["mycredNotice"]
    own_site(notice_interval=5)
    assert "several wrong codes" in poll(lambda: notices(mails, "dave"), 40, "the warning")[0].subject
