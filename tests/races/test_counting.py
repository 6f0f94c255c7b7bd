# SPDX-License-Identifier: Apache-2.0
"""What is counted belongs to the account, and only a success of the same factor takes it away."""

from datetime import datetime, timedelta

import pytest
from faults.site import wrong
from faults.wire import Conversation

FORM = "%Y%m%d%H%M%S.%fZ"


def failures(count, minutes_ago=0):
    """So many failures, a second apart."""
    last = datetime.utcnow() - timedelta(minutes=minutes_ago)
    return [(last - timedelta(seconds=number)).strftime(FORM) for number in range(count)]


def test_a_new_code_does_not_lower_the_count(site):
    """MC-SEC-07: four wrong, a new code, one wrong: the limit of five is reached."""
    with site.helper() as helper:
        conversation = Conversation(helper.ask, "bob", prompts=10)
        conversation.start()
        first = site.sent_code()
        for _ in range(4):
            assert conversation.answer(wrong(first)).result == "ask"
        make_older(site, "bob")
        assert conversation.answer("resend").result == "ask"
        second = site.sent_code()
        assert len(site.sent()) == 2
        assert conversation.answer(wrong(second)).result == "wrong"
    assert site.login_once("bob", second).result == "throttled"
    assert len(site.values("bob", "mycredCodeFailure")) == 5


def make_older(site, login):
    """Moves what was sent a minute back, so that the quota allows one more."""
    site.directory.replace(site.dn(login), mycredSendTime=[f"{value} sms" for value in failures(1, minutes_ago=2)])


@pytest.mark.parametrize("tries", [3, 10])
def test_the_limit_is_the_configured_one(site, tries):
    """MC-SEC-22"""
    conf = site.variant(code_tries=tries)
    with site.helper(conf) as helper:
        conversation = Conversation(helper.ask, "carol", prompts=20)
        conversation.start()
        code = site.code()
        results = [conversation.answer(wrong(code)).result for _ in range(tries)]
        assert results == ["ask"] * (tries - 1) + ["wrong"]
    assert site.login_once("carol", code, conf=conf).result == "throttled"


def test_success_clears_the_failures_of_its_own_factor_alone(site):
    """MC-SEC-26"""
    several = failures(2)
    site.directory.replace(
        site.dn("carol"), mycredTotpFailure=several, mycredCodeFailure=several, mycredRecoveryFailure=several
    )
    assert site.login_once("carol", site.code()).result == "ok"
    assert not site.values("carol", "mycredTotpFailure")
    assert sorted(site.values("carol", "mycredCodeFailure")) == sorted(several)
    assert sorted(site.values("carol", "mycredRecoveryFailure")) == sorted(several)
    assert site.login_once("carol", site.carol_recovery[0]).result == "ok"
    assert not site.values("carol", "mycredRecoveryFailure")
    assert sorted(site.values("carol", "mycredCodeFailure")) == sorted(several)


def test_counts_survive_every_restart_and_belong_to_no_session(site):
    """MC-SEC-27: a new service, a new directory process and a new conversation for every guess."""
    for guess in range(5):
        with site.service() as door:
            conversation = Conversation(door.ask, "carol", service=f"service{guess}")
            assert conversation.login(wrong(site.code())).result == ("ask" if guess < 4 else "wrong")
        site.slapd.stop()
        site.slapd.start()
    assert site.login_once("carol", site.code()).result == "throttled"


def test_odd_names_never_touch_anybodys_counters(site):
    """MC-SEC-28 MC-SEC-124: whatever the name, it is literal."""
    before = {login: site.entry(login) for login in ("alice", "bob", "carol", "dave")}
    names = ["", " ", "*", "car*", "carol ", " carol", "CAROL", "carol*", "carol)(uid=*", "*)(uid=carol", "carol\\2a"]
    names += [r"\63arol", "carol\x01", "uid=carol", "carol,ou=people", "x" * 1024, "\u202ecarol", "cärol", "()", "&|!"]
    names += ["carol))(|(uid=*", "bob\r\nuid: carol", "%s%n", "$(id)", "carol;", "ca\u200brol"]
    with site.helper() as helper:
        for name in names:
            reply = Conversation(helper.ask, name.encode()).login(site.code(), site.code())
            assert not reply.lets_in, name
            assert not site.sent()
    assert {login: site.entry(login) for login in before} == before


def test_from_the_configured_number_of_failures_on_nothing_counts_any_more(site):
    """MC-SEC-23: not even the right code, however long ago the failures were."""
    site.directory.replace(site.dn("carol"), mycredTotpFailure=failures(49, minutes_ago=600))
    assert site.login_once("carol", wrong(site.code())).result == "wrong"
    site.directory.replace(site.dn("carol"), mycredTotpFailure=failures(50, minutes_ago=600))
    assert site.login_once("carol", site.code()).result == "throttled"
    assert len(site.values("carol", "mycredTotpFailure")) == 50


@pytest.mark.parametrize("count, seconds", [(5, 30), (6, 60), (7, 120), (11, 1920), (12, 3600), (49, 3600)])
def test_waits_grow_to_an_hour(site, count, seconds):
    """MC-SEC-24: told at once, by refusal; and afterwards a right code counts."""
    last = datetime.utcnow()
    for ago, expected in ((seconds - 10, "throttled"), (seconds + 1, "ok")):
        times = [(last - timedelta(seconds=ago + number)).strftime(FORM) for number in range(count)]
        site.directory.replace(site.dn("carol"), mycredTotpFailure=times)
        reply = site.login_once("carol", site.code())
        assert reply.result == expected
        assert reply.took < 2
