# SPDX-License-Identifier: Apache-2.0
"""A directory full of people who each have a virtual MFA device, and mycred set up for it."""

import base64
import subprocess
import time
from types import SimpleNamespace

import ldap

from stack.login import HELPER, MODULE, LoginService
from stack.otp import totp
from stack.server import ROOT, StackError, run
from stack.slapd import Slapd
from stack.stack import SITE_ACCESS

from . import programs

# The watermark of everybody before a login: a step long ago, as somebody has who signs in daily.
USED = "20260101000000Z"
NEXT = "20260101000030Z"
DATABASE_BYTES = 16 << 30
PASSWORD = "bench-password"


def secret(number):
    """The secret of person n's device, base32; as people.c writes it."""
    return base64.b32encode(f"{number:020d}".encode()).decode()


def code(number):
    return totp(secret(number))


def uid(number):
    return f"u{number:07d}"


def add_people(slapd, count, key_file, password_hash):
    """Loads people 1 to count into the database of a server that is not running."""
    people = subprocess.Popen(
        [programs.path("people"), str(count), slapd.suffix, key_file, password_hash], stdout=subprocess.PIPE
    )
    command = [slapd._binary(), "-Tadd", "-q", "-n", "1", "-F", slapd.config]
    loaded = subprocess.run(command, stdin=people.stdout, capture_output=True, text=True)
    if people.wait() != 0 or loaded.returncode != 0:
        raise StackError(f"slapadd of {count} people: {loaded.stderr.strip()[-500:]}")


class Crowd:
    """.slapd holds so many people; .conf and .service are mycred for them."""

    def __init__(self, stack, slapd, count, name, **options):
        self.stack, self.slapd, self.count, self.name = stack, slapd, count, name
        self.connection = slapd.as_admin()
        self.folder = stack.folder / "bench" / name
        self.folder.mkdir(parents=True)
        self.conf = stack.login.variant(f"bench-{name}", ldap_uri=slapd.ldapi, **options)
        self.group_base = options.get("ldap_group_base", f"ou=groups,{slapd.suffix}") or ""
        self.socket = self.folder / "login.sock"
        self.service = LoginService(self.folder, stack.machine, SimpleNamespace(socket=self.socket, conf=self.conf))

    def module(self, with_service=True, helper=HELPER):
        """Our module and its arguments; without the service it starts its helper for each conversation."""
        socket = self.socket if with_service else self.folder / "nobody.sock"
        return f"{MODULE} conf={self.conf} helper={helper} socket={socket}"

    def dn(self, number):
        return f"uid={uid(number)},ou=people,{self.slapd.suffix}"

    def reset(self, number, attribute="mycredTotpUsed", value=USED):
        """Brings a person's watermark back, so that the current code counts once more."""
        self.connection.modify_s(self.dn(number), [(ldap.MOD_REPLACE, attribute, [value.encode()])])

    def reset_all(self, count):
        """The same for people 1 to count."""
        for number in range(1, count + 1):
            self.connection.modify(self.dn(number), [(ldap.MOD_REPLACE, "mycredTotpUsed", [USED.encode()])])
            if number % 200 == 0:
                self.reset(number)
        self.reset(count)


def own_directory(stack, name, count, password_hash, sync=False):
    """A server of its own, configured as the stack's is, with so many people; not started before it is full."""
    folder = stack.folder / f"slapd-{name}"
    indexes = ("cn,uid,mail,mobile eq", "uidNumber,gidNumber eq", "member,memberUid eq")
    size = "dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\nreplace: olcDbMaxSize\nolcDbMaxSize: %d\n"
    slapd = Slapd(folder, indexes=indexes, access=SITE_ACCESS, sync=sync)
    slapd.start()
    try:
        slapd.run("ldapmodify", stdin=size % DATABASE_BYTES)
        stack.people.add_all(slapd.as_admin())
        stack.people.add_services(slapd.as_admin(), stack.password)
        run([ROOT / "ldap-schema" / "load", "--uri", slapd.ldapi, "--suffix", slapd.suffix])
    finally:
        slapd.stop()
    began = time.monotonic()
    add_people(slapd, count, stack.login.folder / "login.key", password_hash)
    stack.say(f"{count:,} people loaded in {time.monotonic() - began:.0f} s")
    return slapd.start()
