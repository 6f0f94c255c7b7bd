# SPDX-License-Identifier: Apache-2.0
"""One request, one reply: what a worker is given, and what a client gets back."""

import contextlib
import os
from pathlib import Path

import pytest
from stack.server import poll

from . import frames
from .harness import SANITIZED, facts


def test_a_reply_comes_back_as_the_worker_wrote_it(service):
    reply = service().ask("echo=60000")
    assert reply.result == "ok"
    assert reply.get(frames.STATE) == b"x" * 60000


@pytest.mark.parametrize("kind", [frames.START, frames.ANSWER, frames.ACCOUNT, frames.CHECK_OLD, frames.SET_NEW])
def test_every_request_of_the_module_reaches_a_worker(service, kind):
    assert facts(service().ask(kind=kind))["kind"] == kind


def test_a_request_of_the_largest_size_reaches_a_worker(service):
    assert facts(service().ask(state=b"s" * 65000))["size"] == 65000


def test_a_request_written_byte_by_byte_is_put_together(service):
    client = service().connect()
    for byte in frames.request():
        client.write(bytes([byte]))
    assert client.reply().result == "ok"


def test_the_worker_is_told_the_peer_and_the_time_left(service):
    seen = facts(service().ask())
    assert seen["uid"] == os.getuid()
    assert 17000 < seen["budget"] <= 18000


def test_the_worker_starts_with_nothing_of_ours(service, monkeypatch):
    """MC-SEC-61 MC-SEC-133"""
    for name in ("LDAPTLS_REQCERT", "https_proxy", "SSLKEYLOGFILE", "LD_BIND_NOW"):
        monkeypatch.setenv(name, "x")
    running = service()
    seen = facts(running.ask())
    assert seen["arguments"] == ["--worker", "--conf", str(running.conf)]
    assert set(seen["environment"]) <= {"PATH", "LC_CTYPE"}  # the second is python's own
    assert seen["cwd"] == "/"
    assert seen["blocked"] == []
    assert seen["core"] == "0"
    descriptors = seen["descriptors"]
    assert descriptors["0"].startswith("socket:")
    assert descriptors["1"] == "/dev/null"
    assert descriptors["2"] == str(running.log_file)
    # a copy of its own, and the listing of the folder, which is closed by then
    assert descriptors["3"].startswith("/memfd:mycred-servers")
    assert {link for fd, link in descriptors.items() if int(fd) > 3} <= {descriptors["0"], ""}


def test_one_worker_is_kept_warm_and_serves_one_after_the_other(service):
    running = service()
    assert [facts(running.ask())["count"] for _ in range(20)] == list(range(1, 21))
    assert len(running.started()) == 1


def test_the_connection_is_closed_after_its_one_exchange(service):
    client = service().begin()
    assert frames.read_frame(client.connection.recv).result == "ok"
    assert client.connection.recv(1) == b""


REFUSED = {
    "not a frame": b"GET / HTTP/1.0\r\n\r\n",
    "foreign version": b"mc\x02\x01\0\0\0\0",
    "unknown kind": b"mc\x01\x63\0\0\0\0",
    "over the size": b"mc\x01\x01\0\x01\0\x01",
    "far over the size": b"mc\x01\x01\xff\xff\xff\xff",
    "unknown field": frames.frame(frames.START, [(99, b"x")]),
    "field twice": frames.frame(frames.START, [(frames.USER, b"a"), (frames.USER, b"b")]),
    "field past the end": b"mc\x01\x01\0\0\0\x05\x02\0\0\0\x01",
    "id of another form": frames.request(id="0123456789ABCDEF"),
    "NUL in a name": frames.request(user="a\0b"),
    "bytes after the frame": frames.request() + b"x",
    "two frames at once": frames.request() * 2,
    "undelivered, for workers only": frames.request(frames.UNDELIVERED),
    "a reply": frames.reply("ok"),
    "a send": frames.send(b"job", frames.reply("ok"), frames.request(frames.UNDELIVERED)),
}


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_request_is_refused_and_reaches_no_worker(service, data):
    running = service()
    client = running.connect()
    client.write(data)
    assert client.reply().result == "malformed"
    assert running.started() == []
    assert running.ask().result == "ok"


def memory_of(pid):
    """All that the process can write to, as one string of bytes."""
    found = b""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            span, rights = line.split()[:2]
            if rights.startswith("rw"):
                begin, end = (int(address, 16) for address in span.split("-"))
                with contextlib.suppress(OSError):  # a page that was never there
                    memory.seek(begin)
                    while piece := memory.read(min(end - begin, 1 << 20)):
                        found, begin = found + piece, begin + len(piece)
    return found


@pytest.mark.skipif(SANITIZED or os.getuid() != 0, reason="only root may read the memory of others, and not terabytes of it")
def test_passwords_and_codes_do_not_stay_in_memory(service):
    """MC-SEC-09"""
    running = service()
    secret = b"canary-6b1f-password"
    waiting = running.begin("sleep=0.5", password=secret)
    poll(lambda: secret in memory_of(running.process.pid), 5, "the request to be in memory, so that the search is proved")
    waiting.reply()
    for words in ("ok", "send=canary-7c2e-code_exit=0", "send=canary-7c2e-code_exit=1", "kill", "twice", "exit=1"):
        running.ask(words, password=secret, state=b"s" * 3000)
    running.begin("sleep=0.2", password=secret).close()
    client = running.connect()
    client.write(frames.request(password=secret)[:-1])
    client.close()
    assert running.ask().result == "ok"
    poll(lambda: secret not in memory_of(running.process.pid), 5, "the last of them to be wiped")
    assert b"canary-7c2e-code" not in memory_of(running.process.pid)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can start it as somebody else")
def test_the_memory_is_closed_to_the_user_it_runs_as(service):
    """MC-SEC-09: neither a core nor a debugger shows it."""
    running = service(user=65534)
    assert os.stat(f"/proc/{running.process.pid}/mem").st_uid == 0
    limits = Path(f"/proc/{running.process.pid}/limits").read_text()
    assert limits.split("Max core file size")[1].split()[:2] == ["0", "0"]


def test_passwords_stay_out_of_the_log(service):
    """MC-SEC-09"""
    running = service()
    running.ask("kill", password=b"correct-horse")
    running.ask("bytes=00112233445566778899", password=b"correct-horse")
    running.ask("result=wrong", password=b"correct-horse")
    assert "correct-horse" not in running.log()
    assert "worker_lost" in running.log()
