# SPDX-License-Identifier: Apache-2.0
"""The mail server as a process, and what arrived in it."""

import email
import email.policy
import secrets
from pathlib import Path

from .server import Server, answers, free_port


class Mail(Server):
    """.port takes STARTTLS, .tls_port is TLS from the first byte; .user and .password may sign in."""

    name = "mail"

    def __init__(self, folder, authority):
        super().__init__(folder)
        # Made by the server at the first mail; an empty folder that is no Maildir would be refused.
        self.maildir = self.folder / "maildir"
        self.port, self.tls_port = free_port(), free_port()
        self.user, self.password = "mycred", secrets.token_hex(8)
        self.authority = authority

    def prepare(self):
        self.certificate, self.key = self.authority.issue("mail")
        self.credentials = self.folder / "credentials"
        self.credentials.touch(mode=0o600)
        self.credentials.write_text(f"{self.user}:{self.password}\n")

    def command(self):
        program = Path(__file__).with_name("mailserver.py")
        files = ["--cert", self.certificate, "--key", self.key, "--credentials", self.credentials]
        ports = ["--port", self.port, "--tls-port", self.tls_port]
        return ["/usr/bin/python3", program, *ports, "--maildir", self.maildir, *files]

    def ready(self):
        return answers(self.port) and answers(self.tls_port)

    def arrived(self):
        """The files that hold a mail, oldest first."""
        return sorted((self.maildir / "new").glob("*"), key=lambda file: (file.stat().st_mtime_ns, file.name))


def read_mail(file):
    """The mail in a file, with .recipients, .subject and .text at hand."""
    message = email.message_from_bytes(Path(file).read_bytes(), policy=email.policy.default)
    message.recipients = [part.strip() for part in message.get("X-RcptTo", "").split(",")]
    message.subject = str(message["Subject"])
    body = message.get_body(("plain", "html"))
    message.text = body.get_content() if body is not None else ""
    return message
