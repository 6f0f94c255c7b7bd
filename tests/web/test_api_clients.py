# SPDX-License-Identifier: Apache-2.0
"""API passwords made on the site, in the hands of the programs they are for: curl, a WebDAV client, an IMAP client."""

import base64
import os
import re
import shutil
import subprocess

import pytest
from stack.dovecot import Dovecot
from stack.httpd import MODULES, Httpd
from stack.server import ROOT

from .client import Client
from .walk import Walk

DAV = """\
LoadModule dav_module {modules}/mod_dav.so
LoadModule dav_fs_module {modules}/mod_dav_fs.so
DavLockDB {folder}/dav/lock
<Location /demo/dav/>
    Dav On
    AuthType Basic
    AuthName "API password"
    AuthBasicProvider mycred
    Require valid-user
</Location>
"""


@pytest.fixture(scope="module")
def office(stack):
    """An httpd whose /demo/dav/ is a WebDAV share behind API passwords."""
    if not stack.httpd:
        pytest.skip("build/mod_mycred.so is not built")
    folder = stack.folder / "dav"
    httpd = Httpd(folder, more=DAV.format(modules=MODULES, folder=folder))
    httpd.conf = stack.login.site_conf("dav", httpd.url)
    share, locks = folder / "htdocs/demo/dav", folder / "dav"
    for place in (share, locks):
        place.mkdir(parents=True)
        shutil.chown(place, "www-data")
    with httpd:
        yield httpd


@pytest.fixture(scope="module")
def imap(stack, machine):
    shipped = (ROOT / "pam_mycred/pam.d/api-door").read_text()
    machine.write_service("imap", shipped.replace("pam_mycred.so", f"{stack.login.module} {stack.login.args}"))
    with Dovecot(stack.folder / "dovecot", machine) as dovecot:
        yield dovecot


@pytest.fixture
def make(flows, office):
    """make("laptop", scope=""): an API password of alice, as the site shows it once, and who she is there."""

    def make_one(label, scope=""):
        walk = Walk(flows, Client(office))
        answer = walk.client.send(walk.prove("api-password"), label=label, scope=scope, life="30")
        return re.search(r"\d+-[A-Z2-7]{26}", answer.text)[0], walk

    return make_one


def revoke(walk, label):
    page = walk.prove("api-password")
    form = next(form for form in page.forms if f"Revoke {label}" in page.text and any(form.buttons))
    name, value = form.buttons[0]
    walk.client.send(page, form, **{name: value})


# What curl makes of an IMAP login.
IN, DENIED = 0, -67


def curl(url, password, user="alice"):
    """The HTTP status; for IMAP, which has none, curl's exit code as IN or DENIED."""
    command = ["curl", "-q", "-s", "-S", "-o", "/dev/null", "-w", "%{http_code}", "-K", "-", url]
    done = subprocess.run(command, input=f'user = "{user}:{password}"\n', capture_output=True, text=True, timeout=30)
    return int(done.stdout) or -done.returncode


def cadaver(office, folder, password, *commands):
    """What a person sees who types these commands to a WebDAV client."""
    netrc = folder / ".netrc"
    netrc.touch(mode=0o600)
    netrc.write_text(f"machine localhost login alice password {password}\n")
    done = subprocess.run(
        ["cadaver", f"{office.origin}/demo/dav/"],
        input="".join(f"{line}\n" for line in (*commands, "quit")),
        capture_output=True,
        text=True,
        timeout=30,
        cwd=folder,
        env={**os.environ, "HOME": str(folder)},
    )
    return done.stdout + done.stderr


def test_curl_gets_in_until_the_password_is_revoked(office, make, password):
    """MC-SEC-81"""
    made, walk = make("script")
    url = f"{office.origin}/demo/api/"
    assert curl(url, made) == 200
    assert curl(url, password) == 401
    assert curl(url, made, user="bob") == 401
    revoke(walk, "script")
    assert curl(url, made) == 401


def test_a_webdav_client_works_on_its_share(office, make, tmp_path, password):
    (tmp_path / "letter.txt").write_text("Dear all\n")
    made, _ = make("file manager")
    said = cadaver(office, tmp_path, made, "put letter.txt", "get letter.txt again.txt", "ls")
    assert "letter.txt" in said and (tmp_path / "again.txt").read_text() == "Dear all\n"
    refused = cadaver(office, tmp_path, password, "put letter.txt other.txt")
    assert "401" in refused or "Authentication" in refused
    assert not (office.folder / "htdocs/demo/dav/other.txt").exists()


def test_an_imap_server_takes_it_through_pam(imap, make, password):
    """The same password at a door of the other kind; the scope says at which."""
    everywhere, walk = make("laptop")
    web_only, _ = make("web", scope="http")
    assert curl(imap.url, everywhere) == IN
    assert curl(imap.url, web_only) == DENIED
    assert curl(imap.url, password) == DENIED
    revoke(walk, "laptop")
    assert curl(imap.url, everywhere) == DENIED


@pytest.fixture
def lenient(own_site):
    return own_site(api_accepts_login_password="yes")


def api_status(httpd, user, password):
    return Client(httpd).get("/demo/api/", Authorization=basic(user, password)).status


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize("user, lets_in", [("alice", True), ("bob", False), ("grace", False), ("erin", False)])
def test_a_login_password_only_of_those_without_anything_better(lenient, password, user, lets_in):
    """With api_accepts_login_password: nothing chosen, nothing required, no API password."""
    assert api_status(lenient, user, password) == (200 if lets_in else 401)
    assert api_status(lenient, user, "another-password-88") == 401


def test_an_api_password_ends_it_and_so_does_a_lock(lenient, make, password, lock):
    assert api_status(lenient, "alice", password) == 200
    made, _ = make("laptop")
    assert api_status(lenient, "alice", made) == 200
    assert api_status(lenient, "alice", password) == 401
    lock("sadmin")
    assert api_status(lenient, "sadmin", password) == 401


def test_wrong_login_passwords_are_counted_by_the_directory(lenient, person):
    """MC-SEC-29: like those of any login."""
    assert "pwdFailureTime" not in person("alice")
    assert api_status(lenient, "alice", "another-password-88") == 401
    assert len(person("alice")["pwdFailureTime"]) == 1
