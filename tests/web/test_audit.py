# SPDX-License-Identifier: Apache-2.0
"""The audit log: what people did is one line each, the same from PAM and from the site, and a program can read it."""

import base64
import re
import shlex
import time
from datetime import datetime, timedelta, timezone

import pytest
from stack.otp import totp
from stack.server import poll
from stack.watch import Log

from .client import Client
from .walk import Walk


def fields(line):
    """event=... and its pairs as a dict; every part is a pair, and no key comes twice."""
    pairs = [part.partition("=") for part in shlex.split(line[line.index("event=") :])]
    assert all(separator for _, separator, _ in pairs), line
    assert len({key for key, _, _ in pairs}) == len(pairs), line
    return {key: value for key, _, value in pairs}


@pytest.fixture
def audit(site, syslog):
    """audit("code_wrong", user="carol"): the fields of the first such line, from wherever it comes."""
    logs = [Log(site.folder / "error.log"), syslog]

    def find(event, **expected):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            found = [fields(line) for log in logs for line in log.lines(f"event={event}( |$)")]
            right = [one for one in found if expected.items() <= one.items()]
            if right:
                assert right[0]["id"] and right[0]["user"]
                return right[0]
            time.sleep(0.05)
        raise AssertionError(f"no event={event} with {expected} in {[log.text[-2000:] for log in logs]}")

    return find


@pytest.fixture
def walk(flows, site, told):
    return Walk(flows, Client(site))


@pytest.fixture
def told(person):
    """Waits at the end until alice was told what was changed: nothing writes to her entry any more."""
    yield
    poll(lambda: "mycredNotice" not in person("alice"), 30, "the notices to be sent")


def another(code):
    return f"{(int(code) + 1) % 10**6:06d}"


def test_what_is_typed_at_a_login(ssh_login, password, stack, audit):
    """MC-SEC-164 MC-SEC-165"""
    code = totp(stack.carol_totp)
    assert ssh_login("carol", password, another(code), code).ok
    wrong = audit("code_wrong", user="carol", service="sshd", method="totp")
    right = audit("login_verified", user="carol", service="sshd", method="totp")
    assert wrong["id"] == right["id"]


def test_what_is_sent_and_what_is_not(ssh_login, password, audit, sms, directory, stack):
    """MC-SEC-165"""
    ssh_login("bob", password, "")
    audit("code_sent", user="bob", method="sms")
    directory.replace(stack.people.dn("bob"), mycredChallenge=None)
    ssh_login("bob", password, "")
    audit("send_limited", user="bob")


def test_the_last_failure_that_a_device_has(ssh_login, password, stack, directory, audit):
    """MC-SEC-165 MC-SEC-23"""
    old = datetime.now(timezone.utc) - timedelta(days=1)
    failures = [f"{old + timedelta(seconds=number):%Y%m%d%H%M%S.%fZ}" for number in range(49)]
    directory.replace(stack.people.dn("carol"), mycredTotpFailure=failures)
    assert not ssh_login("carol", password, another(totp(stack.carol_totp))).ok
    audit("codes_disabled", user="carol")
    audit("login_refused", user="carol", reason="wrong-code")


def test_who_verifies_nothing(ssh_login, password, audit):
    """MC-SEC-165"""
    assert ssh_login("alice", password).ok
    audit("login_verification_off", user="alice", service="sshd")


def test_who_signs_out(audit, walk):
    """MC-SEC-165"""
    home = walk.client.get("")
    walk.client.send(home, next(form for form in home.every_form if form.action.endswith("/sign-out")))
    audit("signed_out", user="alice")


def test_what_a_person_changes_on_the_site(audit, walk):
    """MC-SEC-164 MC-SEC-165"""
    signed_in = audit("signed_in", user="alice", method="password")
    assert signed_in["source"] == "127.0.0.1"
    walk.finish("api-password", walk.prove("api-password"))
    audit("identity_verified", user="alice", method="sms")
    assert audit("credential_changed", user="alice")["what"] == "api-password"


def test_a_changed_password(walk, audit):
    """MC-SEC-165"""
    walk.finish("password", walk.prove("password"))
    audit("password_changed", user="alice")


def test_wrong_forms_names_and_passwords(site, audit):
    """MC-SEC-165"""
    client = Client(site)
    client.sign_in("alice", "not her password")
    audit("password_wrong", user="alice")


def test_a_forgotten_password_set_anew(flows, site, audit, mails, told):
    """MC-SEC-165"""
    client = Client(site)
    asked = client.send(client.get("forgot"), login="alice", way="email")
    proved = client.send(asked, code=flows.next_code(mails, "alice"))
    new = f"quiet orchard lanterns {time.monotonic_ns()}"
    client.send(proved, new_password=new, confirm_password=new)
    audit("password_reset", user="alice")


def test_programs_at_their_door(site, walk, audit):
    """MC-SEC-165"""
    shown = walk.finish("api-password", walk.prove("api-password"))
    made = re.search(r"\d+-[A-Z2-7]{26}", shown.text)[0]
    door = Client(site)
    for password, status in ((made, 200), ("1-" + "A" * 26, 401)):
        basic = base64.b64encode(f"alice:{password}".encode()).decode()
        assert door.get("/demo/api/", Authorization=f"Basic {basic}").status == status
    # what is right is in the access log, request by request
    audit("api_password_refused", user="alice")
