# SPDX-License-Identifier: Apache-2.0
"""The way to the helper: its service, the program started in its place, and how either can fail."""

import os
import re
import socket
import struct
import subprocess
import sys
import threading
import time

import pytest

from service import frames

from .harness import INFO, PROMPT, SANITIZED, Last, ask, ask_then, reply

NOBODY = 65534
GOOD = reply("ok")


def test_service_may_be_restarted_while_a_person_thinks(lonely_pam):
    """Nothing is held open between prompt and answer: the next connection takes the answer."""
    listener = listen(lonely_pam)

    def serve():
        client, _ = listener.accept()
        frames.read_frame(client.recv)
        listener.close()
        lonely_pam.socket.unlink()
        successor = listen(lonely_pam)
        client.sendall(ask())
        client.close()
        client, _ = successor.accept()
        frames.read_frame(client.recv)
        client.sendall(reply("ok"))
        client.close()
        successor.close()

    threading.Thread(target=serve, daemon=True).start()
    assert lonely_pam.run("authenticate", answers=["1"]).code == "SUCCESS"


BROKEN = {
    "no magic": b"xx" + GOOD[2:],
    "other version": GOOD[:2] + b"\2" + GOOD[3:],
    "request for a reply": GOOD[:3] + b"\1" + GOOD[4:],
    "no result": reply("ok")[:4] + struct.pack(">I", 0),
    "result out of range": GOOD[:-1] + b"\xff",
    "unknown tag": frames.frame(frames.REPLY, [(frames.RESULT, b"\1"), (99, b"")]),
    "result twice": frames.frame(frames.REPLY, [(frames.RESULT, b"\1")] * 2),
    "size over the maximum": GOOD[:4] + b"\0\1\0\1",
    "prompt with success": reply("ok", (PROMPT, "Code: ")),
    "ask without prompt": reply("ask", (INFO, "text")),
    "terminal garbage": b"\x1b" * 100,
}


@pytest.mark.parametrize("name", BROKEN)
def test_malformed_reply_denies(pam, name):
    """MC-SEC-55: what does not parse is no proof."""
    run = pam.authenticate(BROKEN[name], options="nullok")
    assert run.code == "SYSTEM_ERR"
    assert len(run.logs) == 1


@pytest.mark.parametrize("size", range(0, len(GOOD)))
def test_reply_cut_anywhere_denies(pam, size):
    """MC-SEC-55: a helper that dies while it answers."""
    run = pam.authenticate(Last(GOOD[:size]), options="nullok")
    assert run.code == "AUTHINFO_UNAVAIL"
    assert "step=end-of-file" in run.log("event=failed") or "step=receive" in run.log("event=failed")


def listen(pam):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(pam.socket))
    listener.listen()
    return listener


def test_trickling_reply_is_read(lonely_pam):
    """MC-SEC-59: short reads are no fault inside the deadline."""
    listener = listen(lonely_pam)

    def trickle():
        for answer in ask("x" * 200), reply("ok"):
            client, _ = listener.accept()
            frames.read_frame(client.recv)
            for byte in answer:
                client.send(bytes([byte]))
            client.close()

    threading.Thread(target=trickle, daemon=True).start()
    assert lonely_pam.run("authenticate", answers=["1"]).code == "SUCCESS"
    listener.close()


def test_largest_reply_is_read(pam):
    run = pam.authenticate(reply("ask", (INFO, "y" * 60000), (PROMPT, "Code: "), state=b"s" * 5000), reply("ok"), answers=["1"])
    assert run.code == "SUCCESS"
    assert run.texts == ["y" * 60000]
    assert pam.helper.requests[1].get(frames.STATE) == b"s" * 5000


def test_silent_helper_is_given_up_at_the_deadline(pam):
    """MC-SEC-59: 20 s of network time, then PAM_AUTHINFO_UNAVAIL."""
    start = time.monotonic()
    run = pam.authenticate(None, options="nullok")
    assert 19 < time.monotonic() - start < 22
    assert run.code == "AUTHINFO_UNAVAIL"
    assert "step=deadline" in run.log("event=failed")


def test_sockets_of_strangers_are_refused(lonely_pam, program):
    """Who listens there sees passwords: root, or the caller's own uid."""
    server = (
        "import os,socket,sys\n"
        f"os.setuid({NOBODY})\n"
        f"s=socket.socket(socket.AF_UNIX)\ns.bind('{lonely_pam.socket}')\ns.listen()\nprint('up',flush=True)\n"
        "c,_=s.accept()\nprint(len(c.recv(100)))\n"
    )
    lonely_pam.folder.chmod(0o777)
    process = subprocess.Popen([sys.executable, "-c", server], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "up\n"
    run = lonely_pam.run("authenticate", options="first_factor nullok", answers=["hunter2"])
    assert run.code == "SERVICE_ERR"
    assert "result=untrusted" in run.log("step=peer")
    assert process.communicate()[0] == "0\n"  # not one byte was sent
    assert program.seen == []


def test_own_socket_is_trusted(lonely_pam, programs):
    """A lock screen's user, and tests, may run a helper of their own."""
    server = (
        "import os,socket\n"
        f"os.setuid({NOBODY})\n"
        f"s=socket.socket(socket.AF_UNIX)\ns.bind('{lonely_pam.socket}')\ns.listen()\nprint('up',flush=True)\n"
        f"c,_=s.accept()\nc.recv(1000)\nc.sendall({reply('ok')!r})\n"
    )
    lonely_pam.folder.chmod(0o777)
    with subprocess.Popen([sys.executable, "-c", server], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "up\n"
        assert lonely_pam.run("authenticate", uid=NOBODY).code == "SUCCESS"


def test_users_reach_the_service_of_root(pam):
    pam.helper.script = ask_then("ok")
    assert pam.run("authenticate", answers=["1"], uid=NOBODY).code == "SUCCESS"


def test_missing_helper_is_an_error(lonely_pam):
    run = lonely_pam.run("authenticate", options="nullok ignore_unknown_user")
    assert run.code == "SERVICE_ERR"
    assert "step=start error=ENOENT" in run.log("event=failed")


def test_only_root_starts_the_program(lonely_pam, program):
    run = lonely_pam.run("authenticate", uid=NOBODY, answers=["1"])
    assert run.code == "SERVICE_ERR"
    assert "step=connect error=ENOENT" in run.log("event=failed")
    assert program.seen == []


def test_program_is_started_where_there_is_no_service(lonely_pam, program):
    """MC-SEC-63: nothing of the host's environment reaches it, not even a directory to read ldaprc from."""
    lonely_pam.module("conf=/etc/other.conf")
    hostile = {"LDAPCONF": "/tmp/x", "LDAPTLS_REQCERT": "never", "https_proxy": "http://x", "SSLKEYLOGFILE": "/tmp/k"}
    run = lonely_pam.host("authenticate", answers=["1"], environment=hostile, flags=["--reaper", "--alarm"], descriptors=50)
    assert (run.code, run.changes) == ("SUCCESS", [])
    [seen] = program.seen
    assert seen["argv"][1:] == ["--once", "--conf", "/etc/other.conf"]
    assert set(seen["environment"]) <= {"GNUTLS_NO_IMPLICIT_INIT", "LC_CTYPE"}  # the latter set by Python itself
    assert seen["cwd"] == "/"
    assert int(seen["blocked"], 16) == 0
    pythons_own, libcs_own = 1 << 12 | 1 << 24, 3 << 31
    assert int(seen["ignored"], 16) & ~(pythons_own | libcs_own) == 0
    assert seen["own_session"]
    descriptors = {int(number): target for number, target in seen["descriptors"].items()}
    assert descriptors.pop(0).startswith("socket:")
    assert descriptors.pop(1) == descriptors.pop(2) == "/dev/null"
    assert all("/proc/" in target or "pids" in target for target in descriptors.values())


def test_program_serves_the_whole_conversation(lonely_pam, program):
    """Started once, and ended with the call."""
    run = lonely_pam.run("authenticate", "authenticate", answers=["1", "1"])
    assert run.codes == ["SUCCESS", "SUCCESS"]
    assert len(program.seen) == 2


def test_program_that_dies_is_no_proof(lonely_pam, program):
    """MC-SEC-55"""
    program.behave("die")
    run = lonely_pam.run("authenticate", options="nullok", answers=["1"])
    assert (run.code, run.changes) == ("AUTHINFO_UNAVAIL", [])


def test_program_that_ended_while_the_person_was_thinking_is_no_proof(lonely_pam, program):
    """Another one is started where it was seen to be gone, and never is anything taken for a proof."""
    program.behave("die after the prompt")
    run = lonely_pam.run("authenticate", options="nullok", answers=["1", "1", "1"])
    assert run.code in ("AUTHINFO_UNAVAIL", "AUTH_ERR")
    assert run.changes == []


def test_deaf_program_is_killed(lonely_pam, program):
    """It is told by end of file; half a second later it is killed by its pidfd."""
    program.behave("deaf after the reply")
    start = time.monotonic()
    run = lonely_pam.run("authenticate")
    assert (run.code, run.changes) == ("SUCCESS", [])
    assert time.monotonic() - start < 5


@pytest.mark.long
def test_mute_program_is_killed_at_the_deadline(lonely_pam, program):
    """MC-SEC-59"""
    program.behave("mute")
    start = time.monotonic()
    run = lonely_pam.run("authenticate", options="nullok")
    assert 19 < time.monotonic() - start < 23
    assert (run.code, run.changes) == ("AUTHINFO_UNAVAIL", [])


@pytest.mark.parametrize("content, mode, error", [(b"", 0o755, "ENOEXEC"), (b"#!/usr/bin/python3\n", 0o644, "EACCES")])
def test_program_that_cannot_be_started_is_an_error(lonely_pam, content, mode, error):
    lonely_pam.program.write_bytes(content)
    lonely_pam.program.chmod(mode)
    run = lonely_pam.run("authenticate", options="nullok")
    assert run.code == "SERVICE_ERR"
    assert f"error={error}" in run.log("step=start")


def test_program_is_started_when_the_service_has_gone(lonely_pam, program):
    """A socket file that nobody listens behind any more."""
    listen(lonely_pam).close()
    assert lonely_pam.run("authenticate", answers=["1"]).code == "SUCCESS"


def test_program_is_started_when_the_service_accepts_nobody(lonely_pam, program):
    """A full queue is waited for, two seconds, and nothing has been sent by then."""
    listener = listen(lonely_pam)
    listener.listen(0)
    waiting = socket.socket(socket.AF_UNIX)
    waiting.connect(str(lonely_pam.socket))
    start = time.monotonic()
    assert lonely_pam.run("authenticate", answers=["1"]).code == "SUCCESS"
    assert time.monotonic() - start >= 2
    waiting.close()
    listener.close()


def test_service_that_hangs_up_is_not_replaced(pam):
    """Once a byte was sent nothing is started: the attempt may have been counted."""
    program_log = pam.folder / "pids"
    pam.program.write_text(f"#!/bin/sh\necho $$ >>{program_log}\n")
    pam.program.chmod(0o755)
    assert pam.authenticate(Last(), options="nullok").code == "AUTHINFO_UNAVAIL"
    assert not program_log.exists()


def test_only_libpam_and_libc_are_loaded(programs):
    """sshd maps nothing else for us; nothing but the entry points is visible."""
    module = os.path.realpath(programs / "pam_mycred.so")
    dynamic = subprocess.run(["readelf", "-dW", module], capture_output=True, text=True, check=True).stdout
    needed = {line.split("[")[1].rstrip("]") for line in dynamic.splitlines() if "(NEEDED)" in line}
    assert {name for name in needed if "asan" not in name and "ubsan" not in name} == {"libpam.so.0", "libc.so.6"}
    assert "NODELETE" in dynamic and "NOW" in dynamic and "NOOPEN" not in dynamic
    symbols = subprocess.run(["nm", "-D", "--defined-only", module], capture_output=True, text=True, check=True).stdout
    names = {line.split()[-1] for line in symbols.splitlines()}
    assert names == {"pam_sm_authenticate", "pam_sm_setcred", "pam_sm_acct_mgmt", "pam_sm_chauthtok"}


@pytest.mark.skipif(SANITIZED, reason="the sanitizer keeps state of its own")
def test_module_has_no_variables(programs):
    """MC-SEC-69: nothing that threads could share: what the compiler's start files bring, and no more."""
    module = os.path.realpath(programs / "pam_mycred.so")
    sections = subprocess.run(["readelf", "-SW", module], capture_output=True, text=True, check=True).stdout
    sizes = {name: int(size, 16) for name, size in re.findall(r" (\.data|\.bss) +\w+ +\w+ \w+ (\w+)", sections)}
    assert sizes == {".data": 8, ".bss": 8}
