# SPDX-License-Identifier: Apache-2.0
"""The SMS gateway: Kannel's bearerbox and smsbox, with its fakesmsc as the handset side."""

import secrets
import urllib.request
from pathlib import Path

from .server import LOOPBACK, Server, answers, free_port

# Without our-host the SMS centre's port would listen on every address. The logs of Kannel are kept
# at a level that does not show credentials.
CONFIG = """\
group = core
admin-port = {admin}
admin-interface = {host}
admin-password = {password}
status-password = {password}
admin-allow-ip = {host}
admin-deny-ip = "*.*.*.*"
smsbox-port = {box}
smsbox-interface = {host}
box-allow-ip = {host}
box-deny-ip = "*.*.*.*"
log-file = {folder}/bearerbox.log
log-level = 1
sms-resend-freq = 1

group = smsc
smsc = fake
smsc-id = FAKE
port = {smsc}
our-host = {host}
connect-allow-ip = {host}

group = smsbox
bearerbox-host = {host}
sendsms-interface = {host}
sendsms-port = {sendsms}
log-file = {folder}/smsbox.log
log-level = 1

group = sendsms-user
username = {user}
password = {password}
max-messages = 10
concatenation = true
"""


class Box(Server):
    def __init__(self, folder, name, ready):
        super().__init__(folder)
        self.name = name
        self.ready = ready

    @property
    def log(self):
        return self.folder / f"{self.name}.out"

    def command(self):
        return [f"/usr/sbin/{self.name}", "-v", "1", self.folder / "kannel.conf"]


class Fakesmsc(Server):
    name = "fakesmsc"

    def __init__(self, folder, kannel):
        super().__init__(folder)
        self.kannel = kannel

    def command(self):
        handset = Path(__file__).with_name("handset.py")
        return ["/usr/bin/python3", handset, "--port", self.kannel.smsc, "--log", self.kannel.sms_log]

    def ready(self):
        return "FAKE" in self.kannel.status() and "(online" in self.kannel.status()


class Kannel:
    """Sends by POST to .url with the credentials .user and .password in headers; .sms_log is what arrived."""

    sender = "mycred"

    def __init__(self, folder):
        self.folder = Path(folder)
        self.sms_log = self.folder / "sms.log"
        self.user = "mycred"
        self.password = secrets.token_hex(8)
        self.admin, self.box, self.smsc, self.sendsms = (free_port() for _ in range(4))
        self.bearerbox = Box(self.folder, "bearerbox", lambda: answers(self.admin) and answers(self.box))
        self.smsbox = Box(self.folder, "smsbox", lambda: answers(self.sendsms))
        self.fakesmsc = Fakesmsc(self.folder, self)

    @property
    def url(self):
        return f"http://{LOOPBACK}:{self.sendsms}/cgi-bin/sendsms"

    @property
    def servers(self):
        return [self.bearerbox, self.smsbox, self.fakesmsc]

    def start(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        names = ("admin", "box", "smsc", "sendsms", "user", "password", "folder")
        values = {name: getattr(self, name) for name in names}
        conf = self.folder / "kannel.conf"
        conf.touch(mode=0o600)
        conf.write_text(CONFIG.format(host=LOOPBACK, **values))
        self.sms_log.touch()
        for server in self.servers:
            server.start()
        return self

    def stop(self):
        for server in reversed(self.servers):
            server.stop()

    def status(self):
        page = f"http://{LOOPBACK}:{self.admin}/status.txt?password={self.password}"
        with urllib.request.urlopen(page, timeout=5) as answer:
            return answer.read().decode()

    def send(self, number, text, coding=2):
        """Sends one SMS as a program would; for trying the gateway itself."""
        headers = {**self.headers(coding), "X-Kannel-To": number}
        request = urllib.request.Request(self.url, text.encode(), headers)
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, answer.read().decode()

    def headers(self, coding=2):
        """Coding 2 is UCS-2: every language, and a newline stays inside its message."""
        return {
            "Content-Type": "text/plain; charset=UTF-8",
            "X-Kannel-Username": self.user,
            "X-Kannel-Password": self.password,
            "X-Kannel-From": self.sender,
            "X-Kannel-Coding": str(coding),
        }
