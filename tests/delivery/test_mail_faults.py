# SPDX-License-Identifier: Apache-2.0
"""Mail servers that misbehave: each ends inside the deadline, with the right status and one line that says why."""

import pytest
from stack.server import LOOPBACK, free_port

from .postoffice import DROP, MUTE, PostOffice

LINES = "smtp_url = smtp://{name}\nsmtp_tls = plain\nmail_from = mycred@example.org\n"
PLAIN = {"EHLO": "250 standin"}
STAGES = ("greeting", "EHLO", "MAIL", "RCPT", "DATA", "end")


def send(sender, office, **options):
    return sender(LINES.format(name=office.name), **options).mail()


def test_a_mail_server_that_is_down_is_tried_three_times(sender):
    """F25"""
    result = sender(LINES.format(name=f"{LOOPBACK}:{free_port()}")).mail()
    assert (result.status, result.outcome, result.cause, result.tries) == (1, "temporary", "unreachable", "3")


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "end"])
def test_4xx_is_tried_once_more(sender, stage):
    """F26"""
    with PostOffice(**{**PLAIN, stage: "451 alice@example.org later"}) as office:
        result = send(sender, office)
        assert (result.status, result.outcome, result.cause, result.answered) == (1, "temporary", "busy", 451)
        assert (result.tries, len(office.sessions)) == ("2", 2)


def test_a_greylisting_server_takes_the_second_try(sender):
    """F26"""
    with PostOffice(RCPT=["451 greylisted", "250 ok"], **PLAIN) as office:
        result = send(sender, office)
        assert (result.status, result.tries) == (0, "2")


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "end"])
def test_5xx_is_permanent(sender, stage):
    """F27"""
    with PostOffice(**{**PLAIN, stage: "550 alice@example.org unknown"}) as office:
        result = send(sender, office)
        assert (result.status, result.outcome, result.cause, result.answered) == (1, "permanent", "refused", 550)
        assert (result.tries, len(office.sessions)) == ("1", 1)


@pytest.mark.parametrize("greeting", ["554 go away", "421 busy", "hello?", "220" + "x" * 70000])
def test_an_unfriendly_greeting_is_a_failure(sender, greeting):
    with PostOffice(greeting=greeting, **PLAIN) as office:
        result = send(sender, office)
        assert result.status == 1
        assert office.mails == []


@pytest.mark.parametrize("stage", STAGES)
def test_a_mute_server_ends_at_the_deadline(sender, stage):
    """F25, MC-SEC-162"""
    with PostOffice(**{**PLAIN, stage: MUTE}) as office:
        result = send(sender, office, timeout=1)
        assert result.status == 1
        assert 0.7 < result.seconds < 1.8
        assert len(office.mails) <= 1
        expected = ("unknown", "timeout") if stage == "end" else ("temporary", "unreachable")
        assert (result.outcome, result.cause) == expected


@pytest.mark.parametrize("stage", ["greeting", "EHLO", "MAIL", "RCPT", "DATA"])
def test_a_server_that_goes_away_before_the_mail_is_tried_again(sender, stage):
    """F25"""
    with PostOffice(**{**PLAIN, stage: DROP}) as office:
        result = send(sender, office)
        assert (result.status, result.outcome, result.cause, result.tries) == (1, "temporary", "unreachable", "3")
        assert office.mails == []


def test_a_server_that_goes_away_after_the_mail_is_not_tried_again(sender):
    """F28: it may have taken the mail."""
    with PostOffice(end=DROP, **PLAIN) as office:
        result = send(sender, office)
        assert (result.status, result.outcome, result.cause, result.tries) == (1, "unknown", "lost", "1")
        assert len(office.mails) == 1


def test_an_endless_answer_is_ended(sender):
    """MC-SEC-162"""
    with PostOffice(**{**PLAIN, "EHLO": "250-more\r\n" * 100000 + "250 end"}) as office:
        result = send(sender, office)
        assert result.status == 1 or len(office.mails) == 1
