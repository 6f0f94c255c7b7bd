# SPDX-License-Identifier: Apache-2.0
"""The units: sound, tight, and not tighter than the service can bear."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from .harness import PROGRAM, Service

UNITS = Path(__file__).resolve().parents[2] / "pam_mycred" / "systemd"

pytestmark = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")


@pytest.fixture
def units(folder):
    """The units as they are installed, but for the path of the program."""
    for unit in UNITS.iterdir():
        text = unit.read_text().replace("/usr/libexec/mycred/mycred-logind", str(PROGRAM))
        (folder / unit.name).write_text(text)
    return folder


def test_systemd_finds_no_fault_in_the_units(units):
    names = ["./mycred-login.service", "./mycred-login.socket"]
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *names], cwd=units, capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_sandbox_is_tight(units):
    subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", "./mycred-login.service"],
        cwd=units, check=True, stdout=subprocess.DEVNULL,
    )


def filtered(unit):
    """The system calls that the unit's filter lets through."""
    allowed = set()
    for line in re.findall(r"^SystemCallFilter=(.*)$", unit, re.M):
        taken = line.startswith("~")
        for name in line.lstrip("~").split():
            allowed = allowed - calls(name) if taken else allowed | calls(name)
    return allowed


def calls(group):
    listing = subprocess.run(["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True).stdout
    names = {line.strip() for line in listing.splitlines()[1:] if not line.strip().startswith("#")}
    return set().union(*(calls(name) if name.startswith("@") else {name} for name in names))


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
def test_the_filter_lets_every_call_of_the_service_through(folder):
    trace = folder / "trace"
    running = Service(folder, wrapper=["strace", "-D", "-o", trace])
    with running:
        for words in ("ok", "send=exit=0", "send=exit=1", "kill", "twice"):
            running.ask(words)
    used = set(re.findall(r"^(\w+)\(", trace.read_text(), re.M))
    assert "epoll_wait" in used
    assert used - filtered((UNITS / "mycred-login.service").read_text()) == set()
