# SPDX-License-Identifier: Apache-2.0
"""The directory over the network: only with a certificate that is right, whatever else the machine is told."""

import os
import ssl

import pytest
from delivery.certificates import bad_certificates
from delivery.gateway import tls_context
from stack.server import LOOPBACK, poll

from .servers import START_TLS_REFUSED, listening, mute, shaking_hands
from .wire import Conversation

WRONG = (
    "expired",
    "not yet valid",
    "another name",
    "the name as a DNS name only",
    "a wildcard for the whole",
    "another authority",
    "self-signed",
)

@pytest.fixture(scope="module")
def certificates(whole_site, tmp_path_factory):
    return bad_certificates(whole_site.authority, tmp_path_factory.mktemp("bad"))


def options(starttls):
    return {"ldap_starttls": "yes"} if starttls else {}


both = pytest.mark.parametrize("starttls", [False, True], ids=["ldaps", "starttls"])


@both
def test_the_right_certificate_is_taken(site, pam, starttls):
    """MC-SEC-160"""
    conf = site.over_tls(site.slapd.uri if starttls else site.slapd.ldaps_uri, **options(starttls))
    assert pam.login("carol", site.code(), conf=conf).code == "SUCCESS"


@both
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_certificate_is_refused(site, pam, certificates, name, starttls):
    """F16 MC-SEC-160: and no password was sent."""
    with shaking_hands(tls_context(certificates[name]), starttls) as (uri, heard):
        run = pam.login("carol", conf=site.over_tls(uri, **options(starttls)))
    assert run.code == "SERVICE_ERR"
    line = run.log("event=directory_fault")
    assert "reason=untrusted" in line and uri in line
    assert len([data for data in heard if data]) == starttls


@both
def test_an_old_protocol_is_refused(site, pam, certificates, starttls):
    """MC-SEC-160"""
    right = site.authority.issue("old")
    with shaking_hands(tls_context(right, ssl.TLSVersion.TLSv1_1), starttls) as (uri, heard):
        run = pam.login("carol", conf=site.over_tls(uri, **options(starttls)))
    assert run.code == "SERVICE_ERR"
    assert "cause=ldap_tls_version" in run.log(uri)
    assert not [data for data in heard if b"login1" in data]


def test_a_server_that_takes_no_starttls_gets_no_password(site, pam):
    """MC-SEC-160: stripping it off is a refusal, never clear text."""
    heard = []

    def serve(connection):
        heard.append(connection.recv(4096))
        connection.sendall(START_TLS_REFUSED)
        heard.append(connection.recv(4096))

    with listening(serve) as port:
        run = pam.login("carol", conf=site.over_tls(f"ldap://{LOOPBACK}:{port}", ldap_starttls="yes"))
        poll(lambda: len(heard) == 2, 5, "the end of the connection")
    assert run.code == "AUTHINFO_UNAVAIL"
    assert "cause=ldap_starttls" in run.log("event=directory_fault")
    assert b"login1" not in heard[1]


@both
def test_a_mute_handshake_leaves_the_processor_idle(site, starttls):
    """F03 MC-SEC-59"""
    with mute(starttls) as port:
        conf = site.over_tls(f"{'ldap' if starttls else 'ldaps'}://{LOOPBACK}:{port}", **options(starttls))
        with site.helper(conf) as helper:
            reply = Conversation(helper.ask, "carol").start()
            assert reply.result == "unavailable" and reply.took < 3
            assert helper.cpu_seconds() < 0.2
            assert "cause=ldap_timeout" in reply.log("event=")


def test_an_authority_that_cannot_be_opened_is_refused_by_line(site, pam):
    """F16 MC-SEC-68"""
    conf = site.quick(ldap_uri=site.slapd.ldaps_uri, ldap_ca_file=site.folder / "nothing.crt", **site.as_host)
    run = pam.login("carol", conf=conf)
    assert run.code == "SERVICE_ERR"
    assert f":{line_of(conf, 'ldap_ca_file')}: 'ldap_ca_file' names" in run.log("event=configuration_bad")


def test_certificate_files_that_do_not_load_are_told(site, pam):
    """F16"""
    junk = site.folder / "junk.crt"
    junk.write_text("junk\n")
    conf = site.over_tls(site.slapd.ldaps_uri, ldap_certificate_file=junk, ldap_key_file=junk)
    run = pam.login("carol", conf=conf)
    assert run.code == "SERVICE_ERR"
    assert "cause=ldap_options" in run.log("event=directory_fault")


def line_of(conf, option):
    lines = conf.read_text().splitlines()
    return 1 + next(number for number, line in enumerate(lines) if line.startswith(f"{option} "))


HOSTILE = {
    "LDAPTLS_REQCERT": "never",
    "LDAPTLS_CACERT": "{other}",
    "LDAPRC": "{rc}",
    "LDAPCONF": "{rc}",
    "SSL_CERT_FILE": "{other}",
    "GNUTLS_SYSTEM_PRIORITY_FILE": "{rc}",
    "SSLKEYLOGFILE": "{keys}",
    "HOME": "{folder}",
}


@both
def test_lax_settings_of_the_machine_have_no_effect(site, certificates, tmp_path, starttls):
    """MC-SEC-63 MC-SEC-160"""
    rc = tmp_path / "ldaprc"
    rc.write_text("TLS_REQCERT never\nURI ldap://192.0.2.1/\nTIMEOUT 1\n")
    (tmp_path / ".ldaprc").write_text(rc.read_text())
    names = {"other": certificates["another authority"][0], "rc": rc, "folder": tmp_path, "keys": tmp_path / "keys"}
    env = {name: value.format(**names) for name, value in HOSTILE.items()}
    with shaking_hands(tls_context(certificates["another authority"]), starttls) as (uri, _):
        conf = site.over_tls(uri, **options(starttls))
        with site.helper(conf, env={**os.environ, **env}, cwd=tmp_path) as helper:
            assert Conversation(helper.ask, "carol").start().result == "untrusted"
    assert not (tmp_path / "keys").exists()


def test_a_worker_that_was_told_a_lie_recovers_with_the_truth(site, certificates):
    """F16: no restart is needed once the configuration is right."""
    with shaking_hands(tls_context(certificates["expired"]), False) as (uri, _):
        conf = site.over_tls(uri)
        with site.worker(conf) as worker:
            assert Conversation(worker.ask, "carol").start().result == "untrusted"
            site.over_tls(site.slapd.ldaps_uri)
            assert Conversation(worker.ask, "carol").login(site.code()).result == "ok"
