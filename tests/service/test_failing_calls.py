# SPDX-License-Identifier: Apache-2.0
"""Each allocation and each system call of the service fails once in turn.

What may follow: it does not start, with one sentence; or it serves, refuses or drops the one exchange that was hit.
Never may it end, hang, spin, or answer with what no worker said.
"""

import shutil
import subprocess
from pathlib import Path

import pytest
from stack.server import poll, runs

from .harness import SANITIZED, Service

HERE = Path(__file__).parent

# what each kind of exchange may come to: as without a fault, refused, or dropped
EXPECTED = {
    "ok": {"ok"},
    "echo=50000": {"ok"},
    "send=exit=0": {"ask", "ok"},  # "ok" from the worker that was told it could not be sent
    "send=exit=1": {"ok"},
    "kill": set(),
}
FAILED = {"unavailable", "no-memory", None}

FAULTS = {
    "accept4": ("EMFILE", "ECONNABORTED", "EINTR"),
    "getsockopt": ("ENOBUFS",),
    "epoll_ctl": ("ENOMEM",),
    "epoll_wait": ("EINTR",),
    "read": ("EINTR", "EIO"),
    "write": ("EINTR", "EPIPE"),
    "socketpair": ("EMFILE",),
    "pipe2": ("EMFILE",),
    "fcntl": ("EINVAL",),
    "clone3": ("EAGAIN",),
    "wait4": ("EINTR",),
    "close": ("EINTR",),
    "kill": ("EPERM",),
}


def serve_through(running):
    serve_hurt(running)
    poll(lambda: answered(running), 10, "the service to be itself again", every=0.05)


def answered(running):
    reply = running.ask()
    return reply and reply.result == "ok"


def serve_hurt(running):
    for words, expected in EXPECTED.items():
        reply = running.ask(words)
        assert (reply.result if reply else None) in expected | FAILED, words
    assert running.process.poll() is None


def try_fault(folder, serve=serve_through, **options):
    running = Service(folder, budget=3, workers=1, **options)
    running.is_up = lambda: running.process.poll() is not None or Service.is_up(running)
    running.start()
    try:
        if running.process.poll() is None:
            serve(running)
        else:
            # the loader makes calls too, before our first
            assert running.process.returncode == (127 if "shared libraries" in running.log() else 1)
            assert running.log().count("\n") == 1
    finally:
        running.stop()
        assert not any(runs(pid) for pid in running.started())
        print(running.log())
        for leftover in folder.iterdir():
            leftover.unlink()


def faults(rounds):
    for call, errors in FAULTS.items():
        for error in errors:
            for when in rounds:
                yield pytest.param(call, error, when, id=f"{call}-{error}-{when}")


def inject(folder, call, error, when):
    # -D: the service stays our child, and is who gets our signals
    strace = ["strace", "-D", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={when}"]
    try_fault(folder, wrapper=strace)


pytestmark = pytest.mark.skipif(SANITIZED, reason="the sanitizer's own calls would be hit")
needs_strace = pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")


@needs_strace
@pytest.mark.parametrize("call, error, when", faults([2, 3]))
def test_a_system_call_that_fails_costs_one_exchange_at_most(folder, call, error, when):
    """F54"""
    inject(folder, call, error, when)


@needs_strace
@pytest.mark.long
@pytest.mark.parametrize("call, error, when", faults(range(4, 25)))
def test_every_later_system_call_that_fails_costs_one_exchange_at_most(folder, call, error, when):
    """F54"""
    inject(folder, call, error, when)


@pytest.fixture(scope="module")
def preload(tmp_path_factory):
    library = tmp_path_factory.mktemp("preload") / "fail_allocation.so"
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", library, HERE / "fail_allocation.c"], check=True)
    return library


@pytest.mark.parametrize("more, serve", [([], serve_through), (["FAIL_FROM=1"], serve_hurt)], ids=["once", "from then on"])
def test_memory_that_runs_out_costs_exchanges_and_nothing_else(folder, preload, more, serve):
    """F52"""
    for number in range(1, 60):
        try_fault(folder, serve, wrapper=["env", f"LD_PRELOAD={preload}", f"FAIL_ALLOCATION={number}", *more])
