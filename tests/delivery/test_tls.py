# SPDX-License-Identifier: Apache-2.0
"""TLS to gateways and mail servers is checked in full, and nothing is sent where it fails."""

import ssl

import pytest
from stack.cert import Authority

from .certificates import bad_certificates
from .gateway import Gateway, answer
from .postoffice import PostOffice

WRONG = (
    "expired",
    "not yet valid",
    "another name",
    "the name as a DNS name only",
    "a wildcard for the whole",
    "another authority",
    "self-signed",
)
SMS = """\
sms_url = {url}/
sms_body = %{{to}}%{{text}}%{{password}}
sms_password_file = PASSWORD_FILE
sms_ca_file = {ca}
"""
MAIL = """\
smtp_url = {scheme}://{name}
smtp_tls = {tls}
smtp_user = mycred
smtp_password_file = PASSWORD_FILE
smtp_ca_file = {ca}
mail_from = mycred@example.org
"""


@pytest.fixture(scope="module")
def good(authority):
    return authority.issue("good")


@pytest.fixture(scope="module")
def wrong(authority, tmp_path_factory):
    return bad_certificates(authority, tmp_path_factory.mktemp("wrong"))


def mail_lines(office, authority, tls="starttls"):
    scheme = "smtps" if tls == "tls" else "smtp"
    return MAIL.format(scheme=scheme, name=office.name, tls=tls, ca=authority.file)


def assert_untrusted(result, tries="1"):
    assert (result.status, result.outcome, result.cause, result.tries) == (1, "permanent", "untrusted", tries)


def test_a_good_certificate_is_accepted(sender, authority, good):
    with Gateway(answer(200), good) as gateway:
        assert sender(SMS.format(url=gateway.url, ca=authority.file)).sms().status == 0


@pytest.mark.parametrize("what", WRONG)
def test_nothing_is_sent_to_a_gateway_with_a_wrong_certificate(sender, authority, wrong, what):
    """F22, MC-SEC-161"""
    with Gateway(answer(200), wrong[what]) as gateway:
        result = sender(SMS.format(url=gateway.url, ca=authority.file)).sms()
        assert_untrusted(result)
        assert "certificate" in result.reason
        assert gateway.requests == []


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_tls_is_refused(sender, authority, good, version):
    """F22, MC-SEC-161"""
    with Gateway(answer(200), good, version) as gateway:
        assert_untrusted(sender(SMS.format(url=gateway.url, ca=authority.file)).sms())
        assert gateway.requests == []


def test_a_server_that_speaks_no_tls_gets_nothing(sender, authority):
    """MC-SEC-161"""
    with Gateway(answer(200)) as gateway:
        result = sender(SMS.format(url=gateway.url.replace("http:", "https:"), ca=authority.file)).sms()
        assert result.status == 1
        assert gateway.requests == []


def test_the_named_authority_is_the_only_one(sender, good, tmp_path):
    """MC-SEC-161: with sms_ca_file the system's authorities count no more."""
    other = Authority(tmp_path / "ca")
    with Gateway(answer(200), good) as gateway:
        assert_untrusted(sender(SMS.format(url=gateway.url, ca=other.file)).sms())


def test_without_a_file_the_system_s_authorities_count(sender, good):
    with Gateway(answer(200), good) as gateway:
        lines = SMS.format(url=gateway.url, ca="/x").replace("sms_ca_file = /x\n", "")
        assert_untrusted(sender(lines).sms())


@pytest.mark.parametrize("content, cause", [("", "configuration"), ("junk\n", "configuration")])
def test_an_unusable_authority_file_is_named(sender, good, tmp_path, content, cause):
    file = tmp_path / "ca.pem"
    file.write_text(content)
    with Gateway(answer(200), good) as gateway:
        result = sender(SMS.format(url=gateway.url, ca=file)).sms()
        assert (result.status, gateway.requests) == (2 if result.cause == "configuration" else 1, [])
        assert result.cause in (cause, "untrusted")


def test_an_authority_file_that_others_may_change_is_refused(sender, authority, good, tmp_path):
    file = tmp_path / "ca.pem"
    file.write_bytes(authority.file.read_bytes())
    file.chmod(0o666)
    with Gateway(answer(200), good) as gateway:
        result = sender(SMS.format(url=gateway.url, ca=file)).sms()
        assert (result.status, result.cause) == (2, "configuration")
        assert str(file) in result.reason
        assert gateway.connections == 0


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_a_mail_server_with_a_good_certificate_gets_the_mail(sender, authority, good, tls):
    with PostOffice(good, implicit=tls == "tls") as office:
        if tls == "tls":
            office.replies["EHLO"] = office.replies["EHLO again"]
        result = sender(mail_lines(office, authority, tls)).mail()
        assert result.status == 0, result.line
        assert len(office.mails) == 1


@pytest.mark.parametrize("what", WRONG)
@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_nothing_is_sent_to_a_mail_server_with_a_wrong_certificate(sender, authority, wrong, what, tls):
    """F22, MC-SEC-161"""
    with PostOffice(wrong[what], implicit=tls == "tls") as office:
        result = sender(mail_lines(office, authority, tls)).mail()
        assert_untrusted(result)
        assert "certificate" in result.reason
        assert_nothing_leaked(office)


def assert_nothing_leaked(office):
    commands = [line for session in office.sessions for line in session]
    assert not any(line.startswith(("AUTH", "MAIL", "RCPT", "DATA")) for line in commands), commands
    assert office.mails == []


def test_a_stripped_starttls_is_refused(sender, authority, good):
    """F29, MC-SEC-161"""
    with PostOffice(good, EHLO="250-standin\r\n250 AUTH PLAIN LOGIN") as office:
        result = sender(mail_lines(office, authority)).mail()
        assert_untrusted(result)
        assert "STARTTLS" in result.reason
        assert_nothing_leaked(office)


@pytest.mark.parametrize("reply", ["454 no TLS now", "502 what?", "250 ok"])
def test_a_refused_starttls_is_the_end(sender, authority, good, reply):
    """F29, MC-SEC-161"""
    with PostOffice(good, STARTTLS=reply) as office:
        result = sender(mail_lines(office, authority)).mail()
        assert_untrusted(result)  # whatever the reply's code would say of a mail
        assert_nothing_leaked(office)
        assert b"AUTH" not in office.clear


def test_bytes_injected_before_tls_are_not_taken_as_its_answers(sender, authority, good):
    """MC-SEC-161: what somebody on the way puts behind the answer to STARTTLS."""
    injected = b"250-injected\r\n250 AUTH PLAIN\r\n235 in\r\n250 ok\r\n250 ok\r\n354 go\r\n250 taken\r\n"
    with PostOffice(good, injected=injected) as office:
        result = sender(mail_lines(office, authority)).mail()
        assert result.status == 1, result.line
        assert_nothing_leaked(office)
