# SPDX-License-Identifier: Apache-2.0
"""The directory is down, mute, slow, cut off or half there: refused in time, with the cause, and counted against nobody."""

import time
from urllib.parse import quote

import pytest
from stack.server import LOOPBACK, free_port

from . import processes
from .proxy import MODIFY, MODIFY_REPLY, SEARCH, SEARCH_DONE, answer_with, at, cut, cut_after, swallow
from .servers import mute
from .site import wrong
from .wire import Conversation


def uri_of(path):
    return f"ldapi://{quote(str(path), safe='')}"


# ---- at the first request: through the module, so that the code of pam.md is seen


def test_refused(site, pam):
    """F01"""
    conf = site.quick(ldap_uri=f"ldap://{LOOPBACK}:{free_port()}")
    begin = time.monotonic()
    run = pam.login("carol", conf=conf)
    assert run.code == "AUTHINFO_UNAVAIL" and time.monotonic() - begin < 1.5
    assert "cause=ldap_down" in run.log("event=directory_fault")


def test_no_socket(site, pam):
    """F01"""
    run = pam.login("carol", conf=site.quick(ldap_uri=uri_of(site.folder / "nothing")))
    assert run.code == "AUTHINFO_UNAVAIL"
    assert "cause=ldap_down" in run.log("event=directory_fault")


def test_server_stopped(site, pam):
    """F01"""
    site.slapd.stop()
    run = pam.login("carol")
    assert run.code == "AUTHINFO_UNAVAIL"
    assert "cause=ldap_down" in run.log("event=directory_fault")


@pytest.mark.parametrize("scheme", ["ldap", "ldaps"])
def test_mute_after_connect(site, pam, scheme):
    """F03 MC-SEC-59 MC-SEC-162"""
    with mute() as port:
        begin = time.monotonic()
        run = pam.login("carol", conf=site.quick(ldap_uri=f"{scheme}://{LOOPBACK}:{port}"))
    assert run.code == "AUTHINFO_UNAVAIL" and time.monotonic() - begin < 3
    assert "cause=ldap_timeout" in run.log("event=directory_fault")


def test_mute_socket(site, pam, proxy):
    """F03"""
    _, conf = proxy(lambda tag, message: None)
    run = pam.login("carol", conf=conf)
    assert run.code == "AUTHINFO_UNAVAIL"
    assert "cause=ldap_timeout" in run.log("event=directory_fault")


@pytest.mark.long
def test_deadlines_as_shipped(site, pam):
    """F03 MC-SEC-59: within 10 s, well inside what sshd allows."""
    with mute() as port:
        begin = time.monotonic()
        conf = site.variant(ldap_uri=f"ldap://{LOOPBACK}:{port}")
        assert pam.login("carol", conf=conf).code == "AUTHINFO_UNAVAIL"
        assert time.monotonic() - begin < 10


def test_a_slow_server_is_waited_for(proxy, site):
    """F04"""

    def slowly(_tag, _message):
        time.sleep(0.05)
        return True

    _, conf = proxy(slowly)
    assert site.login_once("carol", site.code(), conf=conf).result == "ok"


def test_many_slow_answers_share_one_deadline(proxy, site):
    """F04 MC-SEC-59: each wait is below its own limit, all together are not."""

    def slowly(_tag, _message):
        time.sleep(0.7)
        return True

    _, conf = proxy(slowly)
    with site.worker(conf, budget=2) as worker:
        reply = Conversation(worker.ask, "carol").start()
        assert reply.result == "unavailable" and reply.took < 3


# ---- between prompt and answer, and in the middle of an operation


def test_down_when_the_answer_comes(site):
    """F01: nothing counts as wrong, and the code is good once the directory is back."""
    code = site.code(room=8)
    with site.helper() as helper:
        conversation = Conversation(helper.ask, "carol")
        assert conversation.start().result == "ask"
        site.slapd.stop()
        assert conversation.answer(code).result == "unavailable"
        site.slapd.start()
        assert conversation.answer(code).result == "ok"


def test_a_restarted_directory_costs_nobody_a_login(site):
    """F10 MC-SEC-174: the worker's connection is stale by then."""
    with site.worker() as worker:
        conversation = Conversation(worker.ask, "carol")
        conversation.start()
        site.slapd.stop()
        site.slapd.start()
        assert conversation.answer(site.code()).result == "ok"
        site.slapd.stop()
        site.slapd.start()
        assert Conversation(worker.ask, "bob").login(site.sent_code).result == "ok"


def test_connections_that_break_silently_are_made_anew(site, proxy):
    """MC-SEC-174: cut while nobody looks."""
    between, conf = proxy()
    with site.worker(conf) as worker:
        for _ in range(3):
            conversation = Conversation(worker.ask, "carol")
            assert conversation.start().result == "ask"
            between.cut()
            assert conversation.answer("000000").result == "ask"
            between.cut()
        assert between.connections >= 6


def test_a_read_whose_connection_breaks_is_repeated_once(site, proxy):
    """F05"""
    between, conf = proxy(at(SEARCH, 1, cut))
    assert site.login_once("carol", site.code(), conf=conf).result == "ok"
    assert between.connections == 2


def test_a_read_whose_connections_break_is_refused(site, proxy):
    """F05"""

    def rule(tag, message):
        return cut(message) if tag == SEARCH else True

    between, conf = proxy(rule)
    reply = site.login_once("carol", conf=conf)
    assert reply.result == "unavailable" and between.connections == 2
    assert "cause=ldap_lost" in reply.log("event=directory_fault")


# The two writes of a login by device: the charge, and the spending of the step.
LOST = {
    "request lost": (MODIFY, cut),
    "connection lost after the request": (MODIFY, cut_after),
    "reply lost with the connection": (MODIFY_REPLY, cut),
    "reply swallowed": (MODIFY_REPLY, swallow),
}


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("tag, action", LOST.values(), ids=LOST.keys())
def test_a_write_without_a_reply_never_lets_in(site, proxy, tag, action, number):
    """MC-SEC-17 F05 F06: not repeated either, since it may have been done."""
    between, conf = proxy(at(tag, number, action))
    code = site.code(room=4)
    reply = site.login_once("carol", code, conf=conf)
    assert reply.result == "unavailable"
    assert "cause=ldap_" in reply.log("event=directory_fault")
    assert between.count(MODIFY) == number
    again = site.login_once("carol", code)
    spent = bool(number == 2 and site.values("carol", "mycredTotpUsed"))
    assert again.result in ("ok", "ask")
    assert not (again.result == "ok" and spent and action is not cut)


@pytest.mark.parametrize("tag, action", LOST.values(), ids=LOST.keys())
def test_a_code_whose_issue_was_not_confirmed_is_not_sent(site, proxy, tag, action):
    """MC-SEC-17 MC-SEC-35"""
    _, conf = proxy(at(tag, 1, action))
    assert site.login_once("bob", conf=conf).result == "unavailable"
    assert not site.sent()


@pytest.mark.parametrize("code", [1, 2, 3, 4, 8, 10, 11, 12, 13, 18, 21, 48, 49, 50, 51, 52, 53, 54, 64, 67, 80, 118, 119])
@pytest.mark.parametrize("tag", [SEARCH_DONE, MODIFY_REPLY], ids=["search", "modify"])
def test_every_error_of_the_directory_is_a_refusal(site, proxy, tag, code):
    """F07 F13"""
    _, conf = proxy(at(tag, 1, answer_with(code, tag)))
    reply = site.login_once("carol", site.code(), conf=conf)
    assert reply.result == "unavailable"
    assert f"ldap={code} " in reply.log("event=directory_fault")


@pytest.mark.parametrize("code", [16, 19, 20, 32, 65])
def test_a_spending_that_the_directory_refuses_is_a_lost_race(site, proxy, code):
    """F07 F48: somebody else was first, or the entry is gone."""
    _, conf = proxy(at(MODIFY_REPLY, 2, answer_with(code, MODIFY_REPLY)))
    assert site.login_once("carol", site.code(), conf=conf).result == "ask"


def test_a_reply_without_the_control_asked_for_is_a_refusal(site, proxy):
    """MC-SEC-21: without the count right after the charge nothing may be compared."""
    _, conf = proxy(at(MODIFY_REPLY, 1, answer_with(0, MODIFY_REPLY)))
    reply = site.login_once("carol", site.code(), conf=conf)
    assert reply.result == "unavailable"
    assert "cause=ldap_post_read_missing" in reply.log("event=directory_fault")


GARBAGE = {
    "zeros": b"\0" * 64,
    "a message of 2 GB": b"\x30\x84\x7f\xff\xff\xff",
    "half a message": b"\x30\x20\x02\x01",
    "another protocol": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "indefinite lengths": b"\x30\x80" * 50,
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_from_the_directory_is_a_refusal(site, proxy, garbage):
    """F07 MC-SEC-158"""

    def rule(tag, message):
        return garbage if tag == SEARCH_DONE else True

    _, conf = proxy(rule)
    with site.worker(conf, budget=2) as worker:
        reply = Conversation(worker.ask, "carol").start()
        assert reply.result == "unavailable" and reply.took < 3.5
        assert "event=directory_fault" in reply.log("event=")
        assert processor_seconds(worker) < 0.5


def processor_seconds(worker):
    return 0.0 if worker.process.poll() is not None else worker.cpu_seconds()


def test_a_worker_keeps_no_descriptor_of_what_failed(site, proxy):
    """MC-SEC-61"""
    between, conf = proxy()
    with site.worker(conf, budget=2) as worker:
        for tag, action in [(SEARCH, cut), (SEARCH, swallow), (MODIFY, cut_after), (MODIFY_REPLY, swallow)] * 3:
            between.rule = at(tag, 1, action)
            assert not Conversation(worker.ask, "carol").login(wrong(site.code())).lets_in
            site.snapshot.restore()
        between.rule = lambda tag, message: True
        assert Conversation(worker.ask, "carol").start().result == "ask"
        # the three standard ones and the directory's connection
        assert processes.descriptors(worker.pid) == 4
