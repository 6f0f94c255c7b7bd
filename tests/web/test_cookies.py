# SPDX-License-Identifier: Apache-2.0
"""Sessions: made by the server, kept on the entry, gone at once when they are ended."""

import base64
import re
import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest
from stack.server import poll

from .client import Client
from .walk import Walk, heading

COOKIE = "__Host-mycred"
VISITOR = "__Host-mycred-visitor"


@pytest.fixture
def walk(flows, client):
    return Walk(flows, client())


def is_in(browser):
    return heading(browser.get("")) == "My Credentials"


def made_up():
    yield from ("", "x", "k1:", "alice", "../../etc/passwd", "null", "0" * 32, "k1:" + "A" * 4000)
    for size in (16, 32, 64, 100, 200):
        yield base64.urlsafe_b64encode(secrets.token_bytes(size)).decode().rstrip("=")
        yield "k1:" + base64.urlsafe_b64encode(secrets.token_bytes(size)).decode().rstrip("=")


def test_made_up_cookies_are_nothing(client, walk):
    """MC-SEC-104 MC-SEC-147 no invented, cut, changed or joined identifier is somebody."""
    real = walk.client.cookies[COOKIE]
    changed = [real[:at] + ("A" if real[at] != "A" else "B") + real[at + 1 :] for at in range(4, len(real), 23)]
    for value in [*made_up(), real[:-1], real + "A", *changed]:
        visitor = client(cookies={COOKIE: value})
        assert not is_in(visitor), value


def test_two_cookies_of_one_name_are_none(client, walk):
    """MC-SEC-105 one of them may be planted by a sibling of the host."""
    real = walk.client.cookies[COOKIE]
    answer = client().get("", follow=False, Cookie=f"{COOKIE}={real}; {COOKIE}=x")
    assert answer.status == 303


def test_the_identifier_is_never_taken_from_the_address(client, walk):
    """MC-SEC-104"""
    real = walk.client.cookies[COOKIE]
    for query in (f"?{COOKIE.lower().replace('-', '_')}={real}", f"?session={real}", f"?sid={real}"):
        assert not heading(client().get(query)) == "My Credentials"


def test_signing_in_makes_a_new_session(client, walk, password):
    """MC-SEC-105 whatever cookie the browser brought."""
    planted = walk.client.cookies[COOKIE]
    victim = client(cookies={COOKIE: "planted", VISITOR: "A" * 26})
    victim.sign_in("alice", password)
    assert victim.cookies[COOKIE] not in ("planted", planted)
    assert is_in(victim)


def test_a_planted_session_is_not_kept_by_who_signs_in(client, flows, password):
    """MC-SEC-105 fixation: the attacker's own session in the victim's browser stays the attacker's."""
    attacker = Walk(flows, client(), "sadmin")
    victim = client(cookies=dict(attacker.client.cookies))
    answer = victim.get("sign-in", follow=False)
    assert answer.status == 303  # somebody is signed in: no form asks for a password
    victim.cookies.pop(COOKIE)
    victim.sign_in("alice", password)
    assert "alice" in victim.get("").text
    assert "alice" not in attacker.client.get("").text


def test_verifying_identity_makes_a_new_identifier(walk, person):
    """MC-SEC-105 the old one dies; forms and flows in this browser's other tabs live on."""
    other_tab = walk.client.get("mobile")
    before = walk.client.clone()
    walk.prove("email")
    assert walk.client.cookies[COOKIE] != before.cookies[COOKIE]
    assert not is_in(before) and is_in(walk.client)
    assert len(person("alice")["mycredSession"]) == 1
    assert heading(walk.client.send(other_tab, way="email")) == "Verify Identity"


def test_verifying_identity_in_two_tabs_at_once(walk, person):
    """MC-SEC-105 whichever comes first renews the identifier; no other one lives."""
    tabs = [Walk(walk.flows, walk.client.clone(), start=False) for _ in range(2)]
    asked = [tabs[0].ask("email", "sms"), tabs[1].ask("mobile", "email")]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda tab, page: tab.client.send(page, code=tab.sent), tabs, asked))
    renewed = [tab.client for tab in tabs if tab.client.cookies[COOKIE] != walk.client.cookies[COOKIE]]
    assert len(renewed) == 1 and is_in(renewed[0]) and not is_in(walk.client)
    assert len(person("alice")["mycredSession"]) == 1


def test_recent_activity_names_what_happened(walk, change):
    """MC-SEC-168 each from the place in its value that is the time."""
    walk.ask("mobile", "email")
    change("alice", mycredCodeFailure=["20261121201533Z"], mycredRecoveryFailure=["20261121201534Z"])
    shown = set(re.findall("<li><span>([^<]+)</span>", walk.client.get("sessions").text))
    codes = {"A code was sent by e-mail", "A wrong code from a message was typed", "A wrong recovery code was typed"}
    assert {"Signed in", *codes} <= shown


def test_the_password_step_gives_no_session(client, password, stack):
    """MC-SEC-110 nothing to steal between password and code."""
    bob = client()
    asked = bob.sign_in("bob", password)
    assert heading(asked) == "Login Verification"
    assert COOKIE not in bob.cookies
    assert "mycredSession" not in stack.directory.entry(stack.people.dn("bob"))
    assert password not in asked.text and password not in asked.url


def test_attributes_of_the_cookies(client, password):
    """MC-SEC-106"""
    visitor = client()
    first = visitor.get("sign-in")
    done = visitor.send(first, follow=False, login="alice", password=password)
    for answer, name in ((first, VISITOR), (done, COOKIE)):
        cookie = next(line for line in answer.headers.get_all("Set-Cookie") if line.startswith(f"{name}="))
        assert re.fullmatch(rf"{name}=[^;]+; Path=/; Secure; HttpOnly; SameSite=(Lax|Strict)", cookie)
        assert len(cookie) < 4096


def test_what_is_kept_is_a_hash(walk, person):
    """MC-SEC-104 the directory does not hold what the cookie holds."""
    stored = person("alice")["mycredSession"][0]
    cookie = walk.client.cookies[COOKIE]
    pieces = {cookie[at : at + 12] for at in range(0, len(cookie) - 12, 4)}
    assert not any(piece in stored for piece in pieces)


def test_signing_out_ends_it_on_the_server(walk):
    """MC-SEC-108 MC-SEC-113 the cookie is dead though it is kept; the browser is told to forget."""
    copy = walk.client.clone()
    form = walk.client.get("").every_form[0]
    answer = walk.client.post(form.action, form.fields, follow=False)
    assert answer.headers["Clear-Site-Data"] and COOKIE not in walk.client.cookies
    assert not is_in(copy)


def test_idle_and_old_sessions_end(flows, own_site, password):
    """MC-SEC-107 by the configured times."""
    alice = Client(own_site(session_idle=60, session_life=600))
    alice.sign_in("alice", password)
    assert is_in(alice)
    dn = flows.stack.people.dn("alice")
    stored = flows.stack.directory.entry(dn)["mycredSession"][0]
    name, digest, created, seen, *rest = stored.split(" ")
    flows.stack.directory.replace(dn, mycredSession=" ".join([name, digest, created, "20200101000000Z", *rest]))
    assert not is_in(alice)
    flows.stack.directory.replace(dn, mycredSession=" ".join([name, digest, "20200101000000Z", seen, *rest]))
    assert not is_in(alice)


def test_a_damaged_session_is_none(walk, change):
    """MC-SEC-111 MC-SEC-158 what cannot be read signs nobody in."""
    for value in ("", "x", "x y z", "n a 20261121000000Z 20261121000000Z - - password x", "\u0000"):
        change("alice", mycredSession=value or None)
        assert not is_in(walk.client.clone())


def test_a_person_of_the_same_name_inherits_nothing(walk, stack):
    """MC-SEC-112 sessions belong to the entry, not to its name."""
    dn = stack.people.dn("alice")
    entry = stack.directory.entry(dn)
    stack.directory.delete_s(dn)
    assert not is_in(walk.client)
    stack.directory.create(dn, **entry)
    assert not is_in(walk.client)


def test_sessions_are_limited_and_the_oldest_goes(flows, client, person):
    """MC-SEC-178 what is stored stays bounded."""
    first = Walk(flows, client())
    for _ in range(11):
        Walk(flows, client())
    assert len(person("alice")["mycredSession"]) == 10
    assert not is_in(first.client)


def test_ending_a_session_of_somebody_else_does_nothing(walk, flows, client, person):
    """MC-SEC-147 ids of the list are one's own."""
    other = Walk(flows, client(), "sadmin")
    stored = person("sadmin")["mycredSession"][0].split(" ")[0]
    form = walk.client.get("sessions").form
    walk.client.send(walk.client.get("sessions"), form, session=stored)
    assert is_in(other.client) and is_in(walk.client)


def test_a_lost_race_on_the_last_use_signs_nobody_out(walk):
    """Many requests at once, each noting its use."""
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda _: is_in(walk.client.clone()), range(40)))
    assert poll(lambda: is_in(walk.client), 5, "the session")


def test_a_session_ends_with_the_password_it_began_under(flows, client, stack, person):
    """MC-SEC-80 MC-SEC-108 to the second: pwdChangedTime has no finer ones."""
    dn = stack.people.dn("alice")
    stack.people.set_password(stack.directory, "alice", stack.password)
    alice = Walk(flows, client()).client
    changed = person("alice")["pwdChangedTime"][0]
    stored = person("alice")["mycredSession"][0]
    name, digest, _, *times, password, method, agent = stored.split(" ", 7)
    assert password == changed
    for began, under, lives in (
        (changed, changed, True),
        (changed, "20200101000000Z", False),  # within the second of the change, but before it
        (changed, "-", False),
        ("20200101000000Z", changed, False),  # too old
    ):
        stack.directory.replace(dn, mycredSession=" ".join([name, digest, began, *times, under, method, agent]))
        assert is_in(alice) == lives, (began, under)
    alice = Walk(flows, client()).client
    stack.people.set_password(stack.directory, "alice", stack.password)
    if person("alice")["pwdChangedTime"][0] != changed:
        assert not is_in(alice)
    assert is_in(Walk(flows, client()).client)
