# SPDX-License-Identifier: Apache-2.0
"""Every shipped stack against every result of the first factor and of ours."""

import re

import pytest

from service import frames
from service.frames import RESULTS
from stack.server import ROOT

from .harness import DECOY, MUST_CHANGE, ask_then, reply

SHIPPED = ROOT / "pam_mycred" / "pam.d"
SUCCESS, SYSTEM_ERR, AUTH_ERR, AUTHINFO_UNAVAIL, USER_UNKNOWN, MAXTRIES = 0, 4, 7, 9, 10, 11
FIRST = (SUCCESS, SYSTEM_ERR, AUTH_ERR, AUTHINFO_UNAVAIL, USER_UNKNOWN, MAXTRIES)
PROVED, ALSO_OFF = {"ok", "exempt"}, {"ok", "exempt", "off"}
# what lets in after a right password or without one
LETS_IN = {
    "password-then-code": ALSO_OFF,
    "everybody-verifies": PROVED,
    "whole-stack": ALSO_OFF,
    "emergency": PROVED,
    "public-key-then-code": PROVED,
    "hidden-password-failure": PROVED,
    "api-door": {"ok"},
}
HAS_FIRST_FACTOR = {"password-then-code", "everybody-verifies", "emergency", "hidden-password-failure"}
# as they stand in the documentation
LINES = {
    "password-then-code": ["auth requisite pam_unix.so", "auth [success=ok ignore=ignore default=die] pam_mycred.so nullok"],
    "everybody-verifies": ["auth requisite pam_unix.so", "auth [success=ok default=die] pam_mycred.so"],
    "whole-stack": ["auth [success=done default=die] pam_mycred.so first_factor"],
    "emergency": ["auth [success=1 default=ignore] pam_localuser.so", "auth [success=ok default=die] pam_mycred.so"],
    "hidden-password-failure": [
        "auth [success=1 default=ignore] pam_unix.so",
        "auth requisite pam_mycred.so decoy",
        "auth [success=ok default=die] pam_mycred.so",
    ],
    "api-door": ["auth [success=done default=die] pam_mycred.so api_password"],
}


def install(pam, name, first=SUCCESS, local=AUTH_ERR, account=SUCCESS):
    text = (SHIPPED / name).read_text()
    text = re.sub(r"^(auth .*)pam_unix\.so", rf"\1PROBE code={first} authtok=hunter2", text, flags=re.MULTILINE)
    text = re.sub(r"^(account .*)pam_unix\.so", rf"\1PROBE code={account}", text, flags=re.MULTILINE)
    text = text.replace("pam_localuser.so", f"PROBE code={local}").replace("pam_mycred.so", "OURS")
    pam.stack(text)


def test_every_stack_is_tested():
    assert {path.name for path in SHIPPED.iterdir()} == set(LETS_IN)


@pytest.mark.parametrize("name", LINES)
def test_documented_lines_are_there(name):
    lines = [" ".join(line.split()) for line in (SHIPPED / name).read_text().splitlines()]
    auth = [line for line in lines if line.startswith("auth")]
    assert auth[-len(LINES[name]) :] == LINES[name]


@pytest.mark.parametrize("result", [result for result in RESULTS if result != "ask"])
@pytest.mark.parametrize("name", LETS_IN)
def test_stack_against_each_result(pam, name, result):
    """MC-SEC-55, MC-SEC-70: at the first word or after a prompt, only a proof lets in."""
    helpers = [lambda request: reply(result)]
    helpers += [ask_then(result)] if name != "api-door" else []  # which never asks
    for helper in helpers:
        for first in FIRST if name in HAS_FIRST_FACTOR else (SUCCESS,):
            pam.helper.requests.clear()
            pam.helper.script = helper
            install(pam, name, first)
            run = pam.host("authenticate", answers=["typed", "492017", "492017"])
            assert (run.code == "SUCCESS") == (first == SUCCESS and result in LETS_IN[name]), (first, run)


@pytest.mark.parametrize("name", HAS_FIRST_FACTOR)
def test_nothing_is_sent_after_a_wrong_password(pam, name):
    """MC-SEC-33: the helper does not hear of a login whose password was wrong, or only as of a decoy."""
    pam.helper.script = ask_then("ok")
    install(pam, name, AUTH_ERR)
    assert pam.host("authenticate", answers=["492017"] * 3).code == "AUTH_ERR"
    flags = [pam.helper.flags(index) for index in range(len(pam.helper.requests))]
    assert flags == ([DECOY, DECOY] if name == "hidden-password-failure" else [])


def test_hidden_failure_looks_like_a_right_password(pam):
    """MC-SEC-144: prompts and texts are the same; only the last word differs."""
    pam.helper.script = lambda request: ask_then("wrong")(request)
    seen = []
    for first in SUCCESS, AUTH_ERR:
        install(pam, "hidden-password-failure", first)
        run = pam.host("authenticate", answers=["111111"])
        seen.append((run.code, run.conversations))
    assert seen[0] == seen[1]


@pytest.mark.parametrize("result", ["ok", "unavailable", "bad-config", "wrong"])
def test_local_people_skip_verification_in_an_emergency(pam, result):
    """MC-SEC-70: the console works with the directory gone, directory people do not get in."""
    pam.helper.script = lambda request: reply(result)
    install(pam, "emergency", local=SUCCESS)
    run = pam.host("authenticate", "setcred", "acct_mgmt")
    assert (run.codes, pam.helper.requests) == (["SUCCESS"] * 3, [])
    install(pam, "emergency", local=SUCCESS, first=AUTH_ERR)
    assert pam.host("authenticate").code == "AUTH_ERR"


@pytest.mark.parametrize("name", LETS_IN)
def test_account_of_each_stack(pam, name):
    """MC-SEC-67: a lock refuses, also those who came by public key; no opinion is no obstacle."""
    for result, code in ("ok", "SUCCESS"), ("off", "SUCCESS"), ("locked", "PERM_DENIED"), ("unavailable", "AUTHINFO_UNAVAIL"):
        pam.helper.script = [reply(result)]
        install(pam, name)
        assert pam.host("acct_mgmt").code == code


def test_expired_password_is_changed_by_the_whole_stack(pam):
    pam.helper.script = [reply("ok", flags=MUST_CHANGE), reply("ok", state=b"p"), reply("ok")]
    install(pam, "whole-stack")
    run = pam.host("authenticate", "acct_mgmt", "chauthtok_expired", answers=["old", "old", "new", "new"])
    assert run.codes == ["SUCCESS", "NEW_AUTHTOK_REQD", "SUCCESS"]
    assert pam.helper.kinds == [frames.START, frames.CHECK_OLD, frames.SET_NEW]
