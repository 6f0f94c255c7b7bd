# SPDX-License-Identifier: Apache-2.0
"""Times whole processes inside the private machine, from a small process there (stopwatch.c)."""

import subprocess

from stack.machine import ENVIRONMENT
from stack.server import StackError

from . import programs
from .crowd import NEXT, USED

NS = 1e6  # nanoseconds of a millisecond


class Stopwatch:
    """.processor: milliseconds of processor time that the last command used, its children's included."""

    def __init__(self, machine, output="/dev/null"):
        self.process = subprocess.Popen(
            machine.enter([programs.path("stopwatch"), output]),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            env=ENVIRONMENT,
        )

    def time(self, command):
        """Milliseconds from the start of a command to its end, which must be a good one."""
        self.process.stdin.write("\x1f".join(map(str, command)) + "\n")
        taken, status, used = map(int, self.process.stdout.readline().split())
        if status != 0:
            raise StackError(f"{' '.join(map(str, command))}: status {status >> 8}, signal {status & 127}")
        self.processor = used / 1e3
        return taken / NS

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


class Pace:
    """The directory's own time for a login's operations, over a connection that is kept (pace.c)."""

    def __init__(self, crowd):
        where = [crowd.slapd.ldapi, crowd.slapd.suffix, crowd.group_base]
        command = [programs.path("pace"), *where, USED, NEXT]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
        self.process = subprocess.Popen(command, **pipes)

    def time(self, login):
        self.process.stdin.write(f"{login}\n")
        taken = self.process.stdout.readline()
        if not taken:
            raise StackError(f"the directory refused the operations of a login by {login}")
        return int(taken) / NS

    def stop(self):
        self.process.stdin.close()
        self.process.wait()
