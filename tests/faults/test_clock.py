# SPDX-License-Identifier: Apache-2.0
"""The host's clock is wrong, or is put right: used steps stay used, nothing expires late, nobody is shut out for good."""

import time

import pytest
from stack.otp import STEP_SECONDS, totp

from .site import wrong
from .wire import Conversation

HOUR, DAY, YEAR = 3600, 86400, 365 * 86400


def code_at(site, offset, steps=0):
    """A code as carol's device shows it to whoever believes that clock."""
    left = STEP_SECONDS - (time.time() + offset) % STEP_SECONDS
    if left < 3:
        time.sleep(left + 0.05)
    return totp(site.carol_totp, steps, at=time.time() + offset)


@pytest.mark.parametrize("offset", [-30 * DAY, -DAY, -HOUR, -120, 120, HOUR, DAY, 10 * YEAR])
def test_codes_of_the_right_time_are_wrong_by_a_wrong_clock(site, clock, offset):
    """F32 F33 F34 MC-SEC-49"""
    clock.set(offset)
    assert site.login_once("carol", site.code(), env=clock.env).result == "ask"
    assert site.login_once("carol", code_at(site, offset), env=clock.env).result == "ok"


@pytest.mark.parametrize("offset", [-90, -HOUR, -30 * DAY])
def test_a_used_step_stays_used_when_the_clock_goes_back(site, clock, offset):
    """F33 MC-SEC-14 MC-SEC-48: also the codes of the time that comes again."""
    with site.worker(env=clock.env) as worker:
        assert Conversation(worker.ask, "carol").login(site.code(room=8)).result == "ok"
        clock.set(offset)
        reply = Conversation(worker.ask, "carol").login(code_at(site, offset))
        assert reply.result == "ask"
        if offset < -100:
            assert "A clock is wrong" in reply.text
            assert "event=clock_trouble" in reply.log("event=clock_trouble")
        clock.set(0)
        assert Conversation(worker.ask, "carol").login(site.code(room=8)).result == "ask"


def test_a_step_spent_in_the_future_is_told_apart_and_can_be_cleared(site, clock):
    """MC-SEC-48: by the recipe for clock trouble: delete mycredTotpUsed."""
    clock.set(DAY)
    assert site.login_once("carol", code_at(site, DAY), env=clock.env).result == "ok"
    reply = site.login_once("carol", site.code())
    assert reply.result == "ask" and "A clock is wrong" in reply.text
    site.directory.replace(site.dn("carol"), mycredTotpUsed=None)
    assert site.login_once("carol", site.code()).result == "ok"


def test_failures_of_the_future_shut_nobody_out_for_years(site, clock):
    """F32: they count, but their wait is not run for."""
    clock.set(10 * YEAR)
    with site.helper(env=clock.env) as helper:
        conversation = Conversation(helper.ask, "carol", prompts=10)
        conversation.start()
        for _ in range(5):
            conversation.answer(wrong(code_at(site, 10 * YEAR)))
    assert len(site.values("carol", "mycredTotpFailure")) == 5
    assert site.login_once("carol", site.code()).result == "ok"


def test_messages_of_the_future_do_not_stop_sending_for_years(site, clock):
    """F32"""
    clock.set(10 * YEAR)
    assert site.login_once("bob", env=clock.env).result == "ask"
    assert site.login_once("bob").result == "ask"


def test_a_code_lives_as_long_as_it_says(site, clock):
    """MC-SEC-05: 5 minutes, to the second; the deadline in the entry is what counts."""
    with site.helper(env=clock.env) as helper:
        assert Conversation(helper.ask, "bob").start().result == "ask"
        code = site.sent_code()
        clock.set(302)
        late = Conversation(helper.ask, "bob")
        assert late.start().result == "ask"
        assert len(site.sent()) == 2  # the first is no longer pending
        assert late.answer(code).result == "ask"
        assert late.answer(site.sent_code()).result == "ok"


def test_a_code_is_good_until_its_last_second(site, clock):
    """MC-SEC-05"""
    with site.helper(env=clock.env) as helper:
        assert Conversation(helper.ask, "bob").start().result == "ask"
        clock.set(297)
        assert Conversation(helper.ask, "bob").login(site.sent_code()).result == "ok"
        assert len(site.sent()) == 1


@pytest.mark.parametrize("offset", [HOUR, -HOUR, DAY, -DAY])
def test_the_clock_may_jump_while_somebody_types(site, clock, offset):
    """F32 F33: refused or asked again, never let in by it, and no wait grows by it."""
    with site.helper(env=clock.env) as helper:
        conversation = Conversation(helper.ask, "carol")
        conversation.start()
        code = site.code(room=8)
        clock.set(offset)
        reply = conversation.answer(code)
        assert not reply.lets_in and reply.took < 5
        clock.set(0)
        assert site.login_once("carol", site.code()).result == "ok"


def test_exemptions_and_locks_go_by_the_hosts_clock(site, clock):
    stamp = lambda seconds: time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + seconds))
    site.directory.replace(site.dn("carol"), mycredExemptUntil=stamp(600))
    assert site.login_once("carol").result == "exempt"
    clock.set(700)
    assert site.login_once("carol", env=clock.env).result == "ask"
    # too far ahead counts as absent, also where only the clock is wrong
    clock.set(-30 * DAY)
    assert site.login_once("carol", env=clock.env).result == "ask"
