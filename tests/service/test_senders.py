# SPDX-License-Identifier: Apache-2.0
"""What becomes of a message that a worker wants sent."""

import ast

import pytest
from stack.server import poll, runs

from . import frames
from .harness import elapsed, facts

ID = "0123456789abcdef"


def test_a_message_that_left_brings_the_reply_for_that(service):
    running = service()
    reply = running.ask("send=exit=0")
    assert reply.result == "ask" and reply.get(frames.STATE) == b"sent"


def test_the_sender_gets_the_job_on_its_standard_input_and_nothing_else(service):
    """MC-SEC-09 MC-SEC-133: never in arguments or environment."""
    running = service()
    running.ask("send=exit=0")
    _, rest = running.jobs()[0].split(" ", 1)
    assert rest.startswith(f"['--conf', '{running.conf}'] ")
    assert ast.literal_eval(rest.split("] ", 1)[1].split("] ")[0] + "]") in (["PATH"], ["LC_CTYPE", "PATH"])
    assert rest.endswith("'exit=0'")


CAUSES = {
    "fails with a line": ("print=reason=http,status=503_exit=1", "reason=http status=503"),
    "fails with several lines": ("print=one_print=two_exit=1", "one"),
    "fails with a line without end": ("raw=6162_exit=9", "ab"),
    "fails with an endless line": ("flood=100000_exit=1", "x" * 512),
    "fails with control characters": ("raw=611b5b326d620007_exit=1", "a?[2mb??"),
    "fails silently": ("exit=1", "reason=died"),
    "is killed": ("kill", "reason=died"),
    "is killed after a line": ("print=accepted_kill", "reason=died"),
}


@pytest.mark.parametrize("job, cause", CAUSES.values(), ids=CAUSES.keys())
def test_a_message_that_did_not_leave_goes_back_to_a_worker_with_the_cause(service, job, cause):
    running = service()
    seen = facts(running.ask(f"send={job}"))
    assert seen["kind"] == frames.UNDELIVERED
    assert seen["cause"] == cause


def test_a_talkative_sender_that_succeeds_is_no_failure(service):
    assert service().ask("send=flood=300000_exit=0").result == "ask"


def test_a_sender_that_closes_its_output_is_waited_for(service):
    took, reply = elapsed(lambda: service().ask("send=mute_sleep=0.5_exit=0"))
    assert reply.result == "ask" and took > 0.5


@pytest.mark.parametrize("job", ["sleep=60", "stop", "mute_sleep=60"])
def test_a_sender_past_its_time_is_killed(service, job):
    """MC-SEC-59: two seconds of the budget are kept to write down that nothing was sent."""
    running = service(budget=3)
    took, reply = elapsed(lambda: running.ask(f"send={job}"))
    assert facts(reply)["cause"] == "reason=deadline"
    assert 0.9 < took < 1.8
    assert 1500 < facts(reply)["budget"] <= 2000
    poll(lambda: not runs(int(running.jobs()[0].split()[0])), 2, "the sender to be gone")


@pytest.mark.long
def test_a_sender_has_10_seconds_as_shipped(service):
    took, reply = elapsed(lambda: service().ask("send=sleep=60"))
    assert facts(reply)["cause"] == "reason=deadline"
    assert 9.9 < took < 10.6


def test_no_time_left_to_send_is_a_failure_to_send(service):
    running = service(budget=2)
    assert facts(running.ask("sleep=0.1 send=exit=0"))["cause"] == "reason=busy"
    assert running.jobs() == []


@pytest.mark.parametrize("path", ["/nonexistent", "/etc/passwd"])
def test_a_sender_that_does_not_start_is_a_failure_to_send(service, path):
    running = service(sender=path)
    assert facts(running.ask("send=exit=0"))["cause"].startswith("reason=sender_start_failed error=")
    assert f"event=sender_start_failed path={path}" in running.log()


def test_another_method_may_be_tried_when_one_fails(service):
    running = service()
    reply = running.ask("send=exit=1|send=exit=0")
    assert reply.result == "ask"
    assert len(running.jobs()) == 2


def test_an_exchange_does_not_send_for_ever(service):
    running = service()
    reply = running.ask("send=exit=1|send=exit=1|send=exit=1|send=exit=1|send=exit=1|send=exit=1")
    assert reply.result == "unavailable"
    assert reply.logs == [f"event=worker_lost reason=garbled id={ID}"]
    assert len(running.jobs()) == 4


def test_a_slow_gateway_occupies_no_worker(service):
    running = service(workers=1)
    slow = [running.begin("send=sleep=2_exit=0") for _ in range(10)]
    poll(lambda: len(running.jobs()) >= 0 and len(running.children()) == 11, 5, "ten senders to run")
    took, replies = elapsed(lambda: [running.ask() for _ in range(50)])
    assert all(reply.result == "ok" for reply in replies)
    assert took < 1
    assert all(client.is_open() for client in slow)
    assert [client.reply().result for client in slow] == ["ask"] * 10


def test_senders_at_a_time_are_limited_and_the_rest_waits(service):
    """MC-SEC-173"""
    running = service()
    clients = [running.begin("send=sleep=0.3_exit=0") for _ in range(100)]
    most = 0
    while any(client.is_open() for client in clients):
        most = max(most, len(running.children()) - len(running.started()))
    assert [client.reply().result for client in clients] == ["ask"] * 100
    assert 20 < most <= 32


def test_a_message_whose_person_has_left_is_still_sent(service):
    """F42: what the directory says and what was sent agree; the next login finds the code pending."""
    running = service()
    running.begin("sleep=0.2 send=exit=0").close()
    poll(lambda: len(running.jobs()) == 1, 5, "the sender to have run")
    assert running.ask().result == "ok"
