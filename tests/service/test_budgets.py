# SPDX-License-Identifier: Apache-2.0
"""What the service counts of sending: SMS of an address and of the host, gateways that fail, codes that come back."""

import pytest
from stack.server import poll

from . import frames
from .harness import facts

SENDS = "exit=0"


def send(running, *limits, job=SENDS, channel=frames.SMS, rhost=b"192.0.2.7"):
    """What became of it: "sent", or the cause why not."""
    more = {"rhost": rhost} if rhost else {}
    reply = running.ask(f"budget={','.join(map(str, [channel, *limits]))} send={job}", **more)
    return "sent" if reply.result == "ask" else facts(reply)["cause"]


def test_sms_of_one_address_end_and_others_go_on(service):
    """MC-SEC-36: by prefix, e-mail not, and one line says so."""
    running = service()
    assert [send(running, 2, 0, 0) for _ in range(4)] == ["sent"] * 2 + ["reason=source_budget"] * 2
    assert send(running, 2, 0, 0, channel=frames.EMAIL) == "sent"
    assert send(running, 2, 0, 0, rhost=b"192.0.2.8") == "sent"
    assert send(running, 2, 0, 0, rhost=b"::ffff:192.0.2.7") == "reason=source_budget"
    assert send(running, 2, 0, 0, rhost=None) == "sent"
    assert running.log().count("event=sms_budget_spent source=192.0.2.7") == 1
    assert len(running.jobs()) == 5


def test_a_network_of_ipv6_is_one_address(service):
    """MC-SEC-36 /64"""
    running = service()
    assert send(running, 1, 0, 0, rhost=b"2001:db8:1:2::1") == "sent"
    assert send(running, 1, 0, 0, rhost=b"2001:db8:1:2:ffff::9") == "reason=source_budget"
    assert send(running, 1, 0, 0, rhost=b"2001:db8:1:3::1") == "sent"


def test_sms_of_the_host_end(service):
    """MC-SEC-36 site-wide; who is refused uses up nothing of an address."""
    running = service()
    results = [send(running, 9, 3, 0, rhost=f"192.0.2.{i}".encode()) for i in range(6)]
    assert results == ["sent"] * 3 + ["reason=site_budget"] * 3
    assert send(running, 9, 3, 0, channel=frames.EMAIL) == "sent"
    assert running.log().count("event=sms_budget_spent of=host") == 1
    assert send(running, 1, 0, 0, rhost=b"192.0.2.4") == "sent"


def test_parallel_requests_do_not_pass_the_limit(service):
    """MC-SEC-36"""
    running = service()
    clients = [running.begin(f"budget={frames.SMS},5,0,0 send={SENDS}", rhost=b"192.0.2.7") for _ in range(40)]
    results = [client.reply() for client in clients]
    assert sum(reply.result == "ask" for reply in results) == 5
    assert len(running.jobs()) == 5


def test_a_hostile_host_name_stays_one_line(service):
    """MC-SEC-130"""
    running = service()
    for _ in range(2):
        send(running, 1, 0, 0, rhost=b'a\n<0>event=x "b\\\x1b[2J')
    line = next(line for line in running.log().splitlines() if "sms_budget_spent" in line)
    assert line.endswith("source=a?<0>event=x??b??[2J")


def test_no_limit_counts_nothing(service):
    running = service()
    assert {send(running, 0, 0, 0) for _ in range(30)} == {"sent"}


def test_a_gateway_that_fails_is_left_alone_and_probed(service):
    """MC-SEC-162 F19 F20: after five failures nothing is started; one probe follows the pause and decides."""
    running = service()
    bad, good = "print=cause=unreachable_exit=1", "exit=0"
    assert [send(running, 0, 0, 1, job=bad) for _ in range(5)] == ["cause=unreachable"] * 5
    assert len(running.jobs()) == 5 and "event=gateway_paused method=sms" in running.log()
    assert send(running, 0, 0, 1, job=good, channel=frames.EMAIL) == "sent"
    poll(lambda: send(running, 0, 0, 1, job=bad) == "cause=unreachable", 15, "the probe")
    poll(lambda: send(running, 0, 0, 1, job=good) == "sent", 15, "the gateway to be back")
    assert running.log().count("event=gateway_back method=sms") == 1
    assert send(running, 0, 0, 1, job=good) == "sent"


def test_a_paused_gateway_starts_no_sender(service):
    """MC-SEC-162"""
    running = service()
    for _ in range(5):
        send(running, 0, 0, 3600, job="exit=1")
    assert {send(running, 6, 6, 3600) for _ in range(10)} == {"reason=paused"}
    assert len(running.jobs()) == 5
    assert "sms_budget_spent" not in running.log()


@pytest.mark.parametrize("cause", ["cause=refused", "cause=job"])
def test_a_refused_receiver_pauses_nothing(service, cause):
    """F18: one wrong number is not the gateway's failure."""
    running = service()
    assert {send(running, 0, 0, 3600, job=f"print={cause}_exit=1") for _ in range(12)} == {cause}
    assert send(running, 0, 0, 3600) == "sent"


def test_codes_that_never_come_back_are_told(service):
    """MC-SEC-38: once an hour."""
    running = service()
    for _ in range(40):
        send(running, 0, 0, 0)
    assert running.log().count("event=sms_unusual reason=few-verified") == 1


def test_codes_that_come_back_are_no_alarm(service):
    """MC-SEC-38"""
    running = service()
    for _ in range(40):
        send(running, 0, 0, 0)
        running.ask(kind=frames.ANSWER)
    assert "sms_unusual" not in running.log()
