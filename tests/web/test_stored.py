# SPDX-License-Identifier: Apache-2.0
"""Hostile values in everything the directory holds and the site reads: whole pages, escaped, and no error but by name."""

import re
from html.parser import HTMLParser

import ldap
import pytest

from .client import Client
from .walk import Walk, heading

MARKUP = "<script>alert(1)</script>'\"><svg/onload=alert(1)>{{7919*7919}} {{{token}}} [[Sign in]] &lt;b&gt;"
TEXTS = {
    "markup": MARKUP,
    "a line break": "a\r\nSet-Cookie: evil=1\r\n\r\n<b>b",
    "control and bidi signs": "a\x01\x1b[31m\u202eb\u2066c\u200f\ufeff",
    "an over-long text": "W" * 60000,
    "an astral and a combining sign": "\U0001f600e\u0301\u0301\u0301",
    "blanks": "   ",
}
# What no server takes as a text it takes where the schema says bytes.
BYTES = {
    "no UTF-8": b"\xff\xfe\xc0\xaf\xed\xa0\x80",
    "a NUL": b"a\0b",
    "nothing but spaces": b" " * 40,
}
TIMES = ["99991231235959Z", "00000101000000Z", "20260101000000.123456Z", "20261231235960Z", "2026010100Z", "20260101000000+1400"]
WHOLE_PAGES = ["", "sessions", "api-password", "device", "recovery", "avatar", "email", "mobile", "method", "password", "unbind", "unbind?id=1"]
OWN = [
    "mycredTotp",
    "mycredRecovery",
    "mycredApiPassword",
    "mycredVerified",
    "mycredSession",
    "mycredNotice",
    "mycredChallenge",
    "mycredSendTime",
    "mycredLastUse",
    "mycredTotpFailure",
    "mycredCodeFailure",
    "mycredRecoveryFailure",
    "mycredTotpUsed",
    "mycredLoginMethod",
    "mycredRequire",
    "mycredMethodAllowed",
    "mycredExemptUntil",
    "mycredLockedUntil",
    "mycredInviteUntil",
]
SHOWN = ["displayName", "cn", "sn", "mail", "mobile", "preferredLanguage", "jpegPhoto"]
# Whose values decide who may do what: damaged, they deny, and the page says that something is wrong.
DECIDING = {"mycredLoginMethod", "mycredRequire", "mycredMethodAllowed", "mycredExemptUntil", "mycredLockedUntil", "mycredInviteUntil"}


class _Whole(HTMLParser):
    """Counts what opened and closed, and what must not be there."""

    def __init__(self):
        super().__init__()
        self.open, self.hostile = [], []

    def handle_starttag(self, tag, attributes):
        if tag in ("html", "body", "main"):
            self.open.append(tag)
        names = {name for name, _ in attributes}
        source = dict(attributes).get("src") or ""
        if any(name.startswith("on") for name in names) or (tag == "script" and "script.js" not in source):
            self.hostile.append((tag, attributes))

    def handle_endtag(self, tag):
        if tag in ("html", "body", "main"):
            assert self.open.pop() == tag


def assert_whole(answer):
    assert answer.headers["Set-Cookie"] is None or "evil" not in answer.headers["Set-Cookie"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    if "html" not in answer.headers["Content-Type"]:
        return
    parser = _Whole()
    parser.feed(answer.body.decode())  # which is UTF-8
    assert not parser.open and not parser.hostile, parser.hostile
    assert answer.text.rstrip().endswith("</html>")
    assert str(7919 * 7919) not in answer.text  # no dates or keys look like that


@pytest.fixture
def store(stack):
    """store("alice", attribute, value): as an administrator can; False where the server refuses it."""

    def store_one(login, attribute, *values):
        dn = stack.people.dn(login)
        octets = [value.encode() if isinstance(value, str) else value for value in values]
        try:
            stack.directory.modify_s(dn, [(ldap.MOD_REPLACE, attribute, octets)])
        except (ldap.INVALID_SYNTAX, ldap.CONSTRAINT_VIOLATION, ldap.OTHER):
            return False
        return True

    return store_one


@pytest.fixture
def walk(flows, client):
    return Walk(flows, client())


@pytest.mark.parametrize("attribute", SHOWN)
def test_hostile_texts_in_what_is_shown(walk, store, attribute, stack):
    """MC-SEC-128 MC-SEC-129 MC-SEC-131 MC-SEC-158 no page fails, and nothing leaves its place."""
    taken = 0
    for text in (*TEXTS.values(), *BYTES.values()):
        if not store("alice", attribute, text):
            continue
        taken += 1
        for path in (*WHOLE_PAGES, "picture"):
            answer = walk.client.get(path)
            assert answer.status in (200, 404), f"{path}: {answer.status}"
            assert_whole(answer)
    assert taken
    stack.snapshot.restore()


@pytest.mark.parametrize("attribute", OWN)
def test_hostile_values_in_what_the_site_keeps(flows, client, store, stack, attribute):
    """MC-SEC-158 MC-SEC-111 F15 damaged values deny or are shown as damaged, and never read as if they were not there."""
    stack.directory.extend(stack.people.dn("alice"), "mycredAccount")
    taken = 0
    for text in (*TEXTS.values(), *BYTES.values(), *TIMES, "1 - - - -", "1 sha1/6/30 20260101000000Z k1:AAAA <b>", f"1 20260101000000Z - - x {MARKUP[:60]}"):
        stack.directory.replace(stack.people.dn("alice"), **{attribute: None})
        walk = Walk(flows, client())
        if not store("alice", attribute, text):
            continue
        taken += 1
        for path in WHOLE_PAGES:
            answer = walk.client.get(path)
            assert_whole(answer)
            if attribute in DECIDING:
                assert answer.status in (200, 500, 503)
            else:
                assert answer.status == 200, f"{path}: {answer.status}"
            assert attribute != "mycredSession" or heading(answer) == "Sign in"
    assert taken


def test_hostile_user_names(stack, site, password):
    """MC-SEC-128 MC-SEC-130 the login name itself, in pages, in the log, in the otpauth address, in REMOTE_USER."""
    base = f"ou=people,{stack.slapd.suffix}"
    for number, name in enumerate(["<b>eve", "eve{{7919*7919}}", 'eve" event=signed_in x="', "eve%0d%0aX: y", "e v e", "&eve;", "év\u00e9", "\u202eeve"]):
        dn = f"cn=hostile{number},{base}"
        stack.directory.create(dn, objectClass=["inetOrgPerson"], cn=f"hostile{number}", sn="x", uid=name, userPassword=password)
        try:
            start = (site.folder / "error.log").stat().st_size
            eve = Client(site)
            home = eve.sign_in(name, password)
            assert heading(home) == "My Credentials", name
            for path in WHOLE_PAGES:
                assert_whole(eve.get(path))
            assert eve.get("/demo/app/", follow=False).status == 200
            lines = (site.folder / "error.log").read_text()[start:].splitlines()
            assert sum("event=signed_in" in re.sub(r'"[^"]*"|\\x22.*?\\x22', "", line) for line in lines) == 1
        finally:
            stack.directory.delete_s(dn)


HEADERS = {
    "User_Agent": [MARKUP, "x" * 7000, "\x7f\xff", "%n%n", "a\tb"],
    "Accept_Language": ["x" * 7000, ",".join(["en;q=0.1"] * 800), "zh;q=nan,*;q=-1", "\xff", "../../etc", MARKUP, ";;;,,,;q="],
    "Referer": [MARKUP, "x" * 7000, "//evil.example"],
    "Cookie": ["x" * 7000, "; ".join(f"a{n}=b" for n in range(900)), "=", ";;;", "__Host-mycred", "__Host-mycred=", "__Host-mycred-visitor==", "\xff=\xfe", f"__Host-mycred={'A' * 7000}"],
    "Authorization": ["Basic", "Basic =", "Basic ////", "Bearer x", "x" * 7000],
    "Origin": ["null", MARKUP, "x" * 7000],
    "Range": ["bytes=0-1,2-3,4-", "bytes=9999999-"],
    "If_None_Match": ["*"],
    "Expect": ["nonsense"],
}


@pytest.mark.parametrize("name", HEADERS)
def test_hostile_headers(site, client, password, name):
    """MC-SEC-132 MC-SEC-130 MC-SEC-131 every page answers, in whole, whatever the browser says of itself."""
    log = site.folder / "error.log"
    for value in HEADERS[name]:
        text = value.encode("latin-1", "replace").decode("latin-1")
        for path in ("sign-in", "forgot", "", "/demo/app/", "/demo/api/"):
            answer = client().get(path, follow=False, **{name: text})
            assert answer.status in (200, 303, 400, 401, 412, 416, 417), f"{name}: {answer.status}"
            assert "evil" not in str(answer.headers)
            if answer.headers["X-Content-Type-Options"]:
                assert_whole(answer)
    start = log.stat().st_size
    alice = Client(site, agent=HEADERS["User_Agent"][0])
    alice.sign_in("alice", password)
    assert_whole(alice.get("sessions"))
    assert all(len(line) < 2000 for line in log.read_text()[start:].splitlines())
