# SPDX-License-Identifier: Apache-2.0
"""The mycred command as an administrator has it: configuration, key file, an identity with rights."""

import socket
import subprocess

import pytest
from stack.server import BUILD
from stack.stack import refusal

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

# Runs a command where the socket that is named first has the name given next, and no other log is at hand.
WITH_LOG = """
mount -t tmpfs -o mode=755 none /dev
mknod -m 666 /dev/null c 1 3
mknod -m 666 /dev/urandom c 1 9
mount -t tmpfs -o mode=755 none /run
mkdir -p /run/systemd/journal
ln -s "$0" "$1"
shift
exec "$@"
"""


class Office:
    """The command with its configuration; .admin may do all in the directory, .identity is a security administrator."""

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

    def logged(self, *words, fails=False, log_socket="/dev/log"):
        """The first line that a command, which must succeed or fail, leaves in syslog, or what else takes it."""
        if refusal():
            pytest.skip(f"this machine refuses a private mount namespace: {refusal()}")
        name = self.folder / "devlog"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
            log.bind(str(name))
            log.settimeout(10)
            command = ["unshare", "--mount", "sh", "-e", "-c", WITH_LOG, name, log_socket, *self.words(*words)]
            done = subprocess.run(command, capture_output=True, text=True, timeout=60)
            assert (done.returncode != 0) == fails, done.stderr
            name.unlink()
            return log.recv(8000).decode()

    def enrol(self, login, secret, *words):
        """Binds an existing secret without asking for codes; the recovery codes."""
        done = self.run("enrol", login, "--import", "-", "--batch", *self.identity, *words, input=f"{secret}\n")
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    def entry(self, login):
        return self.admin.entry(self.dn(login), ["*", "entryUUID"])
