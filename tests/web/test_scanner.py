# SPDX-License-Identifier: Apache-2.0
"""wapiti, a scanner that knows nothing of us, signed out and signed in."""

import json
import shutil
import subprocess

import pytest
from stack.httpd import Httpd

from .client import Client

pytestmark = [pytest.mark.long, pytest.mark.skipif(not shutil.which("wapiti"), reason="wapiti is not installed")]

# Those that need no server of wapiti's own, and no list from the network.
MODULES = "backup,blindsql,cookieflags,crlf,csp,csrf,exec,file,htaccess,http_headers,methods,permanentxss,redirect,shellshock,sql,xss"

# What it finds and why that is none: (category, path, what it says).
EXPLAINED = (
    # browsers have taken that filter out, since it made holes of its own; the Content-Security-Policy does its work
    ("HTTP Secure Headers", "/mycred/", "X-XSS-Protection is not set"),
    # of STAY below: it answers alike with a token and without
    ("Cross Site Request Forgery", "/mycred/sign-out", "CSRF token 'token' is not properly checked in backend"),
    ("Cross Site Request Forgery", "/mycred/sessions", "CSRF token 'token' is not properly checked in backend"),
)

# Its option to leave an address out ends with an error under Python 3.11; it would sign itself out.
STAY = """
<Location /mycred/sign-out>
    Require all denied
</Location>
<Location /mycred/sessions>
    <LimitExcept GET HEAD>
        Require all denied
    </LimitExcept>
</Location>
"""


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
    return [one for one in found if one not in EXPLAINED]


def test_signed_out(site, tmp_path):
    """Nothing that is not explained above."""
    assert not unexplained(scan(site, tmp_path))


@pytest.fixture
def no_way_out(stack):
    """A site where nobody can sign out."""
    httpd = Httpd(stack.folder / "scanned", more=STAY)
    httpd.conf = stack.login.site_conf("scanned", httpd.url)
    yield httpd.start()
    httpd.stop()


def test_signed_in(no_way_out, stack, tmp_path):
    """MC-SEC-114 every form and address a person sees, with the session's cookie; but for the way out."""
    site = no_way_out
    alice = Client(site)
    home = alice.sign_in("alice", stack.password)
    assert home.url == site.url, (home.url, home.status, alice.get("", follow=False).location)
    cookie = "; ".join(f"{name}={value}" for name, value in alice.cookies.items())
    assert alice.get("").status == 200
    found = scan(site, tmp_path, "-H", f"Cookie: {cookie}")
    assert not unexplained(found)
    assert alice.get("", follow=False).status == 200  # else it was soon signed out
