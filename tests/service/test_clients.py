# SPDX-License-Identifier: Apache-2.0
"""Clients that are slow, silent, gone or too many."""

import os
import socket
import subprocess
import sys
import time

import pytest
from stack.server import poll

from . import frames
from .harness import elapsed, facts

NOBODY = 65534


def test_silent_and_slow_clients_are_dropped_and_hold_up_nobody(service):
    """F58 MC-SEC-172"""
    running = service()
    begin = time.monotonic()
    silent = [running.connect() for _ in range(300)]
    halfway = [running.connect() for _ in range(300)]
    for client in halfway:
        client.write(frames.request(state=b"x" * 5000)[:4000])
    times = []
    while time.monotonic() < begin + 4:
        took, reply = elapsed(running.ask)
        assert reply.result == "ok"
        times.append(took)
    assert sorted(times)[len(times) * 99 // 100] < 0.2
    assert all(client.is_open() for client in silent + halfway)
    trickling = running.connect()
    for byte in frames.request()[:12]:
        trickling.write(bytes([byte]))
        time.sleep(0.1)
    assert all(client.reply() is None for client in silent + halfway)
    assert 4.9 < time.monotonic() - begin < 6
    assert trickling.reply() is None
    assert time.monotonic() - begin < 10.5
    assert running.ask().result == "ok"


def test_a_client_that_is_slow_to_take_its_reply_holds_nothing(service):
    """MC-SEC-172"""
    running = service(workers=1)
    running.ask()
    before = running.descriptors()
    late = [running.begin("echo=65000") for _ in range(5)]
    poll(lambda: running.descriptors() == before, 5, "every descriptor to be closed")
    assert all(len(client.reply().get(frames.STATE)) == 65000 for client in late)


HANG_UPS = {
    "before the first byte": lambda running: running.connect().close(),
    "after half a request": lambda running: half_request(running).close(),
    "after the request": lambda running: running.begin().close(),
    "while a worker has it": lambda running: running.begin("sleep=0.1").close(),
    "before its worker dies": lambda running: running.begin("sleep=0.1 kill").close(),
    "before its worker babbles": lambda running: running.begin("sleep=0.1 twice").close(),
    "before its sender starts": lambda running: running.begin("sleep=0.1 send=exit=0").close(),
    "before its sender fails": lambda running: running.begin("send=sleep=0.1_exit=1").close(),
    "before its garbage is refused": lambda running: garbage(running).close(),
}


def half_request(running):
    client = running.connect()
    client.write(frames.request()[:20])
    return client


def garbage(running):
    client = running.connect()
    client.write(b"x" * 100)
    return client


@pytest.mark.parametrize("hang_up", HANG_UPS.values(), ids=HANG_UPS.keys())
def test_a_client_may_leave_at_any_moment(service, hang_up):
    """F42"""
    running = service(workers=2)
    running.ask()
    before = running.descriptors()
    for _ in range(20):
        hang_up(running)
    for _ in range(5):
        assert running.ask().result == "ok"
    poll(lambda: running.descriptors() <= before + 1, 5, "every descriptor to be closed")


def test_a_waiting_request_whose_client_left_reaches_no_worker(service):
    running = service(workers=1)
    busy = running.begin("sleep=0.5")
    for client in [running.begin() for _ in range(50)]:
        client.close()
    assert facts(busy.reply())["count"] == 1
    assert facts(running.ask())["count"] == 2


def test_a_client_that_only_closed_its_writing_side_gets_its_reply(service):
    client = service().begin("sleep=0.2")
    client.connection.shutdown(socket.SHUT_WR)
    assert client.reply().result == "ok"


def test_a_full_queue_refuses_at_once(service):
    running = service(workers=1, nofile=64)
    stuck = running.begin("sleep=1")
    waiting = [running.begin() for _ in range(30)]
    refused = [client for client in waiting if not_queued(client)]
    assert refused
    for client in refused:
        reply = client.reply()
        assert reply.result == "unavailable"
        assert reply.logs == ["event=request_refused reason=busy id=0123456789abcdef"]
    assert stuck.reply().result == "ok"
    assert all(client.reply().result == "ok" for client in waiting if client not in refused)


def not_queued(client):
    try:
        poll(lambda: not client.is_open(), 0.02, "an answer")
        return True
    except Exception:
        return False


def test_a_request_that_waited_too_long_is_refused_in_time(service):
    """MC-SEC-59"""
    running = service(workers=1, budget=2)
    stuck = running.begin("sleep=10")
    took, reply = elapsed(running.ask)
    assert reply.result == "unavailable"
    assert took < 2.3
    assert stuck.reply().result == "unavailable"


def test_another_user_is_told_to_the_worker_and_may_not_take_every_place(service):
    """One local user cannot starve the logins of the others."""
    if os.getuid() != 0:
        pytest.skip("needs root to be somebody else")
    running = service()
    greedy = as_nobody(running, count=200)
    try:
        assert greedy.stdout.readline() == b"64\n"
        took, reply = elapsed(running.ask)
        assert reply.result == "ok" and took < 1
        assert facts(reply)["uid"] == 0
    finally:
        greedy.stdin.close()
        greedy.wait()
    assert "event=connection_refused reason=too_many uid=65534" in running.log()
    assert as_nobody_ask(running) == NOBODY


GREEDY = """
import os, socket, sys, time
os.setgid(65534); os.setuid(65534)
held = []
for _ in range(int(sys.argv[2])):
    one = socket.socket(socket.AF_UNIX)
    one.connect(sys.argv[1])
    held.append(one)
def open_(one):
    try:
        one.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        return False
    except BlockingIOError:
        return True
time.sleep(0.5)
print(sum(map(open_, held)), flush=True)
sys.stdin.read()
"""


def as_nobody(running, count):
    return subprocess.Popen(
        [sys.executable, "-c", GREEDY, str(running.socket), str(count)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def as_nobody_ask(running):
    script = (
        "import os, socket, sys; os.setgid(65534); os.setuid(65534)\n"
        "one = socket.socket(socket.AF_UNIX); one.connect(sys.argv[1]); one.sendall(bytes.fromhex(sys.argv[2]))\n"
        "data = b''\n"
        "while True:\n"
        "    more = one.recv(65536)\n"
        "    if not more: break\n"
        "    data += more\n"
        "sys.stdout.buffer.write(data)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(running.socket), frames.request().hex()], capture_output=True, check=True
    )
    return facts(frames.parse(done.stdout))["uid"]
