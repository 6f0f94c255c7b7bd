# SPDX-License-Identifier: Apache-2.0
"""The API door: a PAM service that takes the API password and nothing else."""

import pytest
from conftest import ldap_time
from stack.login import HELPER
from stack.server import BUILD, ROOT, run
from stack.talk import Conversation, converse

DOOR = "auth [success=done default=die] {module} api_password {args}\nauth required pam_permit.so\n"


@pytest.fixture(scope="module")
def maker():
    program = BUILD / "tests" / "api_password"
    program.parent.mkdir(parents=True, exist_ok=True)
    libraries = "-lsodium -loath -lldap -llber -lsasl2".split()
    source = ROOT / "tests" / "login" / "api_password.c"
    run(["cc", "-std=gnu11", "-D_GNU_SOURCE", f"-I{ROOT}", "-o", program, source, BUILD / "libmycred.a", *libraries])
    return program


@pytest.fixture
def give(stack, maker, directory, person):
    """give("alice", id, life, scope): the password, stored on the entry."""

    def make(login, number=1, life=0, scope="-", **more):
        uuid = directory.entry(person(login), ["entryUUID"])["entryUUID"][0]
        key = stack.login.folder / "login.key"
        password, value = run([maker, key, uuid, number, life, scope]).splitlines()
        directory.extend(person(login), "mycredAccount", mycredApiPassword=value, **more)
        return password

    return make


@pytest.fixture
def door(stack, machine):
    def try_password(login, password, service="imap", args=None):
        machine.write_service(service, DOOR.format(module=stack.login.module, args=args or stack.login.args))
        return converse(Conversation(machine.talk(["pamtester", service, login, "authenticate"])), password)

    return try_password


def test_an_api_password_opens_its_door_and_the_login_password_does_not(give, door, password, syslog):
    """MC-SEC-81 MC-SEC-165"""
    api = give("alice")
    assert door("alice", api).ok
    assert "user=alice" in syslog.wait("event=api_password_verified") and "credential=1" in syslog.text
    assert not door("alice", password).ok
    assert not door("alice", api[:-1] + ("A" if api[-1] != "A" else "B")).ok


def test_it_is_never_a_login_password(give, ssh_login):
    """MC-SEC-81"""
    assert not ssh_login("alice", give("alice")).ok


def test_its_scope_limits_it_to_some_services(give, door):
    api = give("alice", scope="imap,smtp")
    assert door("alice", api, "imap").ok
    assert not door("alice", api, "dav").ok


def test_one_that_has_expired_is_none(give, door):
    assert not door("alice", give("alice", life=-10)).ok


def test_one_of_several_is_found_by_its_number_and_revoked_alone(give, door, directory, person):
    first = give("alice", 1)
    uuid_value = directory.entry(person("alice"))["mycredApiPassword"]
    assert door("alice", first).ok
    directory.replace(person("alice"), mycredApiPassword=None)
    assert not door("alice", first).ok
    assert uuid_value


def test_a_lock_closes_this_door_too(give, door):
    assert not door("alice", give("alice", mycredLockedUntil=ldap_time(3600))).ok


def test_a_value_of_another_person_does_not_open(give, door, directory, person):
    """MC-SEC-46"""
    api = give("alice")
    stolen = directory.entry(person("alice"))["mycredApiPassword"]
    directory.replace(person("sadmin"), mycredApiPassword=stolen)
    assert not door("sadmin", api).ok


def test_wrong_ones_are_never_counted_on_the_entry(give, door, directory, person):
    """MC-SEC-25: throttled by address; nobody can lock somebody else out here."""
    give("alice")
    before = directory.entry(person("alice"))
    assert not door("alice", "1-" + "A" * 26).ok
    assert directory.entry(person("alice")) == before


@pytest.mark.parametrize("login, lets_in", [("alice", True), ("bob", False), ("grace", False)])
def test_a_login_password_where_the_site_says_so_and_nothing_better_is_there(stack, door, give, password, login, lets_in):
    """With api_accepts_login_password: nothing chosen, nothing required, no API password."""
    conf = stack.login.variant("lenient", api_accepts_login_password="yes")
    args = f"conf={conf} helper={HELPER} socket=/nonexistent"
    assert door(login, password, args=args).ok == lets_in
    assert not door(login, "another-password-88", args=args).ok


def test_an_api_password_takes_the_place_of_the_login_password(stack, door, give, password):
    conf = stack.login.variant("lenient", api_accepts_login_password="yes")
    args = f"conf={conf} helper={HELPER} socket=/nonexistent"
    assert door("alice", password, args=args).ok
    assert door("alice", give("alice"), args=args).ok
    assert not door("alice", password, args=args).ok
