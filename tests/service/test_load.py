# SPDX-License-Identifier: Apache-2.0
"""Many at a time, many in a row, too few descriptors or processes, and nothing at all."""

import os
import resource
import subprocess
import time

import pytest
from stack.server import poll

from . import frames
from .harness import SANITIZED, elapsed, facts


def test_200_clients_at_a_time_are_served_by_two_workers(service):
    running = service(workers=2)
    clients = [running.begin() for _ in range(200)]
    assert [client.reply().result for client in clients] == ["ok"] * 200
    assert len(running.started()) == 2


def test_two_thousand_connections_open_at_once_do_no_harm(service):
    """MC-SEC-62"""
    running = service(nofile=8192)
    held = [running.connect() for _ in range(2000)]
    for client in held[::2]:
        client.write(frames.request())
    assert {client.reply().result for client in held[::2]} == {"ok"}
    took, reply = elapsed(running.ask)
    assert reply.result == "ok" and took < 0.5
    for client in held[1::2]:
        client.close()


def test_1000_exchanges_leave_memory_descriptors_and_processes_as_they_were(service):
    """MC-SEC-61"""
    running = service(workers=2)
    every_kind_of_end(running, 50)
    settled = (running.descriptors(), len(running.children()), running.resident())
    every_kind_of_end(running, 1000)
    poll(lambda: (running.descriptors(), len(running.children())) <= settled[:2], 5, "all to be closed")
    assert SANITIZED or running.resident() < settled[2] + 200


def every_kind_of_end(running, count):
    words = ["ok", "ok", "echo=60000", "result=wrong", "ok", "send=exit=0", "ok", "send=exit=1", "ok", "kill"]
    for i in range(count):
        if i % 20 == 0:
            running.connect().close()
        assert running.ask(words[i % len(words)], state=b"s" * (i * 61 % 60000)) is not None
    assert [running.ask().result for _ in range(4)] == ["ok"] * 4


@pytest.mark.long
def test_10_000_exchanges_leave_memory_flat(service):
    """MC-SEC-61"""
    running = service(workers=2)
    every_kind_of_end(running, 1000)
    settled = running.resident()
    every_kind_of_end(running, 10_000)
    assert SANITIZED or running.resident() < settled + 200


def test_nothing_to_do_costs_nothing(service):
    """CPU idle when nothing happens, also with an idle worker and after a deadline that came to nothing."""
    running = service()
    assert running.ask().result == "ok"
    time.sleep(0.2)
    before = running.ticks()
    time.sleep(3)
    after = running.ticks()
    assert after[0] - before[0] <= 1
    assert after[1] - before[1] <= 2


def test_waiting_costs_nothing_either(service):
    running = service(workers=1)
    waiting = [running.begin("sleep=2")] + [running.begin() for _ in range(50)] + [running.connect() for _ in range(20)]
    time.sleep(0.5)
    before = running.ticks()
    time.sleep(1)
    after = running.ticks()
    assert after[0] - before[0] <= 1
    assert after[1] - before[1] <= 2
    for client in waiting:
        client.close()


def test_few_descriptors_mean_few_clients_at_a_time_and_no_error(service):
    """F50 MC-SEC-61"""
    running = service(nofile=64)
    clients = [running.begin("sleep=0.001") for _ in range(200)]
    results = [reply.result for reply in (client.reply() for client in clients)]
    assert set(results) <= {"ok", "unavailable"}
    assert results.count("ok") > 20
    assert running.ask().result == "ok"


def test_descriptors_that_run_out_while_it_runs_cost_time_only(service):
    """F50: EMFILE from accept neither ends nor spins the service."""
    running = service()
    running.ask()
    before = running.descriptors()
    resource.prlimit(running.process.pid, resource.RLIMIT_NOFILE, (before + 5, before + 5))
    held = [running.connect() for _ in range(50)]
    poll(lambda: running.descriptors() == before + 5, 5, "every descriptor to be taken")
    ticks = running.ticks()
    time.sleep(1)
    assert running.ticks()[0] - ticks[0] <= 2
    for client in held:
        client.close()
    took, reply = elapsed(running.ask)
    assert reply.result == "ok" and took < 2
    assert running.log().count("event=accept_failed") <= 30
    poll(lambda: running.descriptors() <= before, 5, "every descriptor to be closed")


def test_no_descriptor_for_a_worker_or_a_sender_is_a_refusal(service):
    """F50"""
    running = service()
    before = running.descriptors()
    resource.prlimit(running.process.pid, resource.RLIMIT_NOFILE, (before + 2, 4096))
    assert running.ask().result == "unavailable"
    resource.prlimit(running.process.pid, resource.RLIMIT_NOFILE, (before + 3, 4096))
    poll(lambda: running.ask().result == "ok", 5, "a worker to start", every=0.1)
    cause = facts(running.ask("send=exit=0"))["cause"]
    assert cause == 'reason=sender_start_failed error="Too many open files"'
    resource.prlimit(running.process.pid, resource.RLIMIT_NOFILE, (4096, 4096))
    assert running.ask("send=exit=0").result == "ask"


def test_no_process_for_a_worker_is_a_refusal(service):
    """F53: the limit binds those who are not root, so the service runs as somebody else here."""
    if os.getuid() != 0:
        pytest.skip("needs root to be somebody else")
    running = service(user=65534)
    assert running.ask().result == "ok"
    limit_processes(running, 0)
    assert running.ask("kill").result == "unavailable"
    assert running.ask().result == "unavailable"
    assert 'error="Resource temporarily unavailable"' in running.log()
    limit_processes(running, 1000)
    poll(lambda: running.ask().result == "ok", 5, "a worker to start", every=0.1)


def limit_processes(running, count):
    as_the_same_user = ["setpriv", "--reuid", "65534", "--clear-groups"]
    subprocess.run([*as_the_same_user, "prlimit", f"--pid={running.process.pid}", f"--nproc={count}:"], check=True)


def test_a_burst_past_every_cap_is_answered_to_the_last(service):
    running = service(workers=1, nofile=1024)
    clients = []
    for _ in range(900):
        connection = running.connect()
        connection.write(frames.request())
        clients.append(connection)
    results = [client.reply().result for client in clients]
    assert set(results) <= {"ok", "unavailable"}
    assert results.count("ok") > 400
