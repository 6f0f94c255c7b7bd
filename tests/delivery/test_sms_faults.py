# SPDX-License-Identifier: Apache-2.0
"""Gateways that misbehave: each ends inside the deadline, with the right status and one line that says why."""

import socket

import pytest
from stack.server import LOOPBACK, free_port

from .gateway import Gateway, answer, drop, endless, endless_head, hang, raw, trickle

BODY = "sms_body = to=%{to}&text=%{text}\n"
KEY = "sms_header = Idempotency-Key: %{id}\n"


def send(sender, gateway, more="", **options):
    return sender(f"sms_url = {gateway.url}/send\n{BODY}{more}", **options).sms()


@pytest.mark.parametrize(
    "status, cause",
    [(400, "refused"), (401, "credentials"), (403, "credentials"), (404, "refused"), (422, "refused")],
)
def test_4xx_is_final_and_says_whose_fault_it_is(sender, status, cause):
    """F18"""
    with Gateway(answer(status, b"+8613800138042 is bad: 123456 is your code.")) as gateway:
        result = send(sender, gateway)
        assert (result.status, result.outcome, result.cause) == (1, "permanent", cause)
        assert (result.answered, result.tries, result.gateway) == (status, "1", gateway.name)
        assert len(gateway.requests) == 1


@pytest.mark.parametrize("status", [429, 500, 503, 599])
def test_what_was_not_taken_is_tried_once_more(sender, status):
    """F19, MC-SEC-39"""
    with Gateway(answer(status)) as gateway:
        result = send(sender, gateway)
        assert (result.status, result.outcome, result.cause, result.answered) == (1, "temporary", "busy", status)
        assert (result.tries, len(gateway.requests)) == ("2", 2)
        assert gateway.requests[0].body == gateway.requests[1].body


def test_the_second_try_may_succeed(sender):
    """F19"""
    with Gateway([answer(503), answer(202)]) as gateway:
        result = send(sender, gateway)
        assert (result.status, result.answered, result.tries) == (0, 202, "2")


@pytest.mark.parametrize(
    "behave", [drop, answer(502), answer(504), raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab")]
)
def test_a_lost_answer_does_not_send_twice(sender, behave):
    """MC-SEC-39: nobody knows whether it was taken, so it is not repeated."""
    with Gateway(behave) as gateway:
        result = send(sender, gateway)
        assert (result.status, result.outcome, result.cause) == (1, "unknown", "lost")
        assert (result.tries, len(gateway.requests)) == ("1", 1)


def test_a_lost_answer_is_repeated_under_one_key(sender):
    """MC-SEC-39: the gateway can tell a repetition by its key, so one SMS is delivered."""
    with Gateway([drop, drop, answer(202)]) as gateway:
        result = send(sender, gateway, KEY)
        assert (result.status, result.tries) == (0, "3")
        keys = {request.header("idempotency-key") for request in gateway.requests}
        assert len(keys) == 1 and None not in keys


def test_never_more_than_three_tries(sender):
    """MC-SEC-39"""
    with Gateway(drop) as gateway:
        result = send(sender, gateway, KEY)
        assert (result.status, result.tries, len(gateway.requests)) == (1, "3", 3)


def test_a_hanging_gateway_ends_at_the_deadline(sender):
    """F20, MC-SEC-162"""
    with Gateway(hang) as gateway:
        result = send(sender, gateway, timeout=2)
        assert (result.status, result.outcome, result.cause, result.tries) == (1, "unknown", "timeout", "1")
        assert 1.7 < result.seconds < 2.8


def test_a_gateway_that_never_accepts_ends_at_the_deadline(sender):
    """F20: connections queue up and nobody answers."""
    with socket.create_server((LOOPBACK, 0), backlog=1) as mute:
        port = mute.getsockname()[1]
        result = sender(f"sms_url = http://{LOOPBACK}:{port}/\n{BODY}", timeout=2).sms()
        assert (result.status, result.cause) == (1, "timeout")


def test_a_trickling_answer_is_ended_early(sender):
    """F21, MC-SEC-162"""
    with Gateway(trickle) as gateway:
        result = send(sender, gateway, timeout=10)
        assert (result.status, result.cause, result.answered) == (1, "timeout", 200)
        assert result.seconds < 6


@pytest.mark.parametrize("behave", [endless(True), endless(False), endless_head])
def test_an_endless_answer_is_cut_at_64_kib(sender, behave):
    """F23, MC-SEC-134"""
    with Gateway(behave) as gateway:
        result = send(sender, gateway)
        assert (result.status, result.cause, result.tries) == (1, "answer", "1")
        assert result.seconds < 2


def test_an_answer_of_64_kib_is_read(sender):
    """MC-SEC-134"""
    with Gateway(answer(200, b"x" * 65534 + b"ok")) as gateway:
        assert send(sender, gateway, "sms_accept_body = ok$\n").status == 0
    with Gateway(answer(200, b"x" * 65535 + b"ok")) as gateway:
        assert send(sender, gateway, "sms_accept_body = ok$\n").cause == "answer"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(sender, status):
    """F23, MC-SEC-134"""
    with Gateway(answer(200)) as elsewhere:
        with Gateway(answer(status, b"", f"Location: {elsewhere.url}/latest/meta-data/")) as gateway:
            result = send(sender, gateway)
            assert (result.status, result.cause, result.answered) == (1, "answer", status)
        assert elsewhere.connections == 0


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\0" * 1000,
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\nLocation: file:///etc/passwd\r\n",
        b"",
    ],
)
def test_junk_is_a_failure(sender, data):
    """F23"""
    with Gateway(raw(data)) as gateway:
        result = send(sender, gateway)
        assert result.status == 1 and result.cause in ("answer", "lost")
        assert len(gateway.requests) == 1


def test_refused_connections_are_tried_three_times(sender):
    """MC-SEC-39"""
    result = sender(f"sms_url = http://{LOOPBACK}:{free_port()}/\n{BODY}").sms()
    assert (result.status, result.outcome, result.cause, result.tries) == (1, "temporary", "unreachable", "3")


def test_a_gateway_that_comes_back_gets_the_message(sender):
    with Gateway([answer(500), answer(200)]) as gateway:
        assert send(sender, gateway).status == 0


def test_the_time_for_all_tries_is_one_deadline(sender):
    """MC-SEC-162"""
    def slow_failure(connection, request):
        connection.settimeout(1.2)
        try:
            connection.recv(1)
        except TimeoutError:
            answer(503)(connection, request)

    with Gateway(slow_failure) as gateway:
        result = send(sender, gateway, timeout=2)
        assert result.status == 1
        assert result.seconds < 2.8
