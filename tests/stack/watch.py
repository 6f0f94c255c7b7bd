# SPDX-License-Identifier: Apache-2.0
"""What arrives while a test runs: SMS, e-mails, log lines. Each begins to look when it is made."""

import re
import time

from .mail import read_mail
from .people import PEOPLE
from .server import poll

CODE = re.compile(r"(?<![\d+])\d{6,10}(?!\d)")


def code_in(text):
    """The verification code in a message."""
    return CODE.search(text)[0]


class _Arrivals:
    """Messages are handed out in order of arrival, each once. An address may be a sample person's login name."""

    contact = ""

    def __init__(self):
        self.waiting = []

    def fetch(self):
        """New messages as (addresses, message)."""
        raise NotImplementedError

    def wait(self, to=None, seconds=5):
        """The next message (to that address)."""
        return poll(lambda: self._take(to), seconds, f"a message to {to or 'anybody'}")

    def code(self, to=None, seconds=5):
        """The code in the next message (to that address)."""
        return code_in(self.text_of(self.wait(to, seconds)))

    def all(self):
        """What has arrived by now and was not handed out."""
        self.waiting += self.fetch()
        taken, self.waiting = self.waiting, []
        return [message for _, message in taken]

    def count_after(self, seconds):
        """How many more arrive in that time; for showing that none does."""
        time.sleep(seconds)
        return len(self.all())

    def _take(self, to):
        self.waiting += self.fetch()
        wanted = PEOPLE[to][1].get(self.contact) if to in PEOPLE else to
        for position, (addresses, message) in enumerate(self.waiting):
            if wanted is None or wanted in addresses:
                del self.waiting[position]
                return message
        return None


class Sms(_Arrivals):
    contact = "mobile"

    def __init__(self, log):
        super().__init__()
        self.file = open(log, encoding="utf-8")
        self.file.seek(0, 2)

    def fetch(self):
        lines = (line.rstrip("\n").split("\t", 1) for line in self.file)
        return [([number], text) for number, text in lines]

    @staticmethod
    def text_of(message):
        return message


class Mails(_Arrivals):
    contact = "mail"

    def __init__(self, server):
        super().__init__()
        self.server = server
        self.seen = set(server.arrived())

    def fetch(self):
        new = [file for file in self.server.arrived() if file not in self.seen]
        self.seen.update(new)
        read = [read_mail(file) for file in new]
        return [(mail.recipients, mail) for mail in read]

    @staticmethod
    def text_of(message):
        return message.text


class Log:
    """A log file, from where it ends now."""

    def __init__(self, file):
        self.file = file
        self.start = file.stat().st_size if file.exists() else 0

    @property
    def text(self):
        if not self.file.exists():
            return ""
        with open(self.file, "rb") as log:
            log.seek(self.start)
            return log.read().decode(errors="replace")

    def lines(self, pattern=""):
        return [line for line in self.text.splitlines() if re.search(pattern, line)]

    def wait(self, pattern, seconds=5):
        """The first line that the pattern matches."""
        return poll(lambda: self.lines(pattern), seconds, f"a log line like {pattern}")[0]
