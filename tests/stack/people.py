# SPDX-License-Identifier: Apache-2.0
"""The sample people and groups of the demo directory.

Everybody is a real login: a posixAccount with home folder and shell. What mycred adds to them is
kept apart (MYCRED), so that a directory without its schema can hold them too.
"""

import functools

from .server import run

POSIX_GROUP = ("people", 10000)

# login name: (full name, contacts, whether there is a login password)
PEOPLE = {
    "alice": ("Alice Arnold", {"mail": "alice@example.org", "mobile": "+491511234511"}, True),
    "bob": ("Bob Becker", {"mail": "bob@example.org", "mobile": "+491511234542"}, True),
    "carol": ("Carol Chen", {"mail": "carol@example.org"}, True),
    "dave": ("Dave Dietrich", {"mail": "dave@example.org"}, True),
    "erin": ("Erin Eder", {"mail": "erin@example.org"}, False),
    "frank": ("Frank Fischer", {}, False),
    "grace": ("Grace Gruber", {}, True),
    "sadmin": ("Sam Admin", {"mail": "sadmin@example.org"}, True),
}

# What each may expect, for people who try the demo.
ROWS = {
    "alice": "e-mail and mobile bound, verification off: password alone",
    "bob": "password, then a code by SMS",
    "carol": "password, then her virtual MFA device, or one of 10 recovery codes",
    "dave": "password, then a code by e-mail",
    "erin": "came from another system: e-mail bound, no login password, so no login yet",
    "frank": "nothing bound, no login password, so no login",
    "grace": "her group requires verification and nothing is bound: refused, with the site's address",
    "sadmin": "security administrator: password, then a code by e-mail; Administration in the menu",
}

MYCRED = {
    "bob": {"mycredLoginMethod": "sms"},
    "dave": {"mycredLoginMethod": "email"},
    "sadmin": {"mycredLoginMethod": "email"},
}

# group: (members, what mycred adds)
GROUPS = {
    "finance": (["grace"], {"mycredRequire": "on"}),
    "security-admins": (["sadmin"], {}),
}

UNITS = ("people", "groups", "hosts", "services", "policies")

class People:
    def __init__(self, base, password):
        self.base = base
        self.password = password

    def dn(self, login):
        return f"uid={login},ou=people,{self.base}"

    def group_dn(self, group):
        return f"cn={group},ou=groups,{self.base}"

    def add_all(self, directory):
        """Adds the tree, the people and the groups, without anything of mycred."""
        organisation = self.base.split(",")[0].split("=")[1]
        directory.create(self.base, objectClass=["dcObject", "organization"], dc=organisation, o="Example Organisation")
        for unit in UNITS:
            directory.create(f"ou={unit},{self.base}", objectClass="organizationalUnit", ou=unit)
        name, number = POSIX_GROUP
        directory.create(self.group_dn(name), objectClass="posixGroup", cn=name, gidNumber=number)
        for login in PEOPLE:
            self.add(directory, login)
        for group, (members, _) in GROUPS.items():
            member = [self.dn(login) for login in members]
            directory.create(self.group_dn(group), objectClass="groupOfNames", cn=group, member=member)

    def add(self, directory, login):
        name, contacts, has_password = PEOPLE[login]
        number = POSIX_GROUP[1] + 1 + list(PEOPLE).index(login)
        more = dict(contacts, userPassword=hashed(self.password)) if has_password else contacts
        add_person(directory, self.base, login, number, name, **more)

    def add_services(self, directory, password):
        """The identities of the self-service site, with this password."""
        for name in ("mycred-web", "mycred-setter"):
            directory.create(
                f"cn={name},ou=services,{self.base}",
                objectClass=["organizationalRole", "simpleSecurityObject"],
                cn=name,
                userPassword=hashed(password),
            )

    def set_password(self, directory, login, password):
        """Sets the login password, without the duty to change it that a reset brings."""
        directory.replace(self.dn(login), userPassword=hashed(password))
        directory.replace(self.dn(login), pwdReset=None)

    def add_mycred(self, directory):
        """Adds what mycred knows of them, as far as no key is needed for it."""
        for login, attributes in MYCRED.items():
            directory.extend(self.dn(login), "mycredAccount", **attributes)
        for group, (_, attributes) in GROUPS.items():
            if attributes:
                directory.extend(self.group_dn(group), "mycredPolicy", **attributes)


def add_person(directory, base, login, number, name=None, **more):
    """Adds one person who can log in; number is the uidNumber. Contacts and userPassword go into more."""
    name = name or login.capitalize()
    directory.create(
        f"uid={login},ou=people,{base}",
        objectClass=["inetOrgPerson", "posixAccount", "shadowAccount"],
        uid=login,
        cn=name,
        sn=name.split()[-1],
        displayName=name,
        uidNumber=number,
        gidNumber=POSIX_GROUP[1],
        homeDirectory=f"/home/{login}",
        loginShell="/bin/bash",
        **more,
    )


@functools.cache
def hashed(password):
    """The password as {CRYPT}, which slapd and pam_unix both can check."""
    return "{CRYPT}" + run(["openssl", "passwd", "-6", "-stdin"], input=password + "\n").strip()
