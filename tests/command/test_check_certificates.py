# SPDX-License-Identifier: Apache-2.0
"""mycred check on certificates that end soon or have ended: the servers', this machine's, httpd's."""

from contextlib import contextmanager

import pytest
from delivery.certificates import dated
from stack.cert import Authority
from stack.mail import Mail
from stack.slapd import Slapd

from .findings import check, findings
from .gateway import Gateway
from .test_check_servers import office_of

SOON = 29  # days; 30 are told of


@contextmanager
def gateway_with(office, authority, pair):
    gateway = Gateway(pair)
    office.set(sms_url=gateway.url, sms_ca_file=authority.file)
    yield
    gateway.shutdown()
    gateway.server_close()


@contextmanager
def mail_with(office, authority, pair):
    mail = Mail(office.folder / "mail", authority)
    mail.prepare = lambda: Mail.prepare(mail) or setattr(mail, "certificate", pair[0]) or setattr(mail, "key", pair[1])
    with mail:
        password = office.secret("other.password", mail.password)
        office.set(smtp_url=f"smtp://127.0.0.1:{mail.port}", smtp_ca_file=authority.file, smtp_password_file=password)
        yield


@contextmanager
def machine_with(office, authority, pair):
    office.set(ldap_certificate_file=pair[0], ldap_key_file=pair[1])
    yield


WHERE = {
    "sms_url": (gateway_with, "Have who runs that server renew it"),
    "smtp_url": (mail_with, "Have who runs that server renew it"),
    "ldap_certificate_file": (machine_with, "Renew it"),
}


@pytest.mark.parametrize("option", WHERE)
def test_a_certificate_that_ends_soon_is_found(good, option):
    place, cure = WHERE[option]
    authority = Authority(good.folder / "tls", days=SOON)
    with place(good, authority, authority.issue("server")):
        (line,) = findings(good)
    assert line.startswith(f"warning: {option}: ") and "the certificate ends at 20" in line and cure in line


@pytest.mark.parametrize("option", WHERE)
def test_a_certificate_that_has_ended_is_found(good, option):
    place, cure = WHERE[option]
    authority = Authority(good.folder / "tls")
    with place(good, authority, dated(authority, "server", "20200101000000Z", "20200131000000Z")):
        (line,) = findings(good)
    assert line.startswith(f"error: {option}: ") and "the certificate ended at 20200131000000Z" in line and cure in line


@pytest.mark.parametrize("days, seen", [(SOON, True), (90, False)], ids=["soon", "later"])
def test_the_directorys_certificate_is_looked_at(tmp_path, days, seen):
    with Slapd(tmp_path / "slapd", Authority(tmp_path / "tls", days=days), tcp=True) as slapd:
        office = office_of(slapd, tmp_path)
        office.set(ldap_uri=slapd.ldaps_uri, ldap_ca_file=slapd.authority.file, ldap_bind="simple")
        office.set(ldap_bind_dn=office.dn("sadmin"), ldap_bind_password_file=office.password_file)
        found = [line for line in findings(office) if "the certificate" in line]
        assert len(found) == seen
        if seen:
            assert found[0].startswith(f"warning: ldap_uri: {slapd.ldaps_uri}: the certificate ends at 20")
            assert found[0].endswith("Cure: Renew it, and restart the directory server.")


def test_httpds_certificates_are_looked_at_once_each(web_server):
    """Absolute and below ServerRoot; a name that is no file is for httpd to find."""
    folder = web_server.folder
    soon, _ = Authority(folder / "soon", days=SOON).issue("soon")
    later, _ = Authority(folder / "later").issue("later")
    authority = Authority(folder / "tls")
    ended, _ = dated(authority, "ended", "20200101000000Z", "20200131000000Z")
    names = ["tls/ended.crt", f'"{ended}"', later, "pkcs11:token=site", "${CERTIFICATE}", folder, authority.file.with_suffix(".key")]
    hosts = "".join(f"<VirtualHost *:443>\nSSLEngine on\nSSLCertificateFile {name}\n</VirtualHost>\n" for name in names)
    more = web_server.site.with_name("more.conf")
    more.write_text(hosts)
    (line,) = findings(web_server)
    assert line.startswith(f"error: SSLCertificateFile: {ended}: the certificate ended at 20200131000000Z. Cure: Renew it, then")
    more.write_text(hosts.replace("ended", "absent").replace(str(later), str(soon)))
    (line,) = findings(web_server)
    assert line.startswith(f"warning: SSLCertificateFile: {soon}: the certificate ends at 20")
    more.write_text("")
    assert check(web_server).stdout == "ok\n"
