# SPDX-License-Identifier: Apache-2.0
"""A private directory with schema, access rules and sample people for the command's tests."""

import os

import pytest

from stack.cert import Authority
from stack.people import People
from stack.server import ROOT, run
from stack.slapd import Slapd
from stack.snapshot import Snapshot

from .office import PASSWORD, Office


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
