# SPDX-License-Identifier: Apache-2.0
"""mycred check: silent but for "ok" when all is right; each planted mistake is one line with its cure."""

import os
import shutil
import socket

import pytest
from stack.cert import Authority
from stack.mail import read_mail
from stack.server import BUILD, poll

from .findings import certificate_of, check, findings

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def test_all_right_is_one_word(good):
    done = check(good)
    assert (done.returncode, done.stdout) == (0, "ok\n")


def test_a_person_who_can_sign_in_is_all_right(good):
    good.enrol("carol", SECRET, "--choose")
    assert check(good, "--user", "carol").stdout == "ok\n"


def test_a_host_with_a_password_over_tls_is_all_right(good, host):
    certificate_of(good, host)
    assert check(good).stdout == "ok\n"


# ---- planted mistakes. Each: what is planted (given the office and the host's DN), what the one line must say


def without(file):
    return lambda office, host: (office.folder / file).unlink()


def set_to(**options):
    return lambda office, host: office.set(**options)


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def same_keys(office, host):
    shutil.copy2(office.login_key, office.folder / "site.key")


def foreign_authority(office, host):
    certificate_of(office, host, ldap_ca_file=Authority(office.folder / "other").file)


def writable_program(office, host):
    folder = office.folder / "programs"
    folder.mkdir()
    for name in ("mycred-login", "mycred-send"):
        shutil.copy2(BUILD / name, folder)
    (folder / "mycred-login").chmod(0o777)
    office.set(program_dir=folder)


def a_module_of_others(office, host):
    module = office.folder / "pam_mycred.so"
    module.write_bytes(b"")
    module.chmod(0o666)
    office.places["--module"] = module


def a_dead_service(office, host):
    place = office.folder / "dead.sock"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(place))
    office.places["--socket"] = place


def no_service(office, host):
    office.places["--socket"] = office.folder / "none.sock"


def an_administrator(office, host):
    certificate_of(
        office,
        host,
        ldap_bind_dn=office.slapd.admin_dn,
        ldap_bind_password_file=office.secret("admin.password", office.slapd.admin_password),
    )


def nobody_in_particular(office, host):
    """A person: may bind, and has no rights of a host."""
    certificate_of(office, host, ldap_bind_dn=office.dn("alice"))


def wrong_password(office, host):
    certificate_of(office, host, ldap_bind_password_file=office.secret("wrong.password", "wrong"))


def wide_password(office, host):
    (office.folder / "smtp.password").chmod(0o644)


def wide_authority(office, host):
    file = office.folder / "ca.crt"
    shutil.copy(office.slapd.authority.file, file)
    file.chmod(0o666)
    office.set(smtp_ca_file=file)


def wrong_credentials(office, host):
    office.secret("smtp.password", "wrong")


PLANTED = {
    "configuration missing": (without("mycred.conf"), "error", "mycred.conf: No such file or directory"),
    "unknown option": (set_to(failures_mx=3), "error", "unknown option 'failures_mx'; did you mean 'failures_max'?"),
    "configuration of others": (lambda office, _: office.conf.chmod(0o666), "error", "can be written by others"),
    "no key file": (without("login.key"), "error", "login.key: No such file or directory"),
    "key file for all": (
        lambda office, _: office.login_key.chmod(0o644),
        "error",
        "login.key: holds a secret and can be read",
    ),
    "key file's owner": (lambda office, _: os.chown(office.login_key, 65534, -1), "error", "belongs to another user"),
    "key cut short": (lambda office, _: office.login_key.write_text("k1 AAAA\n"), "error", "holds no 256-bit key"),
    "one key for both": (same_keys, "error", "hold the same key, so every host could sign in to the site"),
    "damaged site key": (lambda office, _: office.secret("site.key", "x\n"), "error", "site.key:1: the line is not"),
    "directory down": (
        set_to(ldap_uri="ldapi://%2Fnonexistent"),
        "error",
        "the directory does not answer (cause=ldap_down",
    ),
    "stand-by down": (
        lambda office, _: office.set(ldap_uri=f"{office.slapd.ldapi} ldap://127.0.0.1:{closed_port()}"),
        "error",
        "the directory does not answer (cause=ldap_down uri=ldap://127.0.0.1:",
    ),
    "foreign certificate": (foreign_authority, "error", "the directory's certificate is refused"),
    "wrong host password": (wrong_password, "error", "the directory refuses this identity"),
    "CA file missing": (
        set_to(smtp_ca_file="/nonexistent/ca.pem"),
        "error",
        "smtp_ca_file: /nonexistent/ca.pem: No such file",
    ),
    "no such base": (
        set_to(ldap_base="dc=example,dc=net", ldap_group_base=None),
        "error",
        "has no entry dc=example,dc=net",
    ),
    "no such group base": (set_to(ldap_group_base="ou=teams,dc=example,dc=org"), "error", "ldap_group_base: "),
    "nobody matches": (
        set_to(ldap_person_filter="(uid=zz*)"),
        "error",
        "nobody below dc=example,dc=org matches (&(uid=zz*)(uid=*))",
    ),
    "unknown attribute": (
        set_to(mobile_attribute="mobil"),
        "error",
        "mobile_attribute: the directory knows no attribute 'mobil'",
    ),
    "no index": (set_to(login_attribute="givenName"), "warning", "has no index for givenName"),
    "an administrator's rights": (
        an_administrator,
        "error",
        "may do what no host should: add mycredTotp, delete mycredTotp",
    ),
    "a person's rights": (nobody_in_particular, "error", "may not: delete mycredLastUse, "),
    "CA file of others": (wide_authority, "error", "smtp_ca_file: "),
    "password file for all": (wide_password, "error", "smtp_password_file: "),
    "wrong gateway password": (wrong_credentials, "error", "smtp_url: outcome=permanent cause=credentials"),
    "gateway down": (
        lambda office, _: office.set(sms_url=f"http://127.0.0.1:{closed_port()}/?to=%{{to}}"),
        "error",
        "sms_url: outcome=temporary cause=unreachable",
    ),
    "mail server of others": (
        lambda office, _: office.set(smtp_ca_file=Authority(office.folder / "other").file),
        "error",
        "smtp_url: outcome=permanent cause=untrusted",
    ),
    "no gateway": (
        set_to(sms_url=None, sms_header=None, sms_body=None),
        "error",
        "the method sms is offered, but sms_url is not set",
    ),
    "no mail server": (
        set_to(smtp_url=None, smtp_user=None, smtp_password_file=None),
        "error",
        "the method email is offered, but smtp_url is not set",
    ),
    "unknown local user": (
        set_to(trusted_uid="radiusd:nosuchuser"),
        "error",
        "'trusted_uid' holds 'radiusd:nosuchuser', but there is no user 'nosuchuser'",
    ),
    "no address of the site": (
        set_to(require="enrol"),
        "warning",
        "who has no method yet is not told where to get one",
    ),
    "helper of others": (writable_program, "error", "programs/mycred-login: can be written by others"),
    "module of others": (a_module_of_others, "error", "pam_mycred.so: can be written by others"),
    "service dead": (a_dead_service, "error", "the login service does not answer at "),
    "service off": (no_service, "warning", "the login service has no socket "),
}


@pytest.mark.parametrize("mistake", PLANTED)
def test_planted_mistake_is_found_and_cured(good, host, mistake):
    plant, kind, sentence = PLANTED[mistake]
    plant(good, host)
    found = findings(good)
    assert any(line.startswith(f"{kind}: ") and sentence in line for line in found), found
    # beyond what follows from it, nothing else is claimed
    assert len(found) <= 2, found


PEOPLE = {
    "unknown": ({}, "nobody", "there is no account 'nobody'"),
    "damaged": ({"mycredLoginMethod": "fax"}, "alice", "mycredLoginMethod of alice is damaged"),
    "no method": ({"mycredRequire": "on"}, "frank", "frank must verify logins, but has no usable method"),
    "damaged device": ({"mycredTotp": "1 sha1/6/30 x"}, "alice", "1 of 1 virtual MFA devices of alice cannot be used"),
}


@pytest.mark.parametrize("case", PEOPLE)
def test_a_person_who_cannot_sign_in_is_found(good, case):
    attributes, login, sentence = PEOPLE[case]
    if attributes:
        good.admin.extend(good.dn(login), "mycredAccount", **attributes)
    (line,) = findings(good, "--user", login)
    assert sentence in line


def test_trying_rights_changes_nothing(good, host):
    """Whatever the identity may do, every entry is as before."""
    good.enrol("alice", SECRET, "--choose")
    for plant in (lambda *_: None, an_administrator):
        plant(good, host)
        before = good.admin.entry(good.dn("alice"), ["*", "+"])
        check(good, "--user", "alice")
        assert good.admin.entry(good.dn("alice"), ["*", "+"]) == before


def test_site_rights_are_right_where_the_site_is(web_server):
    """A web server may plant devices; it has the site's key, a host has not."""
    assert check(web_server).stdout == "ok\n"
    (web_server.folder / "site.key").unlink()
    del web_server.places["--httpd"]
    (line,) = findings(web_server)
    assert "may do what no host should: add mycredTotp" in line


def test_sms_is_really_sent(good, gateway):
    assert check(good, "--send", "+49 151 1234 511").stdout == "ok\n"
    ((path, text),) = gateway.texts
    assert path == "/send?to=%2B491511234511"
    assert text.startswith("This is a test message of Example, asked for by 'mycred check'")


def test_mail_is_really_sent(good, mail):
    before = len(mail.arrived())
    assert check(good, "--send", "dave@example.org").stdout == "ok\n"
    received = read_mail(poll(lambda: mail.arrived()[before:], 10, "the mail")[0])
    assert received.recipients == ["dave@example.org"] and received.subject == "Example: test message"


@pytest.mark.parametrize("address", ["12", "a@b@c", "dave@example.org\nBcc: x@example.org", "+1 900 5550000"])
def test_nothing_is_sent_to_what_is_no_address(good, gateway, mail, address):
    good.set(sms_countries="+49")
    before = len(mail.arrived())
    (line,) = findings_of_send(good, address)
    assert "nothing can be sent to " in line and not gateway.texts and len(mail.arrived()) == before


def findings_of_send(office, address):
    done = check(office, "--send", address)
    assert done.returncode == 1
    return done.stdout.splitlines()
