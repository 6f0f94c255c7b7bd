# SPDX-License-Identifier: Apache-2.0
"""One private directory for the schema's tests: the sample people, and everything `load` brings."""

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from stack.people import People, add_person  # noqa: E402
from stack.slapd import Slapd  # noqa: E402

SCHEMA = Path(__file__).resolve().parents[2] / "ldap-schema"
PASSWORD = "correct horse battery"


def run_load(slapd, *options, check=True):
    """load on that server; `check` expects it to succeed."""
    command = [SCHEMA / "load", "--uri", slapd.ldapi, *options]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60)
    assert not check or done.returncode == 0, done.stderr
    return done


def fill(slapd):
    """The sample people, and the identities that the access rules speak of."""
    people = People(slapd.suffix, PASSWORD)
    admin = slapd.as_admin()
    people.add_all(admin)
    # helen is of the helpdesk and nothing else; sadmin is in both groups
    add_person(admin, slapd.suffix, "helen", 10090, userPassword=PASSWORD)
    helpdesk = [people.dn("helen"), people.dn("sadmin")]
    admin.create(people.group_dn("helpdesk"), objectClass="groupOfNames", cn="helpdesk", member=helpdesk)
    for name in ("cn=login1.example.org,ou=hosts", "cn=mycred-web,ou=services", "cn=mycred-setter,ou=services", "cn=replica,ou=services"):
        entry = {"objectClass": ["organizationalRole", "simpleSecurityObject"], "cn": name[3:].split(",")[0]}
        admin.create(f"{name},{slapd.suffix}", userPassword=PASSWORD, **entry)
    return people


@pytest.fixture(scope="session")
def loaded(tmp_path_factory):
    with Slapd(tmp_path_factory.mktemp("loaded")) as slapd:
        slapd.people = fill(slapd)
        run_load(slapd, "--replicator", f"cn=replica,ou=services,{slapd.suffix}")
        slapd.people.add_mycred(slapd.as_admin())
        yield slapd
