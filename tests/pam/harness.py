# SPDX-License-Identifier: Apache-2.0
"""A scripted helper behind a socket, and the host program that runs the module in a private service."""

import json
import os
import shutil
import socket
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path

from service import frames
from service.frames import ANSWER_TEXT, FLAGS, LOG, MESSAGE, REPLY, RESULT, STATE
from stack.server import BUILD, ROOT, runs

INFO, ERROR, PROMPT, CHOICE = 1, 2, 3, 4
NULLOK, FIRST_FACTOR, FORWARD_PASS, API_PASSWORD, DECOY, DEBUG, MUST_CHANGE = (1 << bit for bit in range(7))
SANITIZED = "sanitize" in os.environ.get("CFLAGS", "")
FILLER = "\b\n\r\x7fINCORRECT"


def reply(result, *messages, state=b"", logs=(), flags=0):
    """A reply frame; messages are (style, text), logs (priority, line)."""
    fields = [(RESULT, bytes([frames.RESULTS.index(result)]))]
    fields += [(FLAGS, flags.to_bytes(4, "big"))] if flags else []
    fields += [(STATE, state)] if state else []
    fields += [(MESSAGE, bytes([style]) + text.encode()) for style, text in messages]
    fields += [(LOG, bytes([priority]) + line.encode()) for priority, line in logs]
    return frames.frame(REPLY, fields)


def ask(*infos, prompt="Code: ", state=b"s", logs=()):
    return reply("ask", *((INFO, text) for text in infos), (PROMPT, prompt), state=state, logs=logs)


def ask_then(result, **more):
    """A helper's whole behaviour: a prompt, and one result for whatever is answered."""

    def answer(request):
        return ask() if request.kind in (frames.START, frames.CHECK_OLD) else reply(result, **more)

    return answer


class Last(bytes):
    """What a helper sends before it hangs up."""


class FakeHelper:
    """Answers each request with the next of `script`, or by calling `script`.

    An item is a frame, Last bytes, or None: say nothing, hold the line.
    """

    def __init__(self, path):
        self.path, self.requests, self.script = path, [], []
        self.held = []
        self.lock = threading.Lock()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        path.chmod(0o666)
        self.listener.listen(1000)
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for one in self.held:
            one.close()
        self.path.unlink(missing_ok=True)

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _next(self, request):
        with self.lock:
            self.requests.append(request)
            if callable(self.script):
                return self.script(request)
            return self.script.pop(0) if self.script else reply("internal")

    def _serve(self, client):
        try:
            while (request := frames.read_frame(client.recv)) is not None:
                answer = self._next(request)
                if answer is None:
                    self.held.append(client)
                    return
                client.sendall(answer)
                if isinstance(answer, Last):
                    break
        except OSError:
            pass
        client.close()

    @property
    def kinds(self):
        return [request.kind for request in self.requests]

    @property
    def answers(self):
        return [request.get(ANSWER_TEXT).decode() for request in self.requests if request.kind == frames.ANSWER]

    def flags(self, index=0):
        return int.from_bytes(self.requests[index].get(FLAGS, b"\0"), "big")


@dataclass
class Run:
    """What the host reported."""

    lines: list
    status: int
    error: str
    codes: list = field(init=False)

    def __post_init__(self):
        codes = [line["code"] for line in self.lines if "call" in line]
        self.codes = ["IGNORE" if code == "ABORT" else code for code in codes]

    def all(self, key):
        return [line[key] for line in self.lines if key in line]

    @property
    def code(self):
        assert len(self.codes) == 1, self.codes
        return self.codes[0]

    @property
    def conversations(self):
        """Each call of the conversation: a list of (style, text)."""
        return [[tuple(message) for message in call] for call in self.all("conversation")]

    @property
    def prompts(self):
        return [text for call in self.conversations for style, text in call if style in ("prompt", "secret")]

    @property
    def texts(self):
        return [text for call in self.conversations for style, text in call if style in ("info", "error")]

    @property
    def logs(self):
        return [(line["log"], line["text"]) for line in self.lines if "log" in line]

    def log(self, part):
        """The one line that holds `part`."""
        found = [text for _, text in self.logs if part in text]
        assert len(found) == 1, (part, self.logs)
        return found[0]

    @property
    def changes(self):
        return self.all("changed")


class Pam:
    """Services of a private folder, run by the host program."""

    def __init__(self, folder, programs, helper):
        self.folder, self.programs, self.helper = folder, programs, helper
        self.socket = folder / "login.sock"
        self.program = folder / "mycred-login"  # there only where a test puts it

    def options(self, more=""):
        return f"socket={self.socket} helper={self.program} {more}".strip()

    def stack(self, *lines):
        """Writes the service; OURS stands for our module and what it needs to find the fake helper."""
        ours = f"{self.programs / 'pam_mycred.so'} {self.options()}"
        text = "\n".join(lines).replace("OURS", ours).replace("PROBE", str(self.programs / "pam_probe.so"))
        (self.folder / "mycred").write_text(text + "\n")
        (self.folder / "other").write_text("auth required pam_deny.so\n")

    def module(self, options="", before=None):
        """A service with our module alone; `before` are arguments of a probe that comes first.

        libpam never returns PAM_IGNORE, so ABORT stands for it.
        """
        lines = []
        for phase in ("auth", "account", "password"):
            lines += [f"{phase} [success=ignore default=die] PROBE {before}"] if before is not None else []
            if phase == "password":
                lines.append(f"password required OURS {options}")
            else:
                lines.append(f"{phase} [success=1 new_authtok_reqd=done ignore=ignore default=die] OURS {options}")
                lines += [f"{phase} [default=die] PROBE code=26", f"{phase} required PROBE"]
        self.stack(*lines)

    def command(self, *calls, answers=(), flags=(), **options):
        given = [f"{name}={value}" for name, value in options.items()]
        return [
            str(self.programs / "pam_host"),
            f"confdir={self.folder}",
            *flags,
            *given,
            *(f"answer={answer}" for answer in answers),
            *calls,
        ]

    def host(self, *calls, prefix=(), environment=None, cwd=None, timeout=60, **more):
        leaks = {"ASAN_OPTIONS": "detect_leaks=0"} if prefix else {}  # not to be found under strace
        done = subprocess.run(
            [*prefix, *self.command(*calls, **more)],
            capture_output=True,
            text=True,
            errors="backslashreplace",
            env={**os.environ, **leaks, **(environment or {})},
            cwd=cwd,
            timeout=timeout,
        )
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        run = Run(lines, done.returncode, done.stderr)
        assert run.all("done"), (done.returncode, done.stdout, done.stderr)
        assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr
        return run

    def run(self, *calls, options="", before=None, **more):
        self.module(options, before)
        return self.host(*calls, **more)

    def authenticate(self, *script, options="", **more):
        if script:
            self.helper.script = list(script)
        return self.run("authenticate", options=options, **more)


def build(programs):
    """The module as it is shipped, and the host program with it."""
    place = os.environ.get("MYCRED_BUILD", "build")
    subprocess.run(["make", "-s", f"BUILD={place}", f"{place}/pam_mycred.so"], cwd=ROOT, check=True)
    flags = os.environ.get("CFLAGS", "-O1 -g").split()
    common = ["cc", "-std=gnu11", "-D_GNU_SOURCE", "-I.", *flags]
    parts = ["tests/pam/host.c", "tests/pam/host_setup.c", "tests/pam/host_snapshot.c", "tests/pam/host_canary.c"]
    programs.mkdir(parents=True, exist_ok=True)
    subprocess.run([*common, "-rdynamic", "-o", programs / "pam_host", *parts, "-lpam", "-lpthread"], cwd=ROOT, check=True)
    probe = [*common, "-shared", "-fPIC", "-o", programs / "pam_probe.so", "tests/pam/probe.c", "-lpam"]
    subprocess.run(probe, cwd=ROOT, check=True)
    module = programs / "pam_mycred.so"
    module.unlink(missing_ok=True)
    module.symlink_to(BUILD / "pam_mycred.so")


class Program:
    """A program to be started in place of mycred-login."""

    def __init__(self, folder):
        self.folder = folder
        self.path = folder / "mycred-login"
        shutil.copy(Path(__file__).parent / "fake_login.py", self.path)
        self.path.chmod(0o755)
        self.behave("ok")

    def behave(self, behaviour):
        (self.folder / "behaviour").write_text(behaviour)

    @property
    def seen(self):
        notes = self.folder / "seen"
        return [json.loads(line) for line in notes.read_text().splitlines()] if notes.exists() else []

    @property
    def left(self):
        """Those still running. The host says itself whether it has children that nobody waited for."""
        notes = self.folder / "pids"
        pids = notes.read_text().split() if notes.exists() else []
        return [pid for pid in pids if runs(pid)]
