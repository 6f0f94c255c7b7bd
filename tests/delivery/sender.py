# SPDX-License-Identifier: Apache-2.0
"""Runs mycred-send as its caller does, and holds what is true of every run."""

import os
import re
import secrets
import subprocess
import time
from dataclasses import dataclass, field

from stack.server import BUILD

PROGRAM = BUILD / "mycred-send"
NUMBER = "+8613800138042"
ADDRESS = "alice@example.org"
FIELD = re.compile(r'(\w+)=("[^"]*"|\S+)')

# What a busy machine may need beyond send_timeout to start and end a process.
GRACE_SECONDS = 1

# Shorter texts stand in any line by chance.
MEANINGFUL = 6

BASE = """\
ldap_uri = ldapi:///
ldap_base = dc=example,dc=org
service_name = Example
send_timeout = {timeout}
"""


@dataclass
class Result:
    status: int
    line: str
    seconds: float
    fields: dict = field(default_factory=dict)

    def __getattr__(self, name):
        """.cause, .outcome, .gateway, .tries, .reason: the fields of the line."""
        try:
            return self.fields[name]
        except KeyError:
            raise AttributeError(f"no {name} in: {self.line}") from None

    @property
    def answered(self):
        """The status that the other side gave."""
        return int(self.fields.get("status", 0))


class Sender:
    """mycred-send with a configuration of its own in a folder of its own."""

    def __init__(self, folder, lines, timeout=3, password=None):
        self.folder = folder
        self.conf = folder / "mycred.conf"
        self.timeout = timeout
        self.password = password or f"canary-{secrets.token_hex(8)}"
        self.password_file = folder / "password"
        self.password_file.touch(mode=0o600)
        self.password_file.write_text(self.password + "\n")
        self.conf.write_text(BASE.format(timeout=timeout) + lines.replace("PASSWORD_FILE", str(self.password_file)))
        self.conf.chmod(0o644)

    def sms(self, text="123456 is your code.", to=NUMBER, **options):
        return self.run(f"channel sms\nto {to}\nid {secrets.token_hex(8)}\n\n{text}", [text, to, to[1:]], **options)

    def mail(self, text="123456 is your code.\n", to=ADDRESS, subject="Your code: 123456", **options):
        head = f"channel email\nto {to}\nsubject {subject}\nmessage-id {secrets.token_hex(8)}@example.org\n"
        return self.run(f"{head}id {secrets.token_hex(8)}\n\n{text}", [text, to, subject], **options)

    def run(self, job, private=(), environment=None, arguments=(), wrapper=()):
        command = [*wrapper, PROGRAM, "--conf", self.conf, *arguments]
        started = time.monotonic()
        job = job.encode() if isinstance(job, str) else job
        done = subprocess.run(command, input=job, capture_output=True, env=environment or {}, timeout=30)
        seconds = time.monotonic() - started
        output = (done.stdout + done.stderr).decode()
        assert done.stderr == b"", output
        assert output.count("\n") == 1 and output.endswith("\n"), output
        assert seconds < self.timeout + GRACE_SECONDS, f"{seconds} s: {output}"
        for secret in [self.password, *private]:
            assert len(secret.strip()) < MEANINGFUL or secret.strip() not in output, output
        line = output.strip()
        result = Result(done.returncode, line, seconds, {name: value.strip('"') for name, value in FIELD.findall(line)})
        assert (result.status == 0) == (result.outcome == "accepted"), line
        return result


def with_environment(**more):
    return dict(os.environ, **more)
