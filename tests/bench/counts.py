# SPDX-License-Identifier: Apache-2.0
"""The directory operations of one login by each method, read from the server's own log."""

import re
import subprocess
import time

from stack.login import HELPER, SENDER
from stack.machine import ENVIRONMENT
from stack.otp import totp
from stack.server import StackError
from stack.watch import Mails, Sms

from . import programs, site_counts
from .crowd import USED
from .figures import Note, Row, Sample
from .ground import restart_with_log

OPERATION = re.compile(r" conn=(\d+) op=(\d+) (BIND|SRCH|MOD|CMP|EXT|PASSMOD|ABANDON|UNBIND)\b(?! attr)")
WORDS = {"SRCH": "search", "MOD": "modify"}

# What a login by each method cannot do without: read, charge, spend; where a code is sent, issue it. That somebody has
# chosen nothing is believed only when a second search shows that nothing is hidden.
NEEDED = {"totp": 3, "recovery": 3, "sms": 4, "email": 4, "off": 2}
WHO = {"totp": "carol", "recovery": "carol", "sms": "bob", "email": "dave", "off": "alice"}
GROUP_SEARCHES = {"off": 1}
QUIET_SECONDS = 0.1

# People may have chosen no verification.
SERVICE = "auth [success=ok ignore=ignore default=die] {} nullok\nauth required pam_permit.so\n"


class Log:
    def __init__(self, slapd):
        self.slapd = slapd
        self.position = slapd.log.stat().st_size

    def operations(self):
        """Operations since the last call, in order, once the log is quiet."""
        while True:
            size = self.slapd.log.stat().st_size
            time.sleep(QUIET_SECONDS)
            if self.slapd.log.stat().st_size == size:
                break
        with open(self.slapd.log, "rb") as file:
            file.seek(self.position)
            text = file.read().decode(errors="replace")
        self.position += len(text.encode())
        found = {}
        for connection, number, word in OPERATION.findall(text):
            found.setdefault((connection, number), WORDS.get(word, word.lower()))
        return list(found.values())


class Person:
    """Signs in one of the demo's people by their method; the code comes when it is asked for."""

    def __init__(self, ground, method):
        self.ground, self.method, self.login = ground, method, WHO[method]
        stack = ground.stack
        sources = {
            "totp": lambda: totp(stack.carol_totp),
            "recovery": lambda: stack.carol_recovery.pop(),
            "sms": lambda: self.arrivals.code("bob"),
            "email": lambda: self.arrivals.code("dave"),
            "off": lambda: "",
        }
        self.code = sources[method]
        self.arrivals = Sms(stack.kannel.sms_log) if method == "sms" else Mails(stack.mail)

    def prepare(self):
        stack = self.ground.stack
        fresh = {"mycredTotpUsed": USED} if self.login == "carol" else {}
        if self.method in ("sms", "email"):
            fresh = {"mycredChallenge": None, "mycredSendTime": None}
        if fresh:
            stack.directory.replace(stack.people.dn(self.login), **fresh)

    def sign_in(self, service):
        command = [programs.path("login"), self.ground.pam, service, self.login, "-"]
        machine = self.ground.stack.machine
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": ENVIRONMENT}
        with subprocess.Popen(machine.enter(command), **pipes) as process:
            # Its end, or the line that says that it was asked.
            if process.stdout.readline():
                process.stdin.write(self.code() + "\n")
                process.stdin.flush()
            if process.wait(30) != 0:
                raise StackError(f"{self.login} could not sign in by {self.method}: PAM code {process.returncode}")


def count(log, person, service):
    """The operations of a login when everything is warm: not the first one of the day, the worker connected."""
    for _ in range(2):
        person.prepare()
        log.operations()
        person.sign_in(service)
        found = log.operations()
    return found


def helper_with_sender(ground):
    """Started for one conversation, the helper looks for the sender where it is installed; here it is not."""
    script = ground.folder / "mycred-login"
    script.write_text(f'#!/bin/sh\nexec {HELPER} "$@" --sender {SENDER}\n')
    script.chmod(0o755)
    return script


def rows(ground):
    helper = helper_with_sender(ground)
    restart_with_log(ground.stack.slapd)
    log = Log(ground.stack.slapd)
    lines = [Note("Directory operations of one login, and of the site, from the server's log", title=True)]
    for crowd, what in ((ground.plain, ""), (ground.groups, ", group rules")):
        (ground.pam / crowd.name).write_text(SERVICE.format(crowd.module()))
        (ground.pam / f"{crowd.name}-once").write_text(SERVICE.format(crowd.module(False, helper)))
        for method in NEEDED:
            person = Person(ground, method)
            needed = NEEDED[method] + (GROUP_SEARCHES.get(method, 2) if crowd is ground.groups else 0)
            for service, mode, more in ((crowd.name, "service", 0), (f"{crowd.name}-once", "one conversation", 2)):
                found = count(log, person, service)
                lines.append(line(f"{method}, {mode}{what}", found, needed + more))
    lines.append(Note("somebody's first login of a day notes that day: one modify more"))
    return [*lines, *site_counts.rows(ground, log)]


def line(what, found, needed):
    row = Row(what, Sample([len(found)], "operations"), f"{needed} needed", len(found) / needed, 1.0)
    row.what = f"{what}: {' '.join(found)}"
    return row
