# SPDX-License-Identifier: Apache-2.0
"""Too few descriptors, processes, or too little memory for the helper as a whole."""

from pathlib import Path

import pytest

from . import processes
from .site import PASSWORD, wrong
from .wire import FIRST_FACTOR, SANITIZED, Conversation


@pytest.mark.parametrize("limit", range(3, 12))
def test_descriptors_run_out(site, limit):
    """F50 MC-SEC-55"""
    with site.helper(prefix=["prlimit", f"--nofile={limit}"]) as helper:
        conversation = Conversation(helper.ask, "carol")
        reply = conversation.start()
        if reply.result == "ask":
            assert conversation.answer(wrong(site.code())).result in ("ask", "unavailable", "bad-config")
        else:
            assert not reply.lets_in
    with site.helper(prefix=["prlimit", f"--nofile={limit}"]) as helper:
        assert Conversation(helper.ask, "grace").start().result not in ("ok", "off", "exempt")


@pytest.mark.skipif(SANITIZED, reason="the sanitizer wants terabytes of addresses")
@pytest.mark.parametrize("megabytes", [8, 16, 24, 32])
def test_memory_runs_out(site, megabytes):
    """F52 MC-SEC-55"""
    with site.helper(prefix=["prlimit", f"--as={megabytes << 20}"]) as helper:
        reply = Conversation(helper.ask, "carol").login(wrong(site.code()))
        assert not reply.lets_in


@pytest.mark.skipif(SANITIZED, reason="the sanitizer keeps what is freed")
@pytest.mark.parametrize("tls", [False, True], ids=["ldapi", "ldaps"])
def test_a_worker_stays_as_it_is_over_many_logins(site, request, tls):
    """MC-SEC-61 MC-SEC-176: memory and descriptors are flat; each login checks a password on a connection of its own."""
    conf = site.over_tls(site.slapd.ldaps_uri) if tls else site.conf
    rounds = 5000 if request.config.getoption("--long") else 400
    with site.worker(conf) as worker:
        for number in range(rounds):
            if number == rounds // 4:
                before = resident(worker), processes.descriptors(worker.pid)
            reply = Conversation(worker.ask, "alice", flags=FIRST_FACTOR, password=PASSWORD.encode()).start()
            assert reply.result == "off"
        assert processes.descriptors(worker.pid) == before[1]
        assert resident(worker) - before[0] < 500


def resident(worker):
    """Kilobytes."""
    status = Path(f"/proc/{worker.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])
