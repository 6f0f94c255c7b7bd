# SPDX-License-Identifier: Apache-2.0
"""mycred itself as the stack runs it: its configuration and keys, the PAM module's files, the login service."""

import base64
import os
import shutil
import subprocess
from pathlib import Path

from .machine import Inside
from .server import BUILD, LOOPBACK, ROOT, StackError

MODULE = BUILD / "pam_mycred.so"
HELPER = BUILD / "mycred-login"
SERVICE = BUILD / "mycred-logind"
SENDER = BUILD / "mycred-send"
COMMAND = BUILD / "mycred"
TEMPLATES = ROOT / "mod_mycred" / "templates"

CONFIG = """\
# How the demo's servers are used. Every option: mycred.conf(5).

ldap_uri = {ldapi}
ldap_base = {base}
ldap_bind = external
ldap_group_base = ou=groups,{base}
security_group = cn=security-admins,ou=groups,{base}

login_key_file = {folder}/login.key
site_key_file = {folder}/site.key

service_name = mycred demo
site_url = {site_url}

# A demo is tried again and again; the presets are stricter.
send_interval = 10
sends_per_hour = 60
sends_per_day = 100
sms_per_source = 10000
sms_per_site = 10000
wrong_passwords_per_source = 10000
log_lines_per_source = 0
gateway_pause = 0
contact_hold = 0

sms_url = {sms_url}
sms_header = Content-Type: text/plain; charset=UTF-8
sms_header = X-Kannel-Username: %{{user}}
sms_header = X-Kannel-Password: %{{password}}
sms_header = X-Kannel-From: mycred
sms_header = X-Kannel-To: %{{to}}
sms_header = X-Kannel-Coding: %{{coding}}
sms_body = %{{text}}
sms_user = {sms_user}
sms_password_file = {folder}/sms.password
sms_accept_status = 202
sms_accept_body = ^[03]: (Accepted|Queued) for

smtp_url = smtp://{host}:{smtp_port}
smtp_tls = starttls
smtp_ca_file = {ca}
smtp_user = {smtp_user}
smtp_password_file = {folder}/smtp.password
mail_from = login@example.org

# Nothing is installed.
program_dir = {programs}
"""

FIRST_FACTOR = "auth     requisite  pam_unix.so nodelay"
CHOSEN = "[success=ok ignore=ignore default=die]"

# The last auth line answers to setcred, which sshd asks of a stack that starts afresh.
PAM_SERVICE = """\
{auth}
auth     required   pam_permit.so
account  required   pam_nologin.so
account  required   pam_unix.so
{account}
{password}
session  required   pam_mkhomedir.so umask=0077
session  required   pam_unix.so
"""


class Login:
    """.conf, .module and .args are what a PAM service file needs; .missing are programs not built yet."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.conf = self.folder / "mycred.conf"
        self.socket = self.folder / "run" / "login.sock"
        self.module = MODULE
        self.args = f"conf={self.conf} helper={HELPER} socket={self.socket}"

    @property
    def missing(self):
        return [file for file in (MODULE, HELPER, SERVICE, SENDER, COMMAND) if not file.exists()]

    def configure(self, slapd, kannel, mail, password, site_url="https://login.example.org/"):
        self.base = slapd.suffix
        self.socket.parent.mkdir(parents=True, exist_ok=True)
        for name in ("login.key", "site.key"):
            self._secret(name, f"k1 {_key()}\n")
        self._secret("sms.password", f"{kannel.password}\n")
        self.admin_dn = slapd.admin_dn
        self._secret("admin.password", slapd.admin_password)
        self._secret("smtp.password", f"{mail.password}\n")
        self._secret("service.password", f"{password}\n")
        for name in ("sms.password", "smtp.password"):
            # httpd's children send as a user of their own
            shutil.chown(self.folder / name, group="www-data")
            (self.folder / name).chmod(0o640)
        text = CONFIG.format(
            ldapi=slapd.ldapi,
            base=slapd.suffix,
            folder=self.folder,
            sms_url=kannel.url,
            sms_user=kannel.user,
            host=LOOPBACK,
            smtp_port=mail.port,
            smtp_user=mail.user,
            ca=mail.authority.file,
            programs=BUILD,
            site_url=site_url,
        )
        self.conf.write_text(text)
        self.conf.chmod(0o644)

    def variant(self, name, **options):
        """Another configuration file: the same but for these options; None leaves an option out. Its path."""
        kept = [line for line in self.conf.read_text().splitlines() if line.split("=")[0].strip() not in options]
        changed = [f"{option} = {value}" for option, value in options.items() if value is not None]
        file = self.folder / f"{name}.conf"
        file.write_text("\n".join([*kept, *changed]) + "\n")
        file.chmod(0o644)
        return file

    def site_conf(self, name, url, **options):
        """The configuration of a site at that address: its own identity in the directory, not a host's."""
        return self.variant(
            name,
            site_url=url,
            ldap_bind="simple",
            ldap_bind_dn=f"cn=mycred-web,ou=services,{self.base}",
            ldap_bind_password_file=self.folder / "service.password",
            ldap_setter_dn=f"cn=mycred-setter,ou=services,{self.base}",
            ldap_setter_password_file=self.folder / "service.password",
            program_dir=BUILD,
            template_dir=TEMPLATES,
            **options,
        )

    def _secret(self, name, text):
        file = self.folder / name
        file.touch(mode=0o600)
        file.write_text(text)

    def line(self, kind, control, options="", args=None):
        """One line of a service file for our module; pam_permit stands in while it is not built."""
        module = f"{self.module} {options} {args or self.args}" if self.module.exists() else "pam_permit.so"
        return " ".join(f"{kind:<8} {control} {module}".split())

    def service_file(self, first=FIRST_FACTOR, control=CHOSEN, options="nullok", args=None):
        """A whole service file: first factor, then login verification under that control."""
        return PAM_SERVICE.format(
            auth="\n".join(part for part in (first, self.line("auth", control, options, args)) if part),
            account=self.line("account", "required", options, args),
            password=self.line("password", "required", options, args),
        )

    def command(self, *arguments, **more):
        """Runs the mycred command with this configuration; the finished process."""
        line = [COMMAND, arguments[0], "--conf", self.conf, *arguments[1:]]
        options = {"capture_output": True, "text": True, "timeout": 30}
        return subprocess.run(list(map(str, line)), **{**options, **more})

    def enrol(self, login, secret):
        """Binds a virtual MFA device with that secret and makes it the chosen method; the recovery codes."""
        admin = ["--bind-dn", self.admin_dn, "--password-file", self.folder / "admin.password"]
        done = self.command("enrol", login, "--import", "-", "--choose", "--batch", *admin, input=f"{secret}\n")
        if done.returncode != 0:
            raise StackError(f"mycred enrol {login}: {done.stderr.strip()}")
        return done.stdout.split()


class LoginService(Inside):
    """mycred-logind inside the private machine."""

    name = "mycred-logind"

    def __init__(self, folder, machine, login):
        super().__init__(folder, machine)
        self.login = login

    def inner_command(self):
        programs = ["--worker", HELPER, "--sender", SENDER]
        return [SERVICE, "--socket", self.login.socket, "--conf", self.login.conf, *programs]

    def ready(self):
        return self.login.socket.is_socket()


def _key():
    return base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")
