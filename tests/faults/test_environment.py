# SPDX-License-Identifier: Apache-2.0
"""Whatever the environment and the folder say in which the helper is started, it asks whom its configuration names. (MC-SEC-63)"""

import os

import pytest
from delivery.gateway import Gateway, answer
from stack.login import SENDER
from stack.server import LOOPBACK

from .servers import listening
from .site import wrong
from .wire import Conversation

LDAPRC = """\
URI ldap://127.0.0.1:{port}/
HOST 127.0.0.1:{port}
BASE dc=attacker
BINDDN cn=attacker
SASL_MECH PLAIN
TLS_REQCERT never
TLS_CACERT {folder}/ca.crt
DEREF always
REFERRALS on
SIZELIMIT 1
TIMELIMIT 1
TIMEOUT 1
NETWORK_TIMEOUT 1
"""

NAMES = {
    "LDAPCONF": "{folder}/ldaprc",
    "LDAPRC": "ldaprc",
    "LDAPURI": "ldap://127.0.0.1:{port}/",
    "LDAPBASE": "dc=attacker",
    "LDAPBINDDN": "cn=attacker",
    "LDAPDEREF": "always",
    "LDAPSIZELIMIT": "1",
    "LDAPTLS_REQCERT": "never",
    "LDAPTLS_CACERT": "{folder}/ca.crt",
    "LDAPSASL_MECH": "PLAIN",
    "SASL_PATH": "{folder}",
    "SASL_CONF_PATH": "{folder}",
    "HOME": "{folder}",
    "http_proxy": "http://127.0.0.1:{port}",
    "https_proxy": "http://127.0.0.1:{port}",
    "HTTPS_PROXY": "http://127.0.0.1:{port}",
    "ALL_PROXY": "socks5://127.0.0.1:{port}",
    "NO_PROXY": "",
    "CURL_HOME": "{folder}",
    "CURL_CA_BUNDLE": "{folder}/ca.crt",
    "SSL_CERT_FILE": "{folder}/ca.crt",
    "SSL_CERT_DIR": "{folder}",
    "SSLKEYLOGFILE": "{folder}/keys",
    "OPENSSL_CONF": "{folder}/openssl.cnf",
    "GNUTLS_SYSTEM_PRIORITY_FILE": "{folder}/priority",
    "RES_OPTIONS": "attempts:1 timeout:1",
    "HOSTALIASES": "{folder}/aliases",
    "LOCALDOMAIN": "attacker.example",
    "RESOLV_HOST_CONF": "{folder}/host.conf",
    "NLSPATH": "{folder}/%N",
    "LANG": "zh_CN.UTF-8",
    "LC_ALL": "tr_TR.UTF-8",
    "LANGUAGE": "zh",
    "TZ": "{folder}/zone",
    "TMPDIR": "{folder}",
    "PATH": "{folder}",
    "IFS": "x",
    "MALLOC_CHECK_": "3",
}


@pytest.fixture
def hostile(tmp_path):
    """(environment, folder to start in, what asked the attacker's server)."""
    asked = []
    with listening(lambda connection: asked.append(connection.recv(1000))) as port:
        names = {"folder": tmp_path, "port": port}
        for file in ("ldaprc", ".ldaprc", ".curlrc", "ldap.conf"):
            (tmp_path / file).write_text(LDAPRC.format(**names))
        environment = {name: value.format(**names) for name, value in NAMES.items()}
        yield environment, tmp_path, asked


def start(site, hostile, **more):
    environment, folder, _ = hostile
    return site.helper(env=environment, cwd=folder, **more)


def check(hostile):
    _, folder, asked = hostile
    assert not asked
    assert not (folder / "keys").exists()
    assert sorted(file.name for file in folder.iterdir()) == [".curlrc", ".ldaprc", "ldap.conf", "ldaprc"]


def test_a_login_over_a_local_socket(site, hostile):
    with start(site, hostile) as helper:
        assert Conversation(helper.ask, "carol").login(wrong(site.code()), site.code()).result == "ok"
        assert os.readlink(f"/proc/{helper.pid}/cwd") == "/"
    check(hostile)


def test_texts_are_in_the_persons_language_not_the_hosts(site, hostile):
    with start(site, hostile) as helper:
        assert "Verification code" in Conversation(helper.ask, "carol").start().text
    check(hostile)


@pytest.mark.parametrize("starttls", [False, True], ids=["ldaps", "starttls"])
def test_a_login_over_tls(site, hostile, starttls):
    """Also SSLKEYLOGFILE: no key is written."""
    conf = site.over_tls(site.slapd.uri, ldap_starttls="yes") if starttls else site.over_tls(site.slapd.ldaps_uri)
    with start(site, hostile, conf=conf) as helper:
        assert Conversation(helper.ask, "carol").login(site.code()).result == "ok"
    check(hostile)


def test_a_message_to_the_gateway(site, hostile):
    """The sender learns nothing of it either: no proxy, no key file."""
    with Gateway(answer(202, b"0: Accepted for delivery")) as gateway:
        conf = site.variant("gateway", sms_url=f"http://{LOOPBACK}:{gateway.port}/send")
        with start(site, hostile, conf=conf, sender=SENDER) as helper:
            assert Conversation(helper.ask, "bob").start().result == "ask"
        assert len(gateway.requests) == 1
    check(hostile)


def test_an_environment_of_a_megabyte(site, tmp_path):
    environment = {f"V{number}": "x" * 1000 for number in range(1000)}
    with site.helper(env=environment, cwd=tmp_path) as helper:
        assert Conversation(helper.ask, "alice").start().result == "off"
