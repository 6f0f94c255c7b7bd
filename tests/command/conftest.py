# SPDX-License-Identifier: Apache-2.0
"""A private directory with schema, access rules and sample people, and the mycred command as an administrator has it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from stack.cert import Authority  # noqa: E402
from stack.people import People  # noqa: E402
from stack.server import BUILD, ROOT, run  # noqa: E402
from stack.slapd import Slapd  # noqa: E402
from stack.snapshot import Snapshot  # noqa: E402

COMMAND = BUILD / "mycred"
PASSWORD = "correct horse battery"
CONFIG = """\
ldap_uri = {ldapi}
ldap_base = {base}
ldap_group_base = ou=groups,{base}
login_key_file = {folder}/login.key
site_key_file = {folder}/site.key
service_name = Example
methods = totp
"""


class Office:
    """The command with its configuration; .admin may do all in the directory, .options() name a security administrator."""

    def __init__(self, folder, slapd):
        self.folder, self.slapd, self.admin, self.people = folder, slapd, slapd.as_admin(), slapd.people
        self.conf = folder / "mycred.conf"
        self.login_key = folder / "login.key"
        self.write_conf(CONFIG.format(ldapi=slapd.ldapi, base=slapd.suffix, folder=folder))
        self.password_file = self.secret("sadmin.password", PASSWORD)
        self.identity = ["-D", self.dn("sadmin"), "-y", self.password_file]
        assert self.run("keygen").returncode == 0

    def write_conf(self, text):
        self.conf.write_text(text)
        self.conf.chmod(0o644)

    def set(self, **options):
        """Changes options of the configuration; None takes one out."""
        lines = [line for line in self.conf.read_text().splitlines() if line.split(" =")[0] not in options]
        lines += [f"{name} = {value}" for name, value in options.items() if value is not None]
        self.write_conf("\n".join(lines) + "\n")

    def secret(self, name, text):
        file = self.folder / name
        file.touch(mode=0o600)
        file.write_text(text)
        return file

    def dn(self, login):
        return self.people.dn(login)

    def words(self, *words):
        conf = [] if "--conf" in words or words[0] in ("help", "version") else ["--conf", self.conf]
        return list(map(str, [COMMAND, words[0], *conf, *words[1:]]))

    def run(self, *words, **more):
        options = {"capture_output": True, "text": True, "timeout": 60}
        return subprocess.run(self.words(*words), **{**options, **more})

    def enrol(self, login, secret, *words):
        """Binds an existing secret without asking for codes; the recovery codes."""
        done = self.run("enrol", login, "--import", "-", "--batch", *self.identity, *words, input=f"{secret}\n")
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    def entry(self, login):
        return self.admin.entry(self.dn(login), ["*", "entryUUID"])


@pytest.fixture(scope="session")
def slapd(tmp_path_factory):
    folder = tmp_path_factory.mktemp("command")
    with Slapd(folder, Authority(folder / "tls"), tcp=True) as slapd:
        slapd.people = People(slapd.suffix, PASSWORD)
        admin = slapd.as_admin()
        slapd.people.add_all(admin)
        run([ROOT / "ldap-schema" / "load", "--uri", slapd.ldapi])
        slapd.people.add_mycred(admin)
        slapd.before = Snapshot(admin, [f"ou={unit},{slapd.suffix}" for unit in ("people", "groups")])
        yield slapd


@pytest.fixture
def office(slapd, tmp_path):
    office = Office(tmp_path, slapd)
    yield office
    slapd.before.restore()


@pytest.fixture
def utf8():
    return dict(os.environ, LANG="C.UTF-8", TERM="xterm-256color")
