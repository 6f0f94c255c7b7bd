# SPDX-License-Identifier: Apache-2.0
"""1,000 attempts at one account by 40 processes, each with its own connection to the directory."""

import pytest

CHARGES = {"totp": "mycredTotpFailure", "sms": "mycredCodeFailure", "recovery": "mycredRecoveryFailure"}


@pytest.fixture
def prepare(site):
    """prepare("totp"): (login name, a code that is right and new)."""

    def totp():
        site.directory.replace(site.dn("carol"), mycredTotpUsed=None, mycredTotpFailure=None)
        return "carol", site.code(room=4)

    def sms():
        site.directory.replace(site.dn("bob"), mycredSendTime=None, mycredCodeFailure=None)
        assert site.login_once("bob").result == "ask"
        return "bob", site.sent_code()

    codes = iter(site.carol_recovery * 3)

    def recovery():
        site.snapshot.restore()
        return "carol", next(codes).replace("-", "")

    return lambda kind: {"totp": totp, "sms": sms, "recovery": recovery}[kind]()


@pytest.mark.parametrize("kind", CHARGES)
def test_one_code_opens_once(site, driver, prepare, rounds, kind):
    """MC-SEC-12 MC-SEC-14 MC-SEC-15 F44"""
    for _ in rounds:
        user, code = prepare(kind)
        results = driver(site.conf, user, kind, code)
        assert results["ok"] == 1, results
        assert set(results) <= {"ok", "wrong", "throttled"}, results


@pytest.mark.parametrize("kind", CHARGES)
def test_parallel_guesses_stop_at_the_limit(site, driver, prepare, rounds, kind):
    """MC-SEC-21 F45: who is past the limit is refused without comparing, and leaves no trace."""
    for _ in rounds:
        user, _ = prepare(kind)
        results = driver(site.conf, user, kind, "wrong")
        assert results == {"wrong": 5, "throttled": 995}
        assert len(site.values(user, CHARGES[kind])) == 5
        site.snapshot.restore()


@pytest.mark.parametrize("channel, user", [("sms", "bob"), ("email", "dave")])
def test_parallel_requests_send_one_message(site, driver, rounds, channel, user):
    """MC-SEC-34 MC-SEC-35 F46"""
    for _ in rounds:
        results = driver(site.conf, user, f"send-{channel}", attempts=200)
        assert results.pop("ok") == 1, results
        assert set(results) <= {"lost-race", "throttled"}
        assert len(site.values(user, "mycredSendTime")) == 1
        assert len(site.values(user, "mycredChallenge")) == 1
        site.snapshot.restore()
