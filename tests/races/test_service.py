# SPDX-License-Identifier: Apache-2.0
"""The same races at the service, as PAM asks it: 1,000 logins stand at the prompt and answer in one moment."""

import itertools
import resource
import selectors
from collections import Counter
from datetime import datetime, timedelta

import pytest
from faults.wire import Conversation, Reply
from service import frames

ATTEMPTS = 1000


@pytest.fixture(scope="module", autouse=True)
def descriptors():
    """Room for a thousand connections, on the service's side too."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(4096, before[0]), max(4096, before[1])))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.fixture
def door(site):
    with site.service(workers=8) as door:
        yield door


def all_at_once(door, requests):
    """Connects for every request, then writes them all; the replies in any order."""
    lines = [door.connect() for _ in requests]
    waiting = selectors.DefaultSelector()
    for line, request in zip(lines, requests):
        line.sendall(request)
        waiting.register(line, selectors.EVENT_READ)
    replies = []
    while len(replies) < len(requests):
        ready = waiting.select(20)
        assert ready, f"{len(replies)} replies of {len(requests)}"
        for key, _ in ready:
            replies.append(Reply(frames.read_frame(key.fileobj.recv)))
            waiting.unregister(key.fileobj)
            key.fileobj.close()
    return Counter(reply.result for reply in replies)


def at_the_prompt(door, user, count=50):
    conversations = [Conversation(door.ask, user) for _ in range(count)]
    for conversation in conversations:
        assert conversation.start().result == "ask"
    return conversations


def race(door, conversations, answer, attempts=ATTEMPTS):
    """Each conversation answers as often as it takes."""
    answers = [answer(number).encode() for number in range(attempts)]
    several = itertools.cycle(conversations)
    return all_at_once(door, [next(several).request(frames.ANSWER, answer_text=text) for text in answers])


def right_totp(site, _number):
    site.directory.replace(site.dn("carol"), mycredTotpUsed=None, mycredTotpFailure=None)
    return site.code(room=5)


def right_sms(site, _number):
    return site.sent_code()


def right_recovery(site, number):
    return site.carol_recovery[number % 10]


@pytest.mark.parametrize("user, right", [("carol", right_totp), ("bob", right_sms), ("carol", right_recovery)])
def test_one_code_opens_once(site, door, rounds, user, right):
    """MC-SEC-12 MC-SEC-14 MC-SEC-15 F44"""
    for number in rounds:
        conversations = at_the_prompt(door, user)
        code = right(site, number)
        results = race(door, conversations, lambda _: code)
        # who was wrong may try again ("ask"), but for the last try
        assert results["ok"] == 1 and set(results) <= {"ok", "ask", "wrong", "throttled"}, results
        site.restore()


@pytest.mark.parametrize("user, attribute", [("carol", "mycredTotpFailure"), ("bob", "mycredCodeFailure")])
def test_parallel_guesses_stop_at_the_limit(site, door, rounds, user, attribute):
    """MC-SEC-21 F45"""
    for _ in rounds:
        conversations = at_the_prompt(door, user)
        results = race(door, conversations, "{:06d}".format)
        # the last of the five has no further try
        assert results == {"ask": 4, "wrong": 1, "throttled": 995}
        assert len(site.values(user, attribute)) == 5
        site.restore()


def test_parallel_logins_send_one_message(site, door, rounds):
    """MC-SEC-34 MC-SEC-35 F46"""
    for _ in rounds:
        results = all_at_once(door, [Conversation(door.ask, "bob").request(frames.START) for _ in range(200)])
        assert results == {"ask": 200}
        assert len(site.sent()) == 1
        site.restore()


def test_parallel_requests_for_another_message_send_one(site, door, rounds):
    """MC-SEC-34 MC-SEC-35 F46: each types "resend" when the time has come for it."""
    for _ in rounds:
        conversations = at_the_prompt(door, "bob")
        make_older(site, "bob")
        results = race(door, conversations, lambda _: "resend", attempts=200)
        assert results == {"ask": 200}
        assert len(site.sent()) == 2
        code = site.sent_code()
        assert Conversation(door.ask, "bob").login(code).result == "ok"
        site.restore()


def make_older(site, login):
    """Moves what was sent a minute back, so that the quota allows one more."""
    minute_ago = [f"{shifted(value)} sms" for value in site.values(login, "mycredSendTime")]
    site.directory.replace(site.dn(login), mycredSendTime=minute_ago)


def shifted(value):
    form = "%Y%m%d%H%M%S.%fZ"
    return (datetime.strptime(value.split()[0], form) - timedelta(seconds=61)).strftime(form)
