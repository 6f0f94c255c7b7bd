# SPDX-License-Identifier: Apache-2.0
"""The designated writer goes and a stand-by is used: at most one deadline, no code good at both, and back when it is back."""

import os
import shutil
import signal
import time

import pytest
from stack.otp import STEP_SECONDS
from stack.server import poll
from stack.slapd import Slapd

from .proxy import MODIFY_REPLY, CutAfter, Proxy, at
from .servers import mute
from .wire import Conversation

LOOPBACK = "127.0.0.1"


@pytest.fixture
def standby(site, tmp_path):
    """A second server that knows what the first knew at this moment; what is written to one the other never learns."""
    other = Slapd(site.folder / "standby", site.authority, tcp=True, password=site.slapd.admin_password)
    site.slapd.stop()
    shutil.copytree(site.slapd.folder, other.folder, ignore=shutil.ignore_patterns("ldapi", "*.log"))
    move(other, site.slapd)
    site.slapd.start()
    with other:
        yield other
    shutil.rmtree(other.folder)


def move(server, original):
    """The copy's configuration names the original's folder."""
    for file in server.config.rglob("*.ldif"):
        file.write_text(file.read_text().replace(str(original.folder), str(server.folder)))


@pytest.fixture
def both(site, standby):
    return site.quick(ldap_uri=f"{site.slapd.ldapi} {standby.ldapi}")


def next_step(clock):
    """Half a minute on."""
    clock.set(clock.offset + STEP_SECONDS)


def code(site, clock):
    """Of carol's device by the helper's clock; it stays the same for some seconds."""
    left = STEP_SECONDS - time.time() % STEP_SECONDS
    if left < 4:
        time.sleep(left + 0.05)
    return site.code(steps=clock.offset // STEP_SECONDS, room=0)


def test_the_standby_takes_over(site, both, standby, clock):
    """F10 MC-SEC-175"""
    site.slapd.stop()
    current = code(site, clock)
    with site.helper(both, env=clock.env) as helper:
        conversation = Conversation(helper.ask, "carol")
        reply = conversation.start()
        assert reply.result == "ask" and reply.took < 1
        # the step that runs at the switch may have been spent at the writer
        assert conversation.answer(current).result == "ask"
        next_step(clock)
        assert conversation.answer(code(site, clock)).result == "ok"


def test_a_spent_code_is_not_revived_at_the_standby(site, both, clock):
    """MC-SEC-19 F11: the stand-by knows nothing of what the writer took."""
    with site.worker(both, env=clock.env) as worker:
        spent = code(site, clock)
        assert Conversation(worker.ask, "carol").login(spent).result == "ok"
        site.slapd.stop()
        assert Conversation(worker.ask, "carol").login(spent).result == "ask"
        next_step(clock)
        assert Conversation(worker.ask, "carol").login(code(site, clock)).result == "ok"


def test_a_code_sent_by_the_old_writer_is_void(site, both, standby, clock):
    """MC-SEC-19: even where the stand-by has heard of it; a new one works."""
    with site.worker(both, env=clock.env) as worker:
        conversation = Conversation(worker.ask, "bob")
        assert conversation.start().result == "ask"
        old = site.sent_code()
        pending = site.values("bob", "mycredChallenge")
        standby.as_admin().extend(site.dn("bob"), "mycredState", mycredChallenge=pending)
        site.slapd.stop()
        assert conversation.answer(old).result == "ask"
        again = Conversation(worker.ask, "bob")
        assert again.start().result == "ask" and len(site.sent()) == 2
        assert again.answer(old).result == "ask"
        assert again.answer(site.sent_code()).result == "ok"


def test_a_mute_writer_costs_one_deadline_a_process(site, standby):
    """F10 MC-SEC-175"""
    with mute() as port:
        conf = site.quick(ldap_uri=f"ldap://{LOOPBACK}:{port} {standby.ldapi}")
        with site.worker(conf) as worker:
            first = Conversation(worker.ask, "carol").start()
            assert first.result == "ask" and 0.9 < first.took < 2.5
            for _ in range(5):
                later = Conversation(worker.ask, "carol").start()
                assert later.result == "ask" and later.took < 0.5


def test_the_writer_is_used_again_when_it_is_back(site, both, standby, clock):
    """MC-SEC-18: a busy worker does not stay at the stand-by for ever; a code good there is not good here."""
    with site.worker(both, env=clock.env) as worker:
        site.slapd.stop()
        assert Conversation(worker.ask, "bob").start().result == "ask"
        at_standby = site.sent_code()
        site.slapd.start()
        assert Conversation(worker.ask, "bob").start().result == "ask"
        assert len(site.sent()) == 1  # still there: one server at a time, and not tried again at once
        clock.pass_seconds(31)
        conversation = Conversation(worker.ask, "bob")
        assert conversation.start().result == "ask"
        assert len(site.sent()) == 2
        assert conversation.answer(at_standby).result == "ask"
        assert conversation.answer(site.sent_code()).result == "ok"


def test_after_the_return_nothing_is_taken_that_others_may_take_elsewhere(site, both, clock):
    """MC-SEC-18: for some seconds another host may still be at the stand-by."""
    with site.worker(both, env=clock.env) as worker:
        site.slapd.stop()
        assert Conversation(worker.ask, "carol").start().result == "ask"
        site.slapd.start()
        clock.pass_seconds(31)
        assert Conversation(worker.ask, "carol").login(code(site, clock)).result == "ask"
        unsettled = Conversation(worker.ask, "carol").login(site.carol_recovery[0])
        assert unsettled.result == "unavailable" and "cause=writer_changed" in unsettled.log("event=directory_fault")
        clock.pass_seconds(60)
        assert Conversation(worker.ask, "carol").login(code(site, clock)).result == "ok"
        assert Conversation(worker.ask, "carol").login(site.carol_recovery[0]).result == "ok"


@pytest.mark.long
def test_workers_change_together(site, both):
    """MC-SEC-19: a worker that begins at the stand-by later does not refuse what the others take."""
    with site.service(both, workers=2) as door:
        assert Conversation(door.ask, "carol").start().result == "ask"
        site.slapd.stop()
        assert Conversation(door.ask, "carol").start().result == "ask"
        left = STEP_SECONDS - time.time() % STEP_SECONDS
        time.sleep(left + 0.5)  # nobody sets the clock of a service
        for pid in door.workers():
            os.kill(pid, signal.SIGKILL)
        poll(lambda: not door.workers(), 5, "the workers to be gone")
        assert Conversation(door.ask, "carol").login(site.code(room=0)).result == "ok"


def test_a_writer_that_is_not_back_costs_little(site, standby, clock):
    """MC-SEC-175"""
    with mute() as port:
        conf = site.quick(ldap_uri=f"ldap://{LOOPBACK}:{port} {standby.ldapi}")
        with site.worker(conf, env=clock.env) as worker:
            assert Conversation(worker.ask, "carol").start().result == "ask"
            for seconds in (31, 61, 121):
                clock.pass_seconds(seconds)
                reply = Conversation(worker.ask, "carol").start()
                assert reply.result == "ask" and reply.took < 1.5


def test_nothing_is_spent_at_another_server_than_it_was_charged_at(site, standby):
    """MC-SEC-18 MC-SEC-19: the writer goes between the two writes of one login."""
    with Proxy(site.folder, site.slapd.socket) as proxy:

        def gone(_message):
            proxy.close()
            raise CutAfter

        proxy.rule = at(MODIFY_REPLY, 1, gone)
        conf = site.quick(ldap_uri=f"{proxy.uri} {standby.ldapi}")
        reply = site.login_once("carol", site.code(), conf=conf)
        line = reply.log("event=directory_fault")
        # the second where the end of the connection was not yet seen
        assert reply.result == "unavailable" and ("cause=writer_changed" in line or "cause=ldap_lost" in line)


@pytest.mark.parametrize("down", ["both", "refusing and mute"])
def test_with_no_server_left_the_refusal_comes_in_time(site, standby, down, pam):
    """F01 F02 MC-SEC-59"""
    standby.stop()
    site.slapd.stop()
    with mute() as port:
        others = {"both": standby.ldapi, "refusing and mute": f"ldap://{LOOPBACK}:{port}"}
        begin = time.monotonic()
        run = pam.login("carol", conf=site.quick(ldap_uri=f"{site.slapd.ldapi} {others[down]}"))
        assert run.code == "AUTHINFO_UNAVAIL" and time.monotonic() - begin < 3
        assert "event=directory_fault" in run.log("event=directory_fault")
