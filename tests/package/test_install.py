# SPDX-License-Identifier: Apache-2.0
"""README's installation, command by command, on a Debian machine that was not there a minute before."""

import re
import secrets
import shutil
import tempfile
import textwrap
from pathlib import Path

import pexpect
import pytest
from guard import tree
from stack.cert import Authority
from stack.otp import totp
from stack.server import ROOT

from .fresh import Fresh, Shell, Visitor

# with the way to the mirror, and a build
pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]

# What the machine is before mycred comes, as README says.
BASE = ["ca-certificates", "iproute2", "make", "procps"]
SERVERS = "openssh-server openssh-client slapd ldap-utils nslcd libnss-ldapd libpam-ldapd apache2 sudo".split()
ANSWERS = """\
slapd slapd/domain string example.org
slapd shared/organization string Example
slapd slapd/password1 password {admin}
slapd slapd/password2 password {admin}
nslcd nslcd/ldap-uris string ldapi:///
nslcd nslcd/ldap-base string dc=example,dc=org
libnss-ldapd libnss-ldapd/nsswitch multiselect passwd, group, shadow
"""
PEOPLE = """\
dn: ou=people,dc=example,dc=org
objectClass: organizationalUnit

"""
PERSON = """\
dn: uid={login},ou=people,dc=example,dc=org
objectClass: inetOrgPerson
objectClass: posixAccount
cn: {login}
sn: {login}
uidNumber: {number}
gidNumber: 100
homeDirectory: /tmp
loginShell: /bin/sh
mail: {login}@example.org
userPassword: {password}

"""
SITE = "https://www.example.org/mycred/"


def section():
    return re.search(r"^## Install it for real$(.*?)^## ", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)[1]


def blocks():
    return [textwrap.dedent(block) for block in re.findall(r"^ *```sh\n(.*?)^ *```$", section(), re.MULTILINE | re.DOTALL)]


def removal():
    return re.search(r"`(apt purge [^`]*)`", section())[1]


class Office:
    """The machine and what its administrator knows."""

    def __init__(self, folder):
        self.machine = Fresh(folder)
        self.authority = Authority(folder / "tls")
        self.admin, self.password, self.root = (f"quiet-{secrets.token_hex(10)}" for _ in range(3))
        self.secret = None

    def prepare(self):
        machine = self.machine
        machine.bootstrap(BASE)
        machine.write("/root/answers", ANSWERS.format(admin=self.admin))
        machine.install(
            "apt-get update -q; apt-get install -q -y --no-install-recommends debconf-utils;"
            f"debconf-set-selections /root/answers; apt-get install -q -y --no-install-recommends {' '.join(SERVERS)}"
        )
        machine.copy(tree.files())

    def build(self, command):
        """The one step that needs Debian's mirror, with what the packages depend on."""
        self.machine.install(f"cd /root/mycred; {command}; apt-get install -q -y --download-only ./build/deb/*_0*.deb")

    def start(self):
        machine = self.machine
        certificate, key = self.authority.issue("www", "DNS:www.example.org")
        machine.write("/etc/ssl/certs/ssl-cert-snakeoil.pem", certificate.read_text())
        machine.write("/etc/ssl/private/ssl-cert-snakeoil.key", key.read_text(), 0o600)
        machine.write("/etc/hosts", "127.0.0.1 localhost www.example.org\n")
        machine.write("/root/admin.password", self.admin, 0o600)
        machine.write("/root/people.ldif", PEOPLE + "".join(
            PERSON.format(login=login, number=number, password=self.password) for login, number in (("alice", 10001), ("bob", 10002))
        ))
        machine.start("www")
        machine.run("sh", "-ec", f"echo root:{self.root} | chpasswd; useradd -m -p \"$(openssl passwd -6 {self.root})\" local")
        machine.run("service", "slapd", "start")
        machine.run("ldapadd", "-x", "-y", "/root/admin.password", "-D", "cn=admin,dc=example,dc=org", "-f", "/root/people.ldif")
        machine.run("sh", "-ec", "a2enmod -q ssl; a2ensite -q default-ssl; for name in nslcd ssh apache2; do service $name start; done")

    def follow_readme(self, shell):
        """Every block but the first line of the first, which is build()'s."""
        first, *rest = blocks()
        self.said = {}
        for block in [first.split("\n", 1)[1], *rest]:
            self.said[block] = shell.type(block, [
                ("[Y/n]", lambda shown: "y"),
                ("Enter LDAP Password:", lambda shown: self.admin),
                ("Code that the device shows: ", lambda shown: self.code(shown, -1)),
                ("The next code, once it has changed: ", lambda shown: self.code(shown, 0)),
            ])
            if "keygen" in block:
                self.start_service()

    def start_service(self):
        """What systemd does, which does not run here."""
        service = "/usr/libexec/mycred/mycred-logind --socket /run/mycred/login.sock"
        self.machine.run("sh", "-c", f"mkdir /run/mycred; cd /; setsid {service} &")

    def code(self, shown, steps):
        """A code of the device that `mycred enrol` shows."""
        self.secret = re.search(r"secret=([A-Z2-7]+)", shown)[1]
        return totp(self.secret, steps)

    def forget_steps(self):
        """As if the device's last code had been used long ago."""
        change = "dn: uid=alice,ou=people,dc=example,dc=org\nchangetype: modify\nreplace: mycredTotpUsed\n"
        self.machine.write("/root/change.ldif", change)
        self.machine.run("ldapmodify", "-x", "-y", "/root/admin.password", "-D", "cn=admin,dc=example,dc=org", "-f", "/root/change.ldif")

    def login(self, user, *answers):
        """ssh to this machine: whether it lets in, and all that was shown."""
        options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "NumberOfPasswordPrompts=1", "PubkeyAuthentication=no"]
        child = self.machine.spawn("ssh", "-T", *(word for option in options for word in ("-o", option)), f"{user}@localhost", "id -un", timeout=60)
        shown = ""
        for answer in (*answers, None):
            which = child.expect([r"[Pp]assword: ?$", r"[Cc]ode[^\r\n]*: ?$", pexpect.EOF])
            shown += child.before + (child.after if which != 2 else "")
            if which == 2 or answer is None:
                break
            child.sendline(answer)
        child.close(force=True)
        return child.exitstatus == 0 and shown.rstrip().endswith(user), shown

    def let_in(self, user, *answers):
        allowed, shown = self.login(user, *answers)
        assert allowed, shown

    def refuse(self, user, *answers):
        allowed, shown = self.login(user, *answers)
        assert not allowed, shown


@pytest.fixture(scope="module")
def office():
    folder = Path(tempfile.mkdtemp(prefix="mycred-fresh-"))
    office = Office(folder)
    try:
        office.prepare()
        yield office
    finally:
        office.machine.stop()
        shutil.rmtree(folder, ignore_errors=True)


def test_readme_installs_what_works_and_removes_it(office):
    """MC-SEC-186 README's commands on a new machine: an ssh login with a code, the site, and after a purge passwords again."""
    office.build(blocks()[0].split("\n", 1)[0])
    office.start()
    office.let_in("alice", office.password)
    shell = Shell(office.machine)
    office.follow_readme(shell)
    assert office.said["mycred check\n"].strip() == "ok"

    # alice has a device, bob has none, root and local people are not the directory's
    office.forget_steps()
    office.let_in("alice", office.password, totp(office.secret))
    office.refuse("alice", office.password, "000000")
    office.refuse("alice", office.password)
    office.let_in("bob", office.password)
    office.let_in("local", office.root)

    with office.machine.network():
        visitor = Visitor(SITE, office.authority)
        home = visitor.sign_in("bob", office.password)
        assert home.status == 200 and "Sign out" in home.text, home.text

    # a stack of the administrator's own names the module: it stays, and so does verification
    office.machine.write("/etc/pam.d/by-hand", "auth required pam_mycred.so\n")
    refused = office.machine.run("apt-get", "purge", "-q", "-y", "libpam-mycred", check=False)
    assert refused.returncode != 0 and "/etc/pam.d/by-hand" in refused.stdout
    office.refuse("alice", office.password)
    office.machine.run("rm", "/etc/pam.d/by-hand")

    # unusable configuration: nobody of the directory, local people as ever
    office.machine.run("sh", "-c", "mv /etc/mycred/mycred.conf /root; pkill mycred-logind")
    office.let_in("local", office.root)
    office.refuse("bob", office.password)
    office.machine.run("mv", "/root/mycred.conf", "/etc/mycred")

    shell.type(removal(), [("[Y/n]", lambda shown: "y")])
    for user, password in (("alice", office.password), ("bob", office.password), ("local", office.root)):
        office.let_in(user, password)
    office.machine.run("apache2ctl", "configtest")
    left = office.machine.run("ls", "/etc/mycred").stdout.split()
    assert left == ["login.key", "mycred.conf", "site.key", "site.password"]
