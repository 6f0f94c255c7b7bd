# SPDX-License-Identifier: Apache-2.0
"""The demo starts, says how to use it, and leaves nothing behind however it ends."""

import os
import re
import signal
import subprocess
import tempfile
from pathlib import Path

import pexpect
import pytest

from stack.server import ROOT, answers, children_of, poll
from stack.stack import refusal

DEMO = ROOT / "tests" / "stack" / "demo"
VARIABLES = """LDAP_URI LDAP_BASE ADMIN_DN ADMIN_PW LDAP_LDAPI PASSWORD SSH_PORT SMS_LOG MAILDIR
    CONF PAM_MODULE PAM_ARGS CAROL_TOTP URL CA""".split()

pytestmark = pytest.mark.skipif(bool(refusal()), reason=f"this machine refuses a private mount namespace: {refusal()}")


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(prefix="mycred-") as outer:
        folder = Path(outer) / "demo"
        yield folder
        demo(folder, "--stop")


def demo(folder, *arguments):
    return subprocess.run([DEMO, "--folder", folder, *arguments], capture_output=True, text=True, timeout=60)


def environment(folder):
    """The variables of the env file, as a shell reads them."""
    script = f". {folder}/env; set | grep ^MYCRED_DEMO_"
    lines = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout.splitlines()
    return {name: value.strip("'") for name, value in (line.split("=", 1) for line in lines)}


def processes_of(folder):
    """Command lines that name the folder."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if str(folder) in line:
            found.append(line)
    return found


def nothing_left(folder):
    return not processes_of(folder)


def test_detached_demo_answers_and_stops(folder):
    started = demo(folder, "--detach")
    assert started.returncode == 0, started.stderr
    found = environment(folder)
    assert sorted(found) == sorted(f"MYCRED_DEMO_{name}" for name in VARIABLES)
    assert answers(int(found["MYCRED_DEMO_SSH_PORT"]))
    assert Path(found["MYCRED_DEMO_SMS_LOG"]).exists() and Path(found["MYCRED_DEMO_MAILDIR"], "new").is_dir()
    identity = ["-x", "-D", found["MYCRED_DEMO_ADMIN_DN"], "-w", found["MYCRED_DEMO_ADMIN_PW"]]
    for uri in (found["MYCRED_DEMO_LDAP_URI"], found["MYCRED_DEMO_LDAP_LDAPI"]):
        search = ["ldapsearch", "-LLL", "-H", uri, *identity, "-b", found["MYCRED_DEMO_LDAP_BASE"], "uid=bob", "uid"]
        assert "uid: bob" in subprocess.run(search, capture_output=True, text=True, timeout=10).stdout
    assert (folder / "env").stat().st_mode & 0o077 == 0

    again = demo(folder, "--detach")
    assert again.returncode == 0 and "running already" in again.stdout
    assert demo(folder).returncode == 1

    assert "has ended" in demo(folder, "--stop").stdout
    assert nothing_left(folder) and not (folder / "env").exists()
    assert "No demo" in demo(folder, "--stop").stdout


def test_killed_demo_leaves_nothing_and_starts_again(folder):
    assert demo(folder, "--detach").returncode == 0
    os.kill(int(folder.with_suffix(".lock").read_text()), signal.SIGKILL)
    poll(lambda: nothing_left(folder), 10, "the servers to end with their starter")
    assert demo(folder, "--detach").returncode == 0
    assert environment(folder)["MYCRED_DEMO_PASSWORD"]


def test_foreground_demo_shows_messages_and_ends_on_ctrl_c(folder):
    terminal = pexpect.spawn(str(DEMO), ["--folder", str(folder)], timeout=30, encoding="utf-8", dimensions=(50, 200))
    terminal.expect(r"\n  password +(\S+)\r\n")
    assert terminal.match[1] == environment(folder)["MYCRED_DEMO_PASSWORD"]
    terminal.expect("Ctrl-C ends everything")
    with open(environment(folder)["MYCRED_DEMO_SMS_LOG"], "a") as log:
        log.write("+491511234542\tcode 492017\n")
    terminal.expect(r"SMS to \+491511234542\r\n +code 492017")
    new = Path(environment(folder)["MYCRED_DEMO_MAILDIR"], "new", "1")
    new.write_text("X-RcptTo: dave@example.org\nSubject: your code\n\nIt is 492018.\n")
    terminal.expect(r"e-mail to dave@example.org: your code\r\n +It is 492018.")
    terminal.sendintr()
    terminal.expect("Ending the demo.")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0 and nothing_left(folder)


def test_every_server_is_on_loopback(folder):
    assert demo(folder, "--detach").returncode == 0
    lines = subprocess.run(["ss", "-Hltnp"], capture_output=True, text=True, check=True).stdout.splitlines()
    ours = [line for line in lines if any(f"pid={pid}," in line for pid in pids_of(folder))]
    addresses = [line.split()[3] for line in ours]
    assert len(addresses) >= 9
    assert all(re.fullmatch(r"127\.0\.0\.1:\d+", address) for address in addresses)


def pids_of(folder):
    """Every process below the demo's own."""
    wanted, found = {int(folder.with_suffix(".lock").read_text())}, set()
    while wanted:
        pid = wanted.pop()
        found.add(pid)
        wanted |= set(children_of(pid)) - found
    return found
