# SPDX-License-Identifier: Apache-2.0
"""wapiti, a scanner that knows nothing of us, signed out and signed in."""

import json
import shutil
import subprocess

import pytest

from .client import Client

pytestmark = [pytest.mark.long, pytest.mark.skipif(not shutil.which("wapiti"), reason="wapiti is not installed")]

# Those that need no server of wapiti's own, and no list from the network.
MODULES = "backup,blindsql,cookieflags,crlf,csp,csrf,exec,file,htaccess,http_headers,methods,permanentxss,redirect,shellshock,sql,xss"

# What it finds and why that is none: (category, a part of what it says).
EXPLAINED = ()


def scan(site, folder, *options):
    """What it found, as (category, path, what it says)."""
    report = folder / "report.json"
    command = ["wapiti", "-u", site.url, "--scope", "folder", "-m", MODULES, "-f", "json", "-o", report, "-v", "0"]
    limits = ["--max-scan-time", "900", "--max-attack-time", "120", "--no-bugreport", "--store-session", folder, "--store-config", folder]
    for start in ("sign-in", "forgot"):
        command += ["-s", f"{site.url}{start}"]
    done = subprocess.run([*command, *limits, *options], capture_output=True, text=True, errors="replace", timeout=3000)
    assert report.exists(), done.stdout[-2000:] + done.stderr[-2000:]
    found = json.loads(report.read_text())
    assert found["infos"]["target"] == site.url
    kinds = {**found["vulnerabilities"], **found["anomalies"]}
    return [(kind, one["path"], one["info"]) for kind, several in kinds.items() for one in several]


def unexplained(found):
    return [one for one in found if not any(kind == one[0] and part in one[2] for kind, part in EXPLAINED)]


def test_signed_out(site, tmp_path):
    """Nothing that is not explained above."""
    assert not unexplained(scan(site, tmp_path))


def test_signed_in(site, stack, tmp_path):
    """MC-SEC-114 every form and address a person sees, with the session's cookie; but for the way out."""
    alice = Client(site)
    alice.sign_in("alice", stack.password)
    cookie = "; ".join(f"{name}={value}" for name, value in alice.cookies.items())
    assert alice.get("").status == 200
    found = scan(site, tmp_path, "-H", f"Cookie: {cookie}", "-x", f"{site.url}sign-out")
    assert not unexplained(found)
    assert alice.get("", follow=False).status == 200  # else it was soon signed out
