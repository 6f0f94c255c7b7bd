# SPDX-License-Identifier: Apache-2.0
"""Where one is sent after signing in: never away from this host."""

import itertools
from urllib.parse import quote, urljoin, urlsplit

import pytest

from .client import FORM

HOST = "evil.example"
STARTS = ["", "/", "//", "///", "////", "\\", "\\\\", "/\\", "\\/", "/./", "/../", "./", "../", "/%2f", "/%5c", "/\t/", "/ /", "?", "#", "/#"]
SCHEMES = ["", "http:", "https:", "HTTPS:", "ftp:", "javascript:", "JaVaScRiPt:", "data:text/html,", "vbscript:", "file:", "blob:", "mailto:", "ldap:"]
HOSTS = [HOST, f"@{HOST}", f"localhost@{HOST}", f"localhost.{HOST}", f"{HOST}%23", f"{HOST}/%2e%2e", f"%65vil.example", f"{HOST}:80", f"[::1]@{HOST}"]
WRITINGS = [lambda text: text, lambda text: text.replace("/", "\u2215"), lambda text: f"\u00a0{text}", lambda text: f" {text}", lambda text: f"{text}\u202e"]

PAYLOADS = sorted(
    {
        write(f"{scheme}{start}{host}")
        for scheme, start, host, write in itertools.product(SCHEMES[:7], STARTS, HOSTS[:5], WRITINGS[:1])
    }
    | {write(f"{scheme}{start}{host}") for scheme, start, host, write in itertools.product(SCHEMES, ["//", "\\\\", "/"], HOSTS, WRITINGS)}
)


def resolves_to(location, base):
    """Where a browser goes: it takes backslashes for slashes and drops tabs and line breaks."""
    for drop in "\t\r\n":
        location = location.replace(drop, "")
    return urlsplit(urljoin(base, location.strip().replace("\\", "/")))


def test_there_are_enough_payloads():
    assert len(PAYLOADS) > 800


def test_no_target_leads_away(client, password, site):
    """MC-SEC-118 anything but a local path goes home."""
    here = urlsplit(site.url)
    alice = client()
    alice.sign_in("alice", password)
    for payload in PAYLOADS:
        answer = alice.get(f"sign-in?to={quote(payload, safe='')}", follow=False)
        assert answer.status in (303, 400), payload
        if answer.status == 303:
            to = resolves_to(answer.location, site.url)
            assert (to.scheme, to.netloc) == (here.scheme, here.netloc), f"{payload!r} leads to {answer.location!r}"


@pytest.mark.parametrize("payload", [f"//{HOST}", f"/\\{HOST}", f"https://{HOST}/", "javascript:alert(1)", f"/{HOST}\r\nX: y", f"/demo\\{HOST}", "/demo/ x", "/" + "a" * 1024])
def test_nor_after_the_form(client, password, site, payload):
    """MC-SEC-118 MC-SEC-131 the same in the form's own field, and through Login Verification."""
    visitor = client()
    answer = visitor.send(visitor.get("sign-in"), follow=False, login="alice", password=password, to=payload)
    assert answer.status == 400 or answer.location == site.url


def test_a_target_survives_login_verification(client, password, flows, site):
    bob = client()
    asked = bob.send(bob.get("sign-in?to=/demo/app/%3Fa%3Db"), login="bob", password=password)
    done = bob.send(asked, follow=False, code=flows.code("bob", "mobile"))
    assert done.location == f"{site.origin}/demo/app/?a=b"


def test_a_guarded_location_names_itself_and_nothing_else(client, site):
    """MC-SEC-118 what is asked for in a hostile way comes back as a path of this host."""
    for path in ("/demo/app//evil.example", "/demo/app/?to=//evil.example", "/demo/app/%0d%0aX:%20y"):
        answer = client().get(path, follow=False)
        assert answer.status in (303, 400, 404)
        if answer.status == 303:
            assert answer.location.startswith(f"{site.url}sign-in?to=%2fdemo%2fapp%2f")
            assert FORM and "\n" not in answer.location
