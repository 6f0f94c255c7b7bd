# SPDX-License-Identifier: Apache-2.0
"""A directory with the sample people, keys and a configuration, and nothing else: no machine, gateway or mail server.

It is a test's to break: stop the server, put something in front of it, take rights and schema away.
"""

import base64
import contextlib
import os
import time
from pathlib import Path
from types import SimpleNamespace

from stack.cert import Authority
from stack.login import Login
from stack.otp import STEP_SECONDS, totp
from stack.people import People
from stack.server import LOOPBACK, ROOT, poll, run
from stack.slapd import Slapd
from stack.snapshot import Snapshot
from stack.watch import code_in

from .wire import Conversation, Door, Process, Worker

PASSWORD = "linen-harbour-2210"

# Stands in for mycred-send, and keeps what is to be sent.
SENDER = """\
#!/bin/sh
umask 077
cat >{jobs}/.$$ && mv {jobs}/.$$ {jobs}/$$
"""

# Deadlines short enough for tests that wait for them.
QUICK = {"ldap_connect_timeout": 1, "ldap_timeout": 1}


class Site:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.authority = Authority(self.folder / "tls")
        self.slapd = Slapd(self.folder / "slapd", self.authority, tcp=True)
        self.people = People(self.slapd.suffix, PASSWORD)
        self.login = Login(self.folder / "mycred")
        self.carol_totp = base64.b32encode(os.urandom(20)).decode()
        self.sender = self.folder / "sender"
        self.jobs = self.folder / "jobs"
        self.directory = None

    def start(self):
        self.slapd.start()
        self.directory = self.slapd.as_admin()
        self.people.add_all(self.directory)
        run([ROOT / "ldap-schema" / "load", "--uri", self.slapd.ldapi, "--suffix", self.slapd.suffix])
        self.people.add_mycred(self.directory)
        self._configure()
        self._add_host()
        self.carol_recovery = self.login.enrol("carol", self.carol_totp)
        self.config = self.slapd.as_root()
        bases = [f"ou={unit},{self.slapd.suffix}" for unit in ("people", "groups")]
        self.snapshot = Snapshot(self.slapd.as_admin(), bases)
        return self

    def _configure(self):
        # the servers that deliver are elsewhere: nothing listens there
        gateway = SimpleNamespace(url=f"http://{LOOPBACK}:9/", user="mycred", password="sms-password-7741")
        mail = SimpleNamespace(port=9, user="mycred", password="mail-password-9036", authority=self.authority)
        self.login.configure(self.slapd, gateway, mail, PASSWORD)
        self.jobs.mkdir()
        self.sender.write_text(SENDER.format(jobs=self.jobs))
        self.sender.chmod(0o755)

    def _add_host(self):
        """Who this host is where root over a socket cannot be."""
        dn = f"cn=login1,ou=hosts,{self.slapd.suffix}"
        self.directory.create(dn, objectClass=["device", "simpleSecurityObject"], cn="login1", userPassword=PASSWORD)
        file = self.login.folder / "host.password"
        file.touch(mode=0o600)
        file.write_text(PASSWORD + "\n")
        self.as_host = {"ldap_bind": "simple", "ldap_bind_dn": dn, "ldap_bind_password_file": file}

    def stop(self):
        self.slapd.stop()

    def restore(self):
        """As it was before the test."""
        if not self.slapd.running():
            self.slapd.start()
        self.snapshot.restore()
        for file in self.jobs.iterdir():
            file.unlink()

    # ---- configurations

    @property
    def conf(self):
        return self.login.conf

    def variant(self, name="variant", **options):
        return self.login.variant(name, **options)

    def over_tls(self, uri, **options):
        """Over the network, as the host's entry, with short deadlines and this authority."""
        return self.quick(ldap_uri=uri, ldap_ca_file=self.authority.file, **self.as_host, **options)

    def quick(self, **options):
        """Short deadlines; `ldap_uri` and other options as given."""
        return self.variant("quick", **{**QUICK, **options})

    # ---- people

    def dn(self, login):
        return self.people.dn(login)

    def entry(self, login):
        return self.directory.entry(self.dn(login), ["*", "entryUUID"])

    def values(self, login, attribute):
        return self.entry(login).get(attribute, [])

    def code(self, steps=0, room=3):
        """A code of carol's device that stays the current one for as many seconds."""
        left = STEP_SECONDS - time.time() % STEP_SECONDS
        if left < room:
            time.sleep(left + 0.05)
        return totp(self.carol_totp, steps)

    # ---- logins

    @contextlib.contextmanager
    def helper(self, conf=None, kind=Process, sender=None, **more):
        """A helper of its own; it must have ended when the conversation has."""
        helper = kind(conf or self.conf, sender=sender or self.sender, **more)
        try:
            yield helper
        finally:
            helper.close()

    def worker(self, conf=None, **more):
        return self.helper(conf, Worker, **more)

    @contextlib.contextmanager
    def service(self, conf=None, **options):
        with Door(self.folder / "service", conf or self.conf, **{"sender": self.sender, **options}) as door:
            yield door

    def login_once(self, user, *answers, conf=None, **more):
        """The last reply of a whole login by a helper of its own."""
        names = ("kind", "sender", "prefix", "env", "cwd", "budget")
        process = {name: more.pop(name) for name in names if name in more}
        with self.helper(conf, **process) as helper:
            return Conversation(helper.ask, user, **more).login(*answers)

    # ---- messages

    def sent(self):
        """The messages that left, oldest first."""
        files = [file for file in self.jobs.iterdir() if not file.name.startswith(".")]
        return [file.read_text() for file in sorted(files, key=lambda file: file.stat().st_mtime_ns)]

    def sent_code(self):
        """The code of the newest message."""
        return code_in(poll(self.sent, 5, "a message")[-1].split("\n\n", 1)[1])


def wrong(code):
    """A code that is surely another one."""
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}d}"
