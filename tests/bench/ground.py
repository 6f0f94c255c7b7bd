# SPDX-License-Identifier: Apache-2.0
"""What everything is measured on: the demo's servers, started privately, with people who sign in by virtual MFA."""

import base64
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from stack.machine import pam_ldap
from stack.stack import Stack

from . import programs
from .crowd import NEXT, PASSWORD, USED, Crowd, add_people, code, own_directory, uid
from .site_ground import Website
from .stopwatch import Stopwatch

# The cheapest scheme slapd has for a password: what is compared with must not pay for a slow hash.
CHEAP_HASH = "{SSHA}" + base64.b64encode(hashlib.sha1(f"{PASSWORD}salt".encode()).digest() + b"salt").decode()

PEOPLE = 1000
SERVICE = "auth [success=ok default=die] {}\n"


class Ground:
    """The directory does not wait for the disk, so that the disk is not what is measured; a second one, .disk, does.

    .memory is a folder that no disk is behind, as the private machine names it.
    """

    memory = "/run/bench"

    def __init__(self, say):
        self.say = say
        folder = Path(tempfile.mkdtemp(prefix="mycred-bench-"))
        folder.chmod(0o755)
        self.stack = Stack(folder, say=lambda line: None)
        self.folder = folder / "bench"
        self.pam = self.folder / "pam.d"
        self.extra = []
        self._site, self._crowds = None, {}

    def start(self):
        stack = self.stack.start()
        stack.say = self.say
        stack.slapd.stop()
        add_people(stack.slapd, PEOPLE, stack.login.folder / "login.key", CHEAP_HASH)
        stack.slapd.start()
        stack.nslcd.stop()
        stack.nslcd.start()
        self.pam.mkdir(parents=True)
        # Without it libpam logs a line at every start.
        self.service("other", "pam_deny.so")
        self.plain = self.crowd("plain", stack.slapd, PEOPLE, ldap_group_base=None)
        self.groups = self.crowd("groups", stack.slapd, PEOPLE)
        self.disk = self.crowd_of_its_own("disk", PEOPLE, sync=True)
        self.stack.machine.path(self.memory).mkdir()
        self._add_local_people()
        self.watch = Stopwatch(stack.machine)
        return self

    def _add_local_people(self):
        """The modules that are compared with look people up; local ones are found at once."""
        with open(self.stack.machine.path("/etc/passwd"), "a", encoding="utf-8") as file:
            file.write(f"{uid(1)}:x:100001:10000:Person 1:/home/{uid(1)}:/bin/sh\n")

    def crowd(self, name, slapd, count, **options):
        """People of one directory with a running service for them, and PAM services NAME and NAME-once."""
        crowd = Crowd(self.stack, slapd, count, name, **options)
        crowd.service.start()
        self.extra.append(crowd.service)
        self.service(name, crowd.module())
        self.service(f"{name}-once", crowd.module(with_service=False))
        return crowd

    def crowd_of_its_own(self, name, count, sync=False):
        """The same, with a server of their own."""
        slapd = own_directory(self.stack, name, count, CHEAP_HASH, sync)
        self.extra.append(slapd)
        return self.crowd(name, slapd, count, ldap_group_base=None)

    def crowds(self, sizes):
        """{how many: crowd}, the usual one first; the others are made when they are first asked for."""
        for size in sizes:
            if size not in self._crowds:
                self._crowds[size] = self.crowd_of_its_own(f"crowd-{size}", size)
        return {PEOPLE: self.plain, **{size: self._crowds[size] for size in sizes}}

    def site(self):
        """The self-service site, started when it is first asked for."""
        if self._site is None:
            self._site = Website(self)
            self.extra.append(self._site)
            self._site.start()
        return self._site

    def service(self, name, module):
        (self.pam / name).write_text(SERVICE.format(module))

    def login(self, service, answer, number=1):
        """The command of one whole login."""
        return [programs.path("login"), self.pam, service, uid(number), answer]

    def totp_login(self, service, crowd, number=1):
        """One whole login by virtual MFA, in milliseconds."""
        crowd.reset(number)
        return self.watch.time(self.login(service, code(number), number))

    def floor(self, crowd, number=1):
        """The same directory operations by the floor program, in milliseconds."""
        crowd.reset(number)
        where = [crowd.slapd.ldapi, crowd.slapd.suffix, crowd.group_base]
        return self.watch.time([programs.path("floor"), *where, uid(number), USED, NEXT])

    def pam_ldap(self):
        self.service("ldapd", pam_ldap())

    def stop(self):
        if hasattr(self, "watch"):
            self.watch.stop()
        while self.extra:
            self.extra.pop().stop()
        self.stack.stop()
        shutil.rmtree(self.stack.folder, ignore_errors=True)


def restart_with_log(slapd):
    """From here on the server's log shows every operation."""
    slapd.stop()
    slapd.debug = "stats"
    slapd.start()


def write_private(file, text):
    """A file only root reads, put in its place at once as the modules themselves do."""
    draft = file.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(text)
    os.replace(draft, file)
