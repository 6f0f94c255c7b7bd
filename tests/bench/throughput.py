# SPDX-License-Identifier: Apache-2.0
"""How many logins a second the service does for 8 clients, and how many the directory's own operations allow."""

import subprocess

from stack.machine import ENVIRONMENT
from stack.server import StackError

from . import programs
from .figures import Note, Row, Sample

CLIENTS = 8


def rate(ground, people, *what):
    """Logins a second; people is how many each client has for itself."""
    command = [programs.path("rate"), CLIENTS, people, *what]
    done = subprocess.run(
        ground.stack.machine.enter(command), capture_output=True, text=True, env=ENVIRONMENT, timeout=120
    )
    if done.returncode != 0:
        raise StackError(f"rate {what[0]}: {done.stderr.strip()[:300]}")
    logins, seconds = done.stdout.split()
    return int(logins) / float(seconds)


def measure(ground, crowd, rounds, people):
    """(logins a second by PAM, the directory's own): each round one after the other."""
    where = ["directory", crowd.slapd.ldapi, crowd.slapd.suffix, crowd.group_base]
    logins, own = [], []
    for turn in range(rounds + 1):
        crowd.reset_all(CLIENTS * people)
        pair = rate(ground, people, *where), rate(ground, people, "pam", ground.pam, crowd.name)
        if turn:  # the first starts workers, and notes the day of everybody's last use
            own.append(pair[0])
            logins.append(pair[1])
    crowd.reset_all(CLIENTS * people)
    return Sample(logins, "/s"), Sample(own, "/s")


def rows(ground, rounds, people):
    lines = [Note(f"{CLIENTS} logins at a time", title=True)]
    crowds = [
        (ground.disk, "waiting for the disk", people // 2),
        (ground.plain, "never waiting", people),
        (ground.groups, "never waiting, group rules", people),
    ]
    for crowd, what, each in crowds:
        logins, own = measure(ground, crowd, rounds, each)
        lines.append(Row(f"the directory alone, {what}", own))
        lines.append(Row(f"service, {what}", logins, "directory", logins.median / own.median, 0.8, True))
    lines.append(Note("clients, service and directory share this machine's processors; `make demo` waits for the disk"))
    return lines
