# SPDX-License-Identifier: Apache-2.0
"""What every server of the stack has in common: a private folder, a log, a start, a readiness check, an end."""

import os
import random
import signal
import socket
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Sanitized builds live in a folder of their own.
BUILD = ROOT / os.environ.get("MYCRED_BUILD", "build")
LOOPBACK = "127.0.0.1"

# Below the range the kernel gives to outgoing connections, so that no client takes a port between
# the moment it is chosen and the moment its server binds it.
PORTS = range(20000, 30000)
_given = set()


class StackError(Exception):
    """A server did not start or answer; the text is one sentence for people."""


def free_port():
    for port in random.sample(PORTS, 200):
        if port not in _given and _can_bind(port):
            _given.add(port)
            return port
    raise StackError(f"no free port between {PORTS.start} and {PORTS.stop} on {LOOPBACK}")


def _can_bind(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def poll(check, seconds, what, every=0.01):
    """Calls check until it returns something true, and returns that; StackError after the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        found = check()
        if found:
            return found
        if time.monotonic() > deadline:
            raise StackError(f"waited {seconds} s for {what}")
        time.sleep(every)


def state_of(pid):
    """The letter proc(5) has for it (T is stopped, Z has ended and waits for its parent); empty when there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):  # the latter when it goes between opening and reading
        return ""


def runs(pid):
    """Whether that process has not ended. Whoever inherits those whose parent has ended may reap them late."""
    return state_of(pid) not in ("", "Z", "X")


def children_of(pid):
    """The processes that it has started and that have not been waited for; none when it is gone itself."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def answers(port):
    """Whether something accepts connections on that port of loopback."""
    try:
        socket.create_connection((LOOPBACK, port), 1).close()
        return True
    except OSError:
        return False


class Server:
    """One process in the foreground with its output in a log file.

    The kernel kills it when the starting process dies, however that dies. (More exactly: when the
    thread that started it ends, so start servers from a thread that stays.) It has a session of its
    own, so that Ctrl-C in a terminal reaches the starting process alone, which ends things in order.
    """

    name = "server"
    start_seconds = 10
    stop_seconds = 5

    def __init__(self, folder):
        self.folder = Path(folder)
        self.process = None

    @property
    def log(self):
        return self.folder / f"{self.name}.log"

    def command(self):
        raise NotImplementedError

    def prepare(self):
        """Writes what the server reads at its start."""

    def ready(self):
        return True

    def start(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.prepare()
        self.process = spawn(self.command(), self.log)
        try:
            poll(self._ready_or_dead, self.start_seconds, f"{self.name} to answer")
        except StackError:
            self.stop()
            raise
        return self

    def _ready_or_dead(self):
        if self.process.poll() is not None:
            raise StackError(f"{self.name} ended at its start; {self.log} ends with: {self.last_words()}")
        return self.ready()

    def last_words(self, lines=5):
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return " | ".join(text.strip().splitlines()[-lines:]) or "(nothing)"

    def running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self):
        if self.process is not None:
            end(self.process, self.stop_seconds)
            self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


def spawn(command, log, **more):
    with open(log, "ab") as out:
        return subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **more,
        )


def end(process, seconds, first=signal.SIGTERM):
    process.send_signal(first)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def run(command, **more):
    """A command that must succeed; its output. StackError says what it complained of."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, **more)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()
        raise StackError(f"{' '.join(map(str, command))}: exit {done.returncode}: {said}")
    return done.stdout
