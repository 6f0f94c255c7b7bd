# SPDX-License-Identifier: Apache-2.0
"""Each system call of keygen and each allocation of the command fails once in turn: nothing is ever half done."""

import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from .office import COMMAND

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
SANITIZED = b"__asan_init" in COMMAND.read_bytes() if COMMAND.exists() else False
FAULTS = {
    "openat": "EMFILE",
    "newfstatat": "EIO",
    "read": "EIO",
    "flock": "EINTR",
    "getrandom": "ENOSYS",
    "fchmod": "EPERM",
    "write": "ENOSPC",
    "fsync": "EIO",
    "renameat": "EIO",
    "linkat": "EIO",
    "unlinkat": "EIO",
    "close": "EIO",
    "mlock": "ENOMEM",
    "prctl": "EPERM",
    "prlimit64": "EPERM",
}


def inject(folder, syscall, number, *words):
    """The command with its number-th such call failing, and whether it came so far."""
    log = folder.parent / f"{folder.name}.trace"
    trace = ["strace", "-f", "-qq", "-o", log, "-e", f"trace={syscall}"]
    trace += ["-e", f"inject={syscall}:error={FAULTS[syscall]}:when={number}"]
    done = subprocess.run([*trace, COMMAND, *words], capture_output=True, text=True, timeout=60)
    return done, "INJECTED" in log.read_text()


@pytest.mark.skipif(SANITIZED or not shutil.which("strace"), reason="needs strace, which sanitizers do not go with")
@pytest.mark.parametrize("exists", [False, True], ids=["new file", "old file"])
@pytest.mark.parametrize("syscall", FAULTS)
def test_keygen_loses_no_key_whatever_call_fails(tmp_path, syscall, exists):
    """MC-SEC-149, MC-SEC-152"""
    file = tmp_path / "some.key"
    number, injected = 0, True
    while injected and number < 60:
        number += 1
        for other in tmp_path.iterdir():
            other.unlink()
        before = ""
        if exists:
            subprocess.run([COMMAND, "keygen", "--file", file], check=True, capture_output=True, timeout=10)
            before = file.read_text()
        done, injected = inject(tmp_path, syscall, number, "keygen", "--file", file)
        after = file.read_text() if file.exists() else ""
        added = re.fullmatch(rf"{re.escape(before)}(k{1 + exists} [\w-]{{43}}\n)?", after)
        assert added, (number, done.stderr)
        # libraries' own calls may fail without harm; what says it is done is done
        assert (done.returncode == 0) <= bool(added[1]), (number, done.stdout)
        left = {other.name for other in tmp_path.iterdir()} - {file.name}
        assert not left or syscall == "unlinkat", (number, left)
    assert number < 60


class Allocations:
    """Runs a command with one of its allocations failing."""

    def __init__(self, folder):
        self.preload, self.total = folder / "fail_allocation.so", folder / "total"
        source = Path(__file__).with_name("fail_allocation.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", self.preload, source], check=True, timeout=60)

    def run(self, words, number, **more):
        names = {"LD_PRELOAD": self.preload, "FAIL_ALLOCATION": number, "ALLOCATION_COUNT": self.total}
        environment = {name: str(value) for name, value in names.items()}
        done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60, **more)
        # libldap and the resolver give up by abort or worse where memory ends; that must do no harm
        assert done.returncode in (0, 1, 2, -signal.SIGABRT, -signal.SIGSEGV), (number, done.stderr)
        return done

    def count(self, words, **more):
        self.run(words, 0, **more)
        return int(self.total.read_text())


@pytest.fixture(scope="module")
def allocations(tmp_path_factory):
    return Allocations(tmp_path_factory.mktemp("failing"))


@pytest.mark.skipif(SANITIZED, reason="the sanitizer has an allocator of its own")
@pytest.mark.parametrize("stride", [7, pytest.param(1, marks=pytest.mark.long)])
def test_enrol_binds_all_or_nothing_whatever_allocation_fails(office, allocations, stride):
    words = office.words("enrol", "carol", "--import", "-", "--batch", *office.identity)
    total = allocations.count(words, input=f"{SECRET}\n")
    assert total > 300
    for number in range(1, total + 1, stride):
        before = bound(office)
        done = allocations.run(words, number, input=f"{SECRET}\n")
        after = bound(office)
        # an answer that was lost says nothing of the write, but what was written is whole
        assert after in (before, (before[0] + 1, 10)), number
        assert done.returncode != 0 or (after != before and len(done.stdout.split()) == 10), number


def bound(office):
    entry = office.entry("carol")
    return len(entry.get("mycredTotp", [])), len(entry.get("mycredRecovery", []))


@pytest.mark.skipif(SANITIZED, reason="the sanitizer has an allocator of its own")
@pytest.mark.parametrize("command", ["status", "check"])
@pytest.mark.parametrize("stride", [11, pytest.param(1, marks=pytest.mark.long)])
def test_what_only_looks_never_says_less_is_right(office, allocations, command, stride):
    office.enrol("carol", SECRET)
    words = office.words(command, *(["carol"] if command == "status" else ["--user", "carol"]))
    normal = subprocess.run(words, capture_output=True, text=True, timeout=60)
    for number in range(1, allocations.count(words), stride):
        done = allocations.run(words, number)
        assert done.stdout == normal.stdout or "ok" not in done.stdout.splitlines(), number
