# SPDX-License-Identifier: Apache-2.0
"""A private directory with the sample people and the identities that the access rules speak of."""

import subprocess
from pathlib import Path

import ldap

from stack.people import People, add_person

SCHEMA = Path(__file__).resolve().parents[2] / "ldap-schema"
PASSWORD = "correct horse battery"
SERVICES = ("cn=login1.example.org,ou=hosts", "cn=mycred-web,ou=services", "cn=mycred-setter,ou=services", "cn=replica,ou=services")


def run_load(slapd, *options, check=True):
    """load on that server; `check` expects it to succeed."""
    command = [SCHEMA / "load", "--uri", slapd.ldapi, *options]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60)
    assert not check or done.returncode == 0, done.stderr
    return done


def fill(slapd):
    """Adds them all; helen is of the helpdesk, sally of the security administrators, sadmin of both."""
    people = People(slapd.suffix, PASSWORD)
    admin = slapd.as_admin()
    people.add_all(admin)
    for number, login in enumerate(("helen", "sally"), 10090):
        add_person(admin, slapd.suffix, login, number, mail=f"{login}@example.org", userPassword=PASSWORD)
    helpdesk = [people.dn("helen"), people.dn("sadmin")]
    admin.create(people.group_dn("helpdesk"), objectClass="groupOfNames", cn="helpdesk", member=helpdesk)
    admin.modify_s(people.group_dn("security-admins"), [(ldap.MOD_ADD, "member", people.dn("sally").encode())])
    for name in SERVICES:
        entry = {"objectClass": ["organizationalRole", "simpleSecurityObject"], "cn": name[3:].split(",")[0]}
        admin.create(f"{name},{slapd.suffix}", userPassword=PASSWORD, **entry)
    return people
