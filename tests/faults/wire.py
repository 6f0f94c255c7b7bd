# SPDX-License-Identifier: Apache-2.0
"""Logins asked of the helper itself: one process for one conversation, one worker, or the whole service."""

import contextlib
import os
import secrets
import signal
import socket
import struct
import subprocess
import tempfile
import time
from pathlib import Path

from service import frames
from stack.login import HELPER, SERVICE
from stack.server import children_of, end, poll

ASK, AUTO, NONE = 1, 2, 3
NULLOK, FIRST_FACTOR, FORWARD_PASS, API_PASSWORD, DECOY, DEBUG = (1 << bit for bit in range(6))
STYLES = {1: "info", 2: "error", 3: "prompt", 4: "choice"}

# What the exchanges may take in all is 20 s; the module waits no longer.
REPLY_SECONDS = 20

LET_IN = {"ok", "off", "exempt"}

SANITIZED = HELPER.exists() and b"__asan_init" in HELPER.read_bytes()


class Reply:
    """One answer of the helper; `lost` stands for a helper that went away without one."""

    def __init__(self, frame):
        self.frame = frame
        self.result = frame.result if frame else "lost"
        self.logs = frame.logs if frame else []
        self.state = frame.get(frames.STATE) if frame else b""
        said = [value for tag, value in frame.fields if tag == frames.MESSAGE] if frame else []
        self.messages = [(STYLES[value[0]], value[1:].decode()) for value in said]
        self.took = 0.0

    @property
    def text(self):
        return "\n".join(text for _, text in self.messages)

    @property
    def lets_in(self):
        return self.result in LET_IN

    def log(self, part):
        """The one line of this reply that holds `part`."""
        found = [line for line in self.logs if part in line]
        assert len(found) == 1, (part, self.result, self.logs)
        return found[0]

    def __repr__(self):
        return f"<{self.result} {self.messages} {self.logs}>"


class Conversation:
    """One login as the module would have it; `ask` carries one request frame and brings the reply's."""

    def __init__(self, ask, user, service="sshd", fallback=ASK, prompts=3, flags=NULLOK, **fields):
        self.ask, self.user, self.prompts = ask, user.encode() if isinstance(user, str) else user, prompts
        self.id = secrets.token_hex(8)
        self.fixed = [(frames.SERVICE, service.encode()), (frames.FLAGS, struct.pack(">I", flags))]
        self.fixed += [(frames.FALLBACK, bytes([fallback]))]
        self.fields = fields
        self.state = b""
        self.reply = None

    def request(self, kind, **fields):
        """The request's frame."""
        given = [(frames.ID, self.id.encode()), (frames.USER, self.user), *self.fixed]
        given += [(frames.PROMPTS_LEFT, bytes([self.prompts]))] if self.prompts > 0 else []
        given += [(frames.STATE, self.state)] if self.state else []
        given += [(getattr(frames, name.upper()), value) for name, value in {**self.fields, **fields}.items()]
        return frames.frame(kind, given)

    def _exchange(self, kind, **fields):
        begin = time.monotonic()
        self.reply = Reply(self.ask(self.request(kind, **fields)))
        self.reply.took = time.monotonic() - begin
        self.state = self.reply.state or self.state
        return self.reply

    def start(self, kind=frames.START):
        return self._exchange(kind)

    def typed(self, text):
        """The frame for an answer at the prompt."""
        self.prompts -= 1
        return self.request(frames.ANSWER, answer_text=text.encode() if isinstance(text, str) else text)

    def answer(self, text):
        self.prompts -= 1
        return self._exchange(frames.ANSWER, answer_text=text.encode() if isinstance(text, str) else text)

    def login(self, *answers):
        """The last reply; answers are given as long as there is a prompt."""
        reply = self.start()
        for text in answers:
            if reply.result != "ask":
                break
            reply = self.answer(text() if callable(text) else text)
        return reply


class Process:
    """A helper with one end of a socket pair as its standard input."""

    mode = "--once"

    def __init__(self, conf, sender="/bin/false", prefix=(), env=None, cwd=None):
        ours, theirs = socket.socketpair()
        self.connection = ours
        self.errors = tempfile.TemporaryFile()
        command = [*prefix, HELPER, self.mode, "--conf", conf, "--sender", sender]
        self.process = subprocess.Popen(
            list(map(str, command)),
            stdin=theirs,
            stdout=subprocess.DEVNULL,
            stderr=self.errors,
            env={} if env is None else env,
            cwd=cwd,
        )
        theirs.close()

    @property
    def pid(self):
        return self.process.pid

    def ask(self, frame):
        self.connection.settimeout(REPLY_SECONDS)
        try:
            self.connection.sendall(self.envelope() + frame)
            return frames.read_frame(self.connection.recv)
        except (BrokenPipeError, ConnectionResetError):
            return None

    def envelope(self):
        return b""

    def cpu_seconds(self):
        """Processor time used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self, seconds=5):
        """Hangs up; the helper must end by itself."""
        self.connection.close()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        self.errors.seek(0)
        expect_no_findings(self.errors.read())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Worker(Process):
    """A worker of the service, with this test as its parent; `budget` is what each exchange may take."""

    mode = "--worker"

    def __init__(self, conf, sender="/bin/false", budget=19, **more):
        super().__init__(conf, sender, **more)
        self.conf, self.sender, self.budget = conf, sender, budget

    def ask(self, frame):
        """Sends what is to be sent, as the service would."""
        reply = super().ask(frame)
        while reply and reply.kind == frames.SEND:
            command = [self.sender, "--conf", self.conf]
            sent = subprocess.run(list(map(str, command)), input=reply.get(frames.JOB)).returncode == 0
            reply = frames.parse(reply.get(frames.IF_SENT)) if sent else super().ask(reply.get(frames.OTHERWISE))
        return reply

    def envelope(self):
        return frames.ENVELOPE.pack(0, int(self.budget * 1000))


class Door:
    """mycred-logind with real workers; each request has a connection of its own."""

    def __init__(self, folder, conf, sender="/bin/false", **options):
        self.folder = Path(folder)
        self.socket = self.folder / "login.sock"
        self.log_file = self.folder / "service.log"
        self.options = {"socket": self.socket, "conf": conf, "worker": HELPER, "sender": sender, **options}
        self.process = None

    def start(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        words = [word for name, value in self.options.items() for word in (f"--{name}", str(value))]
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", str(SERVICE), *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env={},
            )
        poll(self.answers, 10, "the service to listen")
        return self

    def answers(self):
        assert self.process.poll() is None, self.log()
        with contextlib.suppress(OSError), self.connect():
            return True
        return False

    def connect(self):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(REPLY_SECONDS)
        connection.connect(str(self.socket))
        return connection

    def ask(self, frame):
        try:
            with self.connect() as connection:
                connection.sendall(frame)
                return frames.read_frame(connection.recv)
        except (ConnectionError, FileNotFoundError):
            return None

    def log(self):
        return self.log_file.read_text()

    def children(self):
        return children_of(self.process.pid)

    def workers(self):
        return [pid for pid in self.children() if program_of(pid) == HELPER.name]

    def stop(self, first=signal.SIGTERM):
        if self.process is not None:
            end(self.process, 10, first)
            self.process = None
            expect_no_findings(self.log_file.read_bytes())

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


def expect_no_findings(said):
    """Nothing of the sanitizers, where the programs are built with them."""
    assert b"Sanitizer" not in said and b"runtime error" not in said, said.decode(errors="replace")


def program_of(pid):
    try:
        return Path(os.readlink(f"/proc/{pid}/exe")).name
    except OSError:
        return ""
