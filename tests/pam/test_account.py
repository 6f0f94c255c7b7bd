# SPDX-License-Identifier: Apache-2.0
"""The account phase, before and after an authentication of ours."""

import pytest

from service import frames

from .harness import MUST_CHANGE, PROMPT, ask, reply


def account_after_login(pam, flags=0):
    pam.helper.script = [ask(), reply("ok", flags=flags)]
    return pam.run("authenticate", "acct_mgmt", answers=["1"])


def test_account_passes_after_our_login_and_asks_nobody(pam):
    run = account_after_login(pam)
    assert run.codes == ["SUCCESS", "SUCCESS"]
    assert pam.helper.kinds == [frames.START, frames.ANSWER]


def test_password_that_must_change_is_reported(pam):
    """MC-SEC-67"""
    assert account_after_login(pam, flags=MUST_CHANGE).codes == ["SUCCESS", "NEW_AUTHTOK_REQD"]


def test_what_the_first_reply_said_of_the_password_is_kept(pam):
    """MC-SEC-67: the password is checked before the code, and only that reply knows of its age."""
    first = reply("ask", (PROMPT, "Code: "), flags=MUST_CHANGE)
    pam.helper.script = [first, reply("ok")]
    run = pam.run("authenticate", "acct_mgmt", options="first_factor", answers=["hunter2", "1"])
    assert run.codes == ["SUCCESS", "NEW_AUTHTOK_REQD"]


def test_login_of_another_name_does_not_count(pam):
    pam.helper.script = [ask(), reply("ok"), reply("ok")]
    run = pam.run("authenticate", "as=bob", "acct_mgmt", answers=["1"])
    assert run.codes == ["SUCCESS", "SUCCESS", "IGNORE"]
    assert pam.helper.requests[-1].get(frames.USER) == b"bob"


@pytest.mark.parametrize(
    "result, code",
    [
        ("ok", "IGNORE"),
        ("off", "IGNORE"),
        ("exempt", "IGNORE"),
        ("unknown-user", "IGNORE"),
        ("locked", "PERM_DENIED"),
        ("unavailable", "AUTHINFO_UNAVAIL"),
        ("bad-data", "SERVICE_ERR"),
        ("denied-peer", "CRED_INSUFFICIENT"),
        ("internal", "SYSTEM_ERR"),
    ],
)
def test_account_without_our_login(pam, result, code):
    """MC-SEC-67: public key and cron: no opinion, except about a lock; faults are errors."""
    pam.helper.script = [reply(result)]
    assert pam.run("acct_mgmt").code == code


def test_account_never_asks(pam):
    """A prompt in the account phase is against the protocol."""
    pam.helper.script = [ask()]
    run = pam.run("acct_mgmt", answers=["1"])
    assert (run.code, run.prompts) == ("SYSTEM_ERR", [])
    assert "reason=malformed-reply" in run.log("event=failed")


def test_account_asks_nobody_about_those_it_ignores(pam):
    assert pam.run("acct_mgmt", options="ignore_root", user="root").code == "IGNORE"
    assert pam.helper.requests == []


def test_session_lines_are_errors(pam):
    """MC-SEC-67: wrong-phase use returns an error: the module exports four entry points."""
    pam.stack("auth required OURS")
    assert pam.host("acct_mgmt").code != "SUCCESS"
    assert pam.host("chauthtok").code != "SUCCESS"
