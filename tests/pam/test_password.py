# SPDX-License-Identifier: Apache-2.0
"""chauthtok: the current password, a code where one is on, the new password by the directory's rules."""

import pytest

from service import frames
from service.frames import ANSWER_TEXT, NEW_PASSWORD, PASSWORD, STATE

from .harness import ERROR, FILLER, MUST_CHANGE, ask, reply

PROVED = reply("ok", state=b"proved")


def change(pam, *script, answers=(), **more):
    pam.helper.script = list(script)
    return pam.run("chauthtok", answers=answers, **more)


def test_password_is_changed(pam):
    """MC-SEC-77: current password, then the new one, twice."""
    run = change(pam, PROVED, reply("ok", (1, "Changed.")), answers=["old", "new", "new"])
    assert run.code == "SUCCESS"
    assert run.prompts == ["Current password: ", "New password: ", "Retype new password: "]
    assert run.texts == ["Changed."]
    check, set_new = pam.helper.requests
    assert [check.kind, set_new.kind] == [frames.CHECK_OLD, frames.SET_NEW]
    assert check.get(PASSWORD) == set_new.get(PASSWORD) == b"old"
    assert set_new.get(NEW_PASSWORD) == b"new"
    assert set_new.get(STATE) == b"proved"


def test_code_is_asked_before_the_new_password(pam):
    """MC-SEC-77: where login verification is on, the code comes before the change."""
    script = ask("A code was sent."), reply("ok", state=b"proved"), reply("ok")
    run = change(pam, *script, answers=["old", "492017", "new", "new"])
    assert run.code == "SUCCESS"
    assert run.prompts == ["Current password: ", "Code: ", "New password: ", "Retype new password: "]
    assert pam.helper.requests[1].get(ANSWER_TEXT) == b"492017"


@pytest.mark.parametrize("result, code", [("wrong", "AUTH_ERR"), ("unavailable", "AUTHINFO_UNAVAIL"), ("off", "SYSTEM_ERR")])
def test_nothing_is_changed_without_the_proof(pam, result, code):
    """MC-SEC-77"""
    run = change(pam, reply(result), reply("ok"), answers=["old", "new", "new"])
    assert (run.code, pam.helper.kinds) == (code, [frames.CHECK_OLD])


@pytest.mark.parametrize("old", ["", "!size=1025", FILLER])
def test_unusable_current_password_is_not_sent(pam, old):
    """MC-SEC-58"""
    run = change(pam, PROVED, answers=[old])
    assert (run.code, pam.helper.requests) == ("AUTH_ERR", [])


def test_refused_password_is_explained_and_asked_again(pam):
    refused = reply("password-refused", (ERROR, "It is too short."), state=b"still proved")
    run = change(pam, PROVED, refused, reply("ok"), answers=["old", "a", "a", "better", "better"])
    assert run.code == "SUCCESS"
    assert run.texts == ["It is too short."]
    assert [request.get(STATE) for request in pam.helper.requests[1:]] == [b"proved", b"still proved"]


def test_new_passwords_run_out(pam):
    refused = [reply("password-refused", (ERROR, "It is too short."))] * 5
    run = change(pam, PROVED, *refused, answers=["old", *["a"] * 10])
    assert run.code == "AUTHTOK_ERR"
    assert pam.helper.kinds.count(frames.SET_NEW) == 3
    assert len(run.texts) == 3


@pytest.mark.parametrize(
    "typed, said",
    [
        (["one", "two"], "The passwords do not match."),
        ([""], "No password was given."),
        (["!size=1025"], "That password is too long."),
    ],
)
def test_mistakes_in_typing_are_not_sent(pam, typed, said):
    run = change(pam, PROVED, reply("ok"), answers=["old", *typed, "new", "new"])
    assert (run.code, run.texts) == ("SUCCESS", [said])
    assert [request.get(NEW_PASSWORD) for request in pam.helper.requests[1:]] == [b"new"]


def test_mistakes_run_out(pam):
    run = change(pam, PROVED, answers=["old", "", "", "", "new", "new"])
    assert (run.code, pam.helper.kinds) == ("AUTHTOK_ERR", [frames.CHECK_OLD])


def test_silence_leaves_the_prompts(pam):
    run = change(pam, PROVED, answers=["old", "", "", ""], flags=["--silent"])
    assert (run.code, run.texts) == ("AUTHTOK_ERR", [])


def test_passwords_of_modules_before_are_taken(pam):
    run = change(pam, PROVED, reply("ok"), before="oldauthtok=old authtok=new", options="use_first_pass")
    assert (run.code, run.prompts) == ("SUCCESS", [])
    assert pam.helper.requests[1].get(PASSWORD) == b"old"
    assert pam.helper.requests[1].get(NEW_PASSWORD) == b"new"


def test_use_first_pass_does_not_ask_for_a_new_password(pam):
    run = change(pam, PROVED, before="oldauthtok=old", options="use_first_pass", answers=["new", "new"])
    assert (run.code, run.prompts) == ("AUTHTOK_RECOVERY_ERR", [])


def test_use_first_pass_tries_once(pam):
    refused = reply("password-refused", (ERROR, "It is too short."))
    run = change(pam, PROVED, refused, refused, before="oldauthtok=old authtok=a", options="use_first_pass")
    assert (run.code, pam.helper.kinds.count(frames.SET_NEW)) == ("AUTHTOK_ERR", 1)


def test_try_first_pass_asks_after_a_refusal(pam):
    refused = reply("password-refused", (ERROR, "It is too short."))
    answers = ["better", "better"]
    run = change(pam, PROVED, refused, reply("ok"), before="oldauthtok=old authtok=a", options="try_first_pass", answers=answers)
    assert (run.code, run.prompts) == ("SUCCESS", ["New password: ", "Retype new password: "])


def test_new_password_is_handed_on(pam):
    """MC-SEC-66: later modules find both passwords, and no code."""
    pam.helper.script = [ask(), reply("ok", state=b"proved"), reply("ok")]
    pam.stack("password required OURS", "password required PROBE show")
    run = pam.host("chauthtok", answers=["old", "492017", "new", "new"])
    shown = [text.split("probe ")[1] for _, text in run.logs if "probe" in text]
    assert shown[-2:] == ["authtok=new", "oldauthtok=old"]


def test_unknown_user_is_left_to_other_modules(pam):
    pam.helper.script = [reply("unknown-user")]
    pam.stack("password required OURS ignore_unknown_user", "password required PROBE")
    assert pam.host("chauthtok", answers=["old", "new", "new"]).code == "SUCCESS"
    assert pam.helper.kinds == [frames.CHECK_OLD]
    assert change(pam, reply("unknown-user"), answers=["old"]).code == "USER_UNKNOWN"


def test_second_pass_alone_is_refused(pam):
    """MC-SEC-82: where a stack forgives the first pass, the second does not change anything."""
    pam.helper.script = [reply("wrong"), reply("ok")]
    pam.stack("password optional OURS", "password required PROBE")
    run = pam.host("chauthtok", answers=["old", "new", "new"])
    assert pam.helper.kinds == [frames.CHECK_OLD]
    assert "reason=current-password-not-proved" in run.log("current-password-not-proved")


def test_blind_client_sends_no_code(pam):
    run = change(pam, ask(), answers=["old", "old"])
    assert (run.code, pam.helper.kinds) == ("AUTH_ERR", [frames.CHECK_OLD])


def test_expired_password_is_changed_after_the_login_that_said_so(pam):
    pam.helper.script = [reply("ok", flags=MUST_CHANGE), reply("ok"), PROVED, reply("ok"), reply("ok")]
    calls = "authenticate", "acct_mgmt", "chauthtok_expired", "acct_mgmt"
    run = pam.run(*calls, options="first_factor", answers=["old", "old", "new", "new"])
    assert run.codes == ["SUCCESS", "NEW_AUTHTOK_REQD", "SUCCESS", "SUCCESS"]


def test_somebody_elses_expired_password_is_none_of_ours(pam):
    pam.stack("password required OURS debug", "password required PROBE")
    run = pam.host("chauthtok_expired", answers=["old", "new", "new"])
    assert (run.code, run.prompts, pam.helper.requests) == ("SUCCESS", [], [])
    assert run.logs and all("code=ignore" in text for _, text in run.logs)


def test_conversation_that_fails_changes_nothing(pam):
    """MC-SEC-65"""
    run = change(pam, PROVED, reply("ok"), answers=["old", "new", "!error"])
    assert (run.code, pam.helper.kinds) == ("CONV_ERR", [frames.CHECK_OLD])
