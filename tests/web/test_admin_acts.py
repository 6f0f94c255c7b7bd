# SPDX-License-Identifier: Apache-2.0
"""Each act on a person, seen in the directory, at the next login, in the log and in the person's mail."""

import re
import time

import pytest

from stack.otp import totp

from .admin import Administrator, statuses
from .walk import errors, heading


@pytest.fixture
def administrator(flows, client):
    return Administrator(flows, client())


@pytest.fixture
def logged(site):
    """logged(): the lines of administrators' acts since the test began."""
    log = site.folder / "error.log"
    start = log.stat().st_size

    def lines():
        with open(log) as file:
            file.seek(start)
            return re.findall(r"event=administered .*", file.read())

    return lines


@pytest.fixture
def bob(flows, client):
    """Bob is signed in somewhere, and may send another code."""
    visitor = client()
    assert heading(flows.enter(visitor, "bob")) == "My Credentials"
    flows.forget_sends("bob")
    return visitor


def seconds_ahead(value):
    return time.mktime(time.strptime(value, "%Y%m%d%H%M%SZ")) - time.mktime(time.gmtime())


def test_lock_and_unlock(administrator, bob, person, ssh_login, password, sms, mails, logged):
    """MC-SEC-108 a lock ends every session at once and refuses every door; one click ends it."""
    done = administrator.act("lock", "bob", life="open")
    assert statuses(done) == ["The account was locked, and its sessions have ended."]
    assert person("bob")["mycredLockedUntil"] == ["99991231235959Z"] and "mycredSession" not in person("bob")
    assert heading(bob.get()) == "Sign in"
    assert not ssh_login("bob", password).ok
    assert sms.all() == []
    assert "locked your account" in mails.wait("bob").subject
    assert statuses(administrator.click("bob", "unlock")) == ["The account was unlocked."]
    assert "mycredLockedUntil" not in person("bob")
    assert "unlocked your account" in mails.wait("bob").subject
    assert ssh_login("bob", password, lambda _: sms.code("bob")).ok
    lock, unlock = logged()
    assert " user=sadmin " in lock and "act=lock target=bob until=99991231235959Z" in lock
    assert " user=sadmin " in unlock and "act=unlock target=bob" in unlock
