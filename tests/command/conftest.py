# SPDX-License-Identifier: Apache-2.0
"""A private directory with schema, access rules and sample people for the command's tests."""

import subprocess

import pytest
from stack.cert import Authority
from stack.mail import Mail
from stack.people import People
from stack.server import BUILD, ROOT, poll, run
from stack.slapd import Slapd
from stack.snapshot import Snapshot

from .findings import certificate_of
from .gateway import Gateway
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
def gateway():
    gateway = Gateway()
    yield gateway
    gateway.shutdown()
    gateway.server_close()


@pytest.fixture(scope="session")
def mail(slapd, tmp_path_factory):
    with Mail(tmp_path_factory.mktemp("mail"), slapd.authority) as mail:
        yield mail


@pytest.fixture(scope="session")
def host(slapd):
    """An identity with a host's rights and a password."""
    admin = slapd.as_admin()
    name = "cn=login1.example.org"
    dn = f"{name},ou=hosts,{slapd.suffix}"
    admin.create(dn, objectClass=["organizationalRole", "simpleSecurityObject"], cn=name[3:], userPassword=PASSWORD)
    return dn


@pytest.fixture
def service(office):
    """The real login service on a socket of its own."""
    socket_file = office.folder / "login.sock"
    programs = ["--worker", BUILD / "mycred-login", "--sender", BUILD / "mycred-send"]
    command = [BUILD / "mycred-logind", "--socket", socket_file, "--conf", office.conf, *programs]
    with subprocess.Popen(list(map(str, command)), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        poll(socket_file.is_socket, 10, "the socket")
        yield socket_file
        process.terminate()


@pytest.fixture
def good(office, gateway, mail, service):
    """An office in which everything is right."""
    office.set(
        methods="totp sms email",
        sms_url=gateway.url,
        sms_header="Content-Type: text/plain; charset=UTF-8",
        sms_body="%{text}",
        smtp_url=f"smtp://127.0.0.1:{mail.port}",
        smtp_user=mail.user,
        smtp_password_file=office.secret("smtp.password", f"{mail.password}\n"),
        smtp_ca_file=mail.authority.file,
        mail_from="login@example.org",
        program_dir=BUILD,
    )
    services = office.folder / "pam.d"
    services.mkdir()
    for stack in (ROOT / "pam_mycred" / "pam.d").iterdir():
        (services / stack.name).write_text(stack.read_text())
    office.places = {"--socket": service, "--module": BUILD / "pam_mycred.so", "--pam-dir": services}
    return office


HTTPD = """\
ServerRoot {folder}
LoadModule mycred_module /usr/lib/apache2/modules/mod_mycred.so
IncludeOptional sites/*.conf
"""
SITE = """\
<VirtualHost *:443>
    SSLEngine on
    MycredConfig {conf}
    <Location /mycred/>
        SetHandler mycred
        Require all granted
    </Location>
</VirtualHost>
"""


@pytest.fixture
def web_server(good):
    """An office where the site is: its key, its identity, httpd's configuration, its address."""
    web = f"cn=mycred-web,ou=services,{good.slapd.suffix}"
    classes = ["organizationalRole", "simpleSecurityObject"]
    good.admin.create(web, objectClass=classes, cn="mycred-web", userPassword=PASSWORD)
    certificate_of(good, web, site_url="https://login.example.org/mycred/")
    assert good.run("keygen", "--site").returncode == 0
    good.httpd, good.site = good.folder / "httpd.conf", good.folder / "sites" / "mycred.conf"
    good.site.parent.mkdir()
    good.httpd.write_text(HTTPD.format(folder=good.folder))
    good.site.write_text(SITE.format(conf=good.conf))
    good.places["--httpd"] = good.httpd
    yield good
    good.admin.delete_s(web)
