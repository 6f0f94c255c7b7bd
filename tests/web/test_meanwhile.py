# SPDX-License-Identifier: Apache-2.0
"""What changed between one step and the next counts, and so does how long ago the step was."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from faults.proxy import MODIFY
from stack.otp import totp

from .client import Client
from .test_api_clients import api_status
from .walk import Walk, errors, heading

VALUES = {"label": "laptop", "scope": "", "life": "30"}


def is_made(answer):
    return 'class="copy"' in answer.text


def test_a_proof_is_good_for_five_minutes(walk, later, person):
    """MC-SEC-82 from Verify Identity to the change."""
    for ahead, made in ("2m", True), ("6m", False):
        form = walk.prove("api-password").form
        answer = Client(later(ahead), cookies=walk.client.cookies).post(form.action, {**form.fields, **VALUES})
        assert is_made(answer) == made, ahead
    assert heading(answer) == "Verify Identity"
    assert len(person("alice")["mycredApiPassword"]) == 1


def test_a_proof_is_of_one_flow(walk, person):
    """MC-SEC-82 what was proved in another tab makes no second change in this one."""
    one, other = walk.prove("api-password"), walk.prove("api-password")
    assert is_made(walk.client.send(one, **VALUES))
    assert heading(walk.client.send(one, **VALUES)) == "Verify Identity"
    assert len(person("alice")["mycredApiPassword"]) == 1
    assert is_made(walk.client.send(other, **VALUES))


def test_wrong_passwords_at_verify_identity_are_counted_by_address(own_site, change, person, password):
    """MC-SEC-24 MC-SEC-27 where nothing is bound, the password is the proof."""
    change("alice", mail=None, mobile=None)
    visitor = Client(own_site(wrong_passwords_per_source=2))
    assert heading(visitor.sign_in("alice", password)) == "My Credentials"
    asked = visitor.get("email")
    for _ in range(2):
        assert errors(visitor.send(asked, password="wrong")) == ["That password is not right."]
    answer = visitor.send(asked, password=password)
    assert heading(answer) == "Verify Identity" and int(answer.headers["Retry-After"]) > 0
    assert "Too many wrong passwords came from your network address." in errors(answer)[0]
    assert "mycredChallenge" not in person("alice")


def test_a_password_that_must_be_changed_opens_no_api_door(own_site, change, password):
    """MC-SEC-165 a program cannot change it."""
    lenient = own_site(api_accepts_login_password="yes")
    assert api_status(lenient, "alice", password) == 200
    change("alice", pwdReset="TRUE")
    assert api_status(lenient, "alice", password) == 401


@pytest.fixture
def password_changed(stack, person):
    """password_changed("bob", 60): the directory says so of so many seconds from now."""
    before = {}

    def say(login, ahead):
        before[login] = person(login).get("pwdChangedTime")
        changed = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + ahead))
        stack.directory.relaxed(stack.people.dn(login), pwdChangedTime=changed)

    yield say
    for login, time_before in before.items():
        stack.directory.relaxed(stack.people.dn(login), pwdChangedTime=time_before)


@pytest.mark.parametrize("ahead, expected", [(-60, "My Credentials"), (60, "Sign in")])
def test_a_password_changed_before_the_code_lets_nobody_in(client, flows, password_changed, password, ahead, expected):
    """MC-SEC-108 what was proved by the old one is over."""
    bob = client()
    asked = bob.sign_in("bob", password)
    password_changed("bob", ahead)
    assert heading(bob.send(asked, code=flows.code("bob", "mobile"))) == expected


def test_a_method_taken_away_before_its_code_lets_nobody_in(client, flows, change, person, password):
    """MC-SEC-108"""
    bob = client()
    asked = bob.sign_in("bob", password)
    change("bob", mycredMethodAllowed="email")
    assert heading(bob.send(asked, code=flows.code("bob", "mobile"))) == "Sign in"
    assert "mycredSession" not in person("bob")


def test_where_the_groups_rules_cannot_be_read_nothing_is_decided(client, flows, stack, change, password):
    """MC-SEC-55 they may be the stricter ones."""
    change("grace", mail="grace@example.org")
    grace = client()
    asked = grace.sign_in("grace", password)
    grace.send(asked, code=flows.next_code(flows.mails, "grace@example.org"))
    pages = ["api-password", "device", "email", "method", "mobile", "password", "recovery"]
    assert {grace.get(page).status for page in pages} == {200}
    stack.directory.replace(stack.people.group_dn("finance"), mycredRequire="sometimes")
    assert {page: grace.get(page).status for page in pages} == dict.fromkeys(pages, 500)
    assert grace.get("sessions").status == 200


def test_an_administrators_method_must_be_usable_still(administrator, change):
    """MC-SEC-92 one's own login verification stands before these pages."""
    assert administrator.client.get("administration").status == 200
    change("sadmin", mobile="+491511234577", mycredMethodAllowed="sms")
    answer = administrator.client.get("administration")
    assert answer.status == 403 and "Choose a method first." in answer.text


def test_a_method_forbidden_before_its_code_is_not_chosen(walk, flows, change, person):
    """MC-SEC-88 MC-SEC-108"""
    asked = walk.client.send(walk.client.get("method"), method="sms")
    change("alice", mycredMethodAllowed="email")
    answer = walk.client.send(asked, code=flows.code("alice", "mobile"))
    assert heading(answer) == "Change Verification Method"
    assert "mycredLoginMethod" not in person("alice")


def test_a_device_unbound_while_it_is_chosen_is_not_chosen(behind_proxy, flows, change, stack, person):
    """MC-SEC-53 F47: nobody would get in with it."""
    held, goes_on = threading.Event(), threading.Event()

    def rule(tag, message):
        if tag == MODIFY and b"\x04\x04totp" in message:  # the change itself
            held.set()
            goes_on.wait(20)
        return True

    change("carol", mycredLoginMethod="email")
    proxy, slow = behind_proxy(ldap_timeout=10)
    carol = Client(slow)
    carol.send(carol.sign_in("carol", stack.password), code=flows.code("carol"))
    asked = carol.send(carol.get("method"), method="totp")
    proxy.rule = rule
    with ThreadPoolExecutor(1) as pool:
        chosen = pool.submit(carol.send, asked, code=totp(stack.carol_totp))
        assert held.wait(20)
        change("carol", mycredTotp=None)
        goes_on.set()
        answer = chosen.result()
    assert "Your login verification was changed." not in answer.text
    assert person("carol")["mycredLoginMethod"] == ["email"]
