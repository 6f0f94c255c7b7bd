# SPDX-License-Identifier: Apache-2.0
"""The whole stack: directory, people, SMS gateway, mail server, private machine with sshd, login service."""

import base64
import os
import secrets
import shlex
from pathlib import Path

from . import machine as machines
from .cert import Authority
from .httpd import Httpd, available
from .kannel import Kannel
from .login import COMMAND, SERVICE, Login, LoginService
from .machine import Machine, Nslcd
from .mail import Mail
from .people import People
from .server import ROOT, StackError, run
from .slapd import ROOT_OVER_LDAPI, Slapd
from .sshd import Sshd

# pam_unix checks passwords through nslcd's shadow map, which reads as root: so root may read them here.
SITE_ACCESS = (
    f"to attrs=userPassword by self =xw by dn.exact={ROOT_OVER_LDAPI} read by anonymous auth by * none",
    "to attrs=shadowLastChange by self write by * read",
    "to * by * read",
)

# Changed passwords too are kept in a form that pam_unix can check.
SITE_CONFIG = """\
dn: cn=config
changetype: modify
replace: olcPasswordCryptSaltFormat
olcPasswordCryptSaltFormat: $6$%.16s

dn: olcDatabase={-1}frontend,cn=config
changetype: modify
replace: olcPasswordHash
olcPasswordHash: {CRYPT}
"""

# A socket's name may have 107 characters.
FOLDER_MAX = 107 - len("/mycred/run/login.sock")

# The services of the private machine. su as root asks nothing.
SERVICES = ("sshd", "sudo", "sudo-i", "passwd")
SU_SERVICES = ("su", "su-l")
SU_FIRST = "auth     sufficient pam_rootok.so"


class Stack:
    """Everything of one stack lives in its folder and ends with stop().

    sync=False does not make the directory wait for the disk. machine=False leaves out what needs a
    private mount namespace. site_options are added to the site's configuration. say is called with a
    line for each thing that starts.
    """

    def __init__(self, folder, sync=False, machine=True, slapd_debug="0", say=lambda line: None, **site_options):
        self.folder = Path(folder).resolve()
        if len(str(self.folder)) > FOLDER_MAX:
            raise StackError(f"the name {self.folder} is too long for the socket files in it")
        self.say, self.site_options = say, site_options
        self.password = typable_password()
        self.authority = Authority(self.folder / "tls")
        self.slapd = Slapd(
            self.folder / "slapd", self.authority, tcp=True, sync=sync, debug=slapd_debug, access=SITE_ACCESS
        )
        self.people = People(self.slapd.suffix, self.password)
        self.kannel = Kannel(self.folder / "kannel")
        self.mail = Mail(self.folder / "mail", self.authority)
        self.login = Login(self.folder / "mycred")
        self.httpd = Httpd(self.folder / "httpd") if available() else None
        self.machine = Machine(self.folder / "machine", self.slapd) if machine else None
        self.nslcd = Nslcd(self.folder / "machine", self.machine) if machine else None
        self.sshd = Sshd(self.folder / "sshd", self.machine) if machine else None
        self.service = LoginService(self.folder / "mycred", self.machine, self.login) if machine else None
        self.carol_totp = base64.b32encode(os.urandom(20)).decode()
        self.carol_recovery = []
        self.directory = None
        self._started = []

    def start(self):
        try:
            self._start_all()
        except BaseException:
            self.stop()
            raise
        return self

    def _start_all(self):
        self._start(self.slapd, f"directory      {self.slapd.uri}")
        self._fill_directory()
        self._start(self.kannel, f"SMS gateway    {self.kannel.url}")
        self._start(self.mail, f"mail server    smtp://127.0.0.1:{self.mail.port}")
        site = {"site_url": self.httpd.url} if self.httpd is not None else {}
        self.login.configure(self.slapd, self.kannel, self.mail, self.password, **site)
        self._enrol_carol()
        if self.machine is not None:
            self._start_machine()
        if self.httpd is not None:
            self.httpd.conf = self.login.site_conf("site", self.httpd.url, **self.site_options)
            self._start(self.httpd, f"site           {self.httpd.url}")
        for file in self.login.missing:
            self.say(f"NOT BUILT      {file}: the demo runs without it")

    def _start(self, server, line):
        # Noted before it starts: a server of several processes may fail half-way.
        self._started.append(server)
        server.start()
        self.say(line)

    def _fill_directory(self):
        self.slapd.run("ldapmodify", stdin=SITE_CONFIG)
        self.directory = self.slapd.as_admin()
        self.people.add_all(self.directory)
        self.people.add_services(self.directory, self.password)
        run([ROOT / "ldap-schema" / "load", "--uri", self.slapd.ldapi, "--suffix", self.slapd.suffix])
        self.people.add_mycred(self.directory)

    def _enrol_carol(self):
        if COMMAND.exists():
            self.carol_recovery = self.login.enrol("carol", self.carol_totp)

    def _start_machine(self):
        pam = self.machine.etc / "pam.d"
        pam.mkdir(parents=True, exist_ok=True)
        plain = self.login.service_file()
        for name in SERVICES:
            (pam / name).write_text(plain)
        for name in SU_SERVICES:
            (pam / name).write_text(f"{SU_FIRST}\n{plain}")
        self._start(self.machine, "private machine")
        self._start(self.nslcd, "people's names")
        if SERVICE.exists():
            self._start(self.service, f"login service  {self.login.socket}")
        self._start(self.sshd, f"sshd           127.0.0.1 port {self.sshd.port}")

    def restart_directory(self):
        """Stops slapd and starts it again with the same data; nslcd too, which else takes seconds to notice."""
        self.slapd.stop()
        self.slapd.start()
        if self.nslcd is not None:
            self.nslcd.stop()
            self.nslcd.start()

    def start_httpd(self, name="https", **options):
        """One more httpd with the site, over TLS."""
        httpd = Httpd(self.folder / name, self.authority, **options)
        httpd.conf = self.login.site_conf(name, httpd.url)
        self._started.append(httpd)
        return httpd.start()

    def start_sshd(self, service, text=None, more="", log_level="INFO"):
        """One more sshd, for the PAM service of that name (written first if its text is given)."""
        if text is not None:
            self.machine.write_service(service, text)
        sshd = Sshd(self.folder / "sshd", self.machine, service, more, log_level)
        self._started.append(sshd)
        return sshd.start()

    def stop(self):
        while self._started:
            self._started.pop().stop()

    def ended(self):
        """Servers that should run and do not."""
        servers = [server for one in self._started for server in getattr(one, "servers", [one])]
        return [server for server in servers if not server.running()]

    def environment(self):
        """The variables that scripts may rely on."""
        return {
            "MYCRED_DEMO_LDAP_URI": self.slapd.uri,
            "MYCRED_DEMO_LDAP_BASE": self.slapd.suffix,
            "MYCRED_DEMO_ADMIN_DN": self.slapd.admin_dn,
            "MYCRED_DEMO_ADMIN_PW": self.slapd.admin_password,
            "MYCRED_DEMO_LDAP_LDAPI": self.slapd.ldapi,
            "MYCRED_DEMO_PASSWORD": self.password,
            "MYCRED_DEMO_SSH_PORT": str(self.sshd.port),
            "MYCRED_DEMO_SMS_LOG": str(self.kannel.sms_log),
            "MYCRED_DEMO_MAILDIR": str(self.mail.maildir),
            "MYCRED_DEMO_CONF": str(self.login.conf),
            "MYCRED_DEMO_PAM_MODULE": str(self.login.module),
            "MYCRED_DEMO_PAM_ARGS": self.login.args,
            "MYCRED_DEMO_CAROL_TOTP": self.carol_totp,
            **({"MYCRED_DEMO_URL": self.httpd.url, "MYCRED_DEMO_CA": str(self.authority.file)} if self.httpd else {}),
        }

    def write_environment(self, file):
        file.touch(mode=0o600)
        file.write_text("".join(f"{name}={shlex.quote(value)}\n" for name, value in self.environment().items()))


WORDS = "amber birch cedar delta ember flint grove heron ivory jetty linen maple north ocean pearl quartz river".split()


def typable_password():
    """Easy to type, never the same twice, long enough for the example password policy."""
    first, second = secrets.SystemRandom().sample(WORDS, 2)
    return f"{first}-{second}-{secrets.randbelow(9000) + 1000}"


def refusal():
    """Why this machine cannot run the whole stack, "" if it can."""
    return machines.refusal()


__all__ = ["Stack", "StackError", "refusal"]
