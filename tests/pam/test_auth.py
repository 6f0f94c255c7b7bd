# SPDX-License-Identifier: Apache-2.0
"""Authentication against a scripted helper: prompts, answers, codes."""

import pytest

from service import frames

from .harness import (
    CHOICE,
    API_PASSWORD,
    DEBUG,
    DECOY,
    ERROR,
    FILLER,
    FIRST_FACTOR,
    FORWARD_PASS,
    INFO,
    NULLOK,
    PROMPT,
    ask,
    ask_then,
    reply,
)


def test_right_code_lets_in(pam):
    """MC-SEC-55: success follows the helper's proof."""
    run = pam.authenticate(ask(state=b"one"), reply("ok"), answers=["492 017"], rhost="192.0.2.1")
    assert run.code == "SUCCESS"
    assert run.conversations == [[("prompt", "Code: ")]]
    start, answer = pam.helper.requests
    assert [start.kind, answer.kind] == [frames.START, frames.ANSWER]
    assert answer.get(frames.ANSWER_TEXT) == b"492 017"
    assert answer.get(frames.STATE) == b"one"
    for request in (start, answer):
        assert request.get(frames.USER) == b"alice"
        assert request.get(frames.SERVICE) == b"mycred"
        assert request.get(frames.RHOST) == b"192.0.2.1"
        assert request.get(frames.ID) == start.get(frames.ID)
        assert request.get(frames.PASSWORD) == b""


def test_prompts_left_are_told(pam):
    pam.authenticate(ask(), ask(), ask(), ask(), answers=["1", "2", "3"])
    left = [request.get(frames.PROMPTS_LEFT, b"\0")[0] for request in pam.helper.requests]
    assert left == [3, 2, 1, 0]


def test_three_prompts_and_no_more(pam):
    """MC-SEC-30: one conversation stops after 3 prompts, whatever the helper asks for."""
    pam.helper.script = lambda request: ask("A new code was sent.")
    run = pam.run("authenticate", answers=["resend"] * 10)
    assert run.code == "AUTH_ERR"
    assert len(run.prompts) == 3
    assert len(run.texts) == 4  # what came with the prompt that is not shown is
    assert "reason=prompts-used-up" in run.log("event=refused")


@pytest.mark.parametrize("retry", [1, 5])
def test_retry_sets_the_number_of_prompts(pam, retry):
    pam.helper.script = lambda request: ask()
    assert len(pam.run("authenticate", options=f"retry={retry}", answers=["1"] * 9).prompts) == retry


def test_notice_and_prompt_come_in_one_call(pam):
    run = pam.authenticate(ask("A code was sent."), ask("That code is not right."), reply("ok"), answers=["1", "2"])
    assert run.conversations == [
        [("info", "A code was sent."), ("prompt", "Code: ")],
        [("info", "That code is not right."), ("prompt", "Code: ")],
    ]


def test_last_texts_are_shown(pam):
    run = pam.authenticate(ask(), reply("wrong", (ERROR, "Not right."), (INFO, "Bye.")), answers=["1"])
    assert run.code == "AUTH_ERR"
    assert run.conversations[1] == [("error", "Not right."), ("info", "Bye.")]


def test_silence_is_kept(pam):
    """MC-SEC-71: PAM_SILENT leaves the prompts alone."""
    script = ask("A code was sent."), reply("wrong", (ERROR, "Not right."))
    run = pam.authenticate(*script, answers=["1"], flags=["--silent"])
    assert run.conversations == [[("prompt", "Code: ")]]


def test_a_menu_is_a_part_of_its_prompt_where_the_host_wants_silence(pam):
    """sudo always does, and nobody can choose from what is not shown."""
    menu = reply("ask", (INFO, "Not sent."), (CHOICE, "Ways:"), (CHOICE, "1  SMS"), (PROMPT, "Choice: "), state=b"s")
    silent = pam.authenticate(menu, reply("ok"), answers=["1"], flags=["--silent"])
    assert silent.conversations == [[("prompt", "Ways:\n1  SMS\nChoice: ")]]
    usual = pam.authenticate(menu, reply("ok"), answers=["1"])
    assert usual.conversations == [[("info", "Not sent."), ("info", "Ways:"), ("info", "1  SMS"), ("prompt", "Choice: ")]]


def test_null_tokens_are_never_accepted(pam):
    """MC-SEC-71: PAM_DISALLOW_NULL_AUTHTOK changes nothing, for nothing empty is accepted without it."""
    for call in ("authenticate", "authenticate_disallow"):
        pam.helper.script = ask_then("ok")
        assert pam.run(call, answers=["", "", ""]).code == "AUTH_ERR"


def test_no_success_is_remembered(pam):
    """MC-SEC-71: a second authentication on one handle asks again."""
    script = [ask(), reply("ok"), ask(), reply("wrong"), reply("ok")]
    pam.helper.script = script
    run = pam.run("authenticate", "authenticate", "acct_mgmt", answers=["1", "2"])
    assert run.codes == ["SUCCESS", "AUTH_ERR", "IGNORE"]


def test_empty_answers_are_not_sent(pam):
    """MC-SEC-58: an empty code is asked for again, then refused."""
    run = pam.authenticate(ask("A code was sent."), answers=["", "", ""])
    assert run.code == "AUTH_ERR"
    assert len(run.prompts) == 3
    assert run.texts == ["A code was sent."]
    assert pam.helper.kinds == [frames.START]
    assert "reason=empty-answer" in run.log("event=refused")


def test_empty_answer_uses_up_a_prompt(pam):
    run = pam.authenticate(ask(), ask(), ask(), answers=["", "1", "2"])
    assert run.code == "AUTH_ERR"
    left = [request.get(frames.PROMPTS_LEFT, b"\0")[0] for request in pam.helper.requests]
    assert left == [3, 1, 0]


@pytest.mark.parametrize(
    "result, options, code",
    [
        ("off", "", "AUTH_ERR"),
        ("off", "nullok", "IGNORE"),
        ("exempt", "", "SUCCESS"),
        ("unknown-user", "", "USER_UNKNOWN"),
        ("unknown-user", "ignore_unknown_user", "IGNORE"),
        ("locked", "", "AUTH_ERR"),
        ("undelivered", "nullok", "CRED_UNAVAIL"),
        ("unavailable", "nullok ignore_unknown_user", "AUTHINFO_UNAVAIL"),
        ("bad-config", "nullok", "SERVICE_ERR"),
        ("undecided", "nullok", "SYSTEM_ERR"),
    ],
)
def test_result_at_once(pam, result, options, code):
    """MC-SEC-55: each result has its code, without a conversation."""
    run = pam.authenticate(reply(result), options=options, flags=["--no-conversation"])
    assert run.code == code


def test_flags_and_limits_of_the_line_are_sent(pam):
    pam.authenticate(reply("wrong"), options="nullok methods=totp,email fallback=auto debug")
    request = pam.helper.requests[0]
    assert pam.helper.flags() == NULLOK | DEBUG
    assert request.get(frames.METHODS) == bytes([1 << 1 | 1 << 3])
    assert request.get(frames.FALLBACK) == bytes([2])


def test_prompt_and_echo_can_be_chosen(pam):
    run = pam.authenticate(ask(), reply("ok"), answers=["1"], options="noecho [prompt=Code, please: ]")
    assert run.conversations == [[("secret", "Code, please: ")]]


def test_terminal_control_is_not_shown(pam):
    run = pam.authenticate(ask("to \x1b[2J\u202eevil", prompt="Code\a: "), reply("ok"), answers=["1"])
    assert run.conversations == [[("info", "to ?[2J?evil"), ("prompt", "Code?: ")]]


@pytest.mark.parametrize("before, answer", [("authtok=hunter2", "hunter2"), ("", "alice"), ("authtok=123456", "123456")])
def test_blind_client_is_not_a_wrong_guess(pam, before, answer):
    """An answer equal to the password or the name is not sent, not counted, and ends the conversation."""
    run = pam.authenticate(ask(), before=before, answers=[answer, answer])
    assert run.code == "AUTH_ERR"
    assert pam.helper.kinds == [frames.START]
    assert len(run.prompts) == 1
    assert "reason=blind-client" in run.log("event=refused")


def test_filler_of_sshd_makes_a_decoy(pam):
    """sshd's filler in PAM_AUTHTOK: asked as ever, nothing verified, nobody let in."""
    pam.helper.script = ask_then("ok")
    run = pam.run("authenticate", before="filler", options="first_factor use_first_pass", answers=[FILLER])
    assert run.code == "AUTH_ERR"
    assert run.prompts == ["Code: "]
    assert pam.helper.flags() == FIRST_FACTOR | DECOY
    assert pam.helper.requests[0].get(frames.PASSWORD) == b""
    assert pam.helper.answers == ["decoy"]


def test_filler_of_the_module_before_makes_a_decoy_of_the_code_step_too(pam):
    """As pam_unix leaves it in PAM_AUTHTOK, where this module asks for no password."""
    pam.helper.script = ask_then("ok")
    run = pam.run("authenticate", before="filler", options="nullok", answers=["492017"])
    assert run.code == "AUTH_ERR"
    assert pam.helper.flags() & DECOY
    assert pam.helper.answers == ["decoy"]


@pytest.mark.parametrize("result", ["ok", "exempt", "off", "unknown-user", "wrong"])
def test_decoy_never_lets_in_nor_is_ignored(pam, result):
    """MC-SEC-55: decoy refuses whatever the helper says, also where an unknown name would be ignored."""
    pam.helper.script = ask_then(result)
    run = pam.run("authenticate", options="decoy nullok ignore_unknown_user", answers=["492017"])
    assert run.code == "AUTH_ERR"
    assert pam.helper.answers == ["decoy"]


@pytest.mark.parametrize("result", ["ok", "off", "unknown-user", "wrong"])
@pytest.mark.parametrize("filler", [FILLER, FILLER[:6], FILLER[:2]])
def test_filler_as_an_answer_goes_on_as_a_decoy(pam, filler, result):
    """It is not sent; and since anybody can type it, it must not pass for an unknown user that is ignored."""
    run = pam.authenticate(ask(), ask(), reply(result), options="ignore_unknown_user nullok", answers=[filler, "492017"])
    assert run.code == "AUTH_ERR"
    assert pam.helper.answers == ["decoy", "decoy"]
    assert [pam.helper.flags(index) & DECOY for index in range(3)] == [0, DECOY, DECOY]


def test_first_factor_asks_for_the_password(pam):
    run = pam.authenticate(ask(), reply("ok"), options="first_factor", answers=["hunter2", "492017"])
    assert run.code == "SUCCESS"
    assert run.conversations == [[("secret", "Password: ")], [("prompt", "Code: ")]]
    assert pam.helper.flags() == FIRST_FACTOR
    assert pam.helper.requests[0].get(frames.PASSWORD) == b"hunter2"
    assert pam.helper.requests[1].get(frames.PASSWORD) == b""


@pytest.mark.parametrize("option", ["use_first_pass", "try_first_pass"])
def test_first_factor_takes_the_password_of_the_module_before(pam, option):
    run = pam.authenticate(reply("ok"), options=f"first_factor {option}", before="authtok=hunter2")
    assert run.code == "SUCCESS"
    assert run.prompts == []
    assert pam.helper.requests[0].get(frames.PASSWORD) == b"hunter2"


def test_try_first_pass_asks_where_there_is_none(pam):
    run = pam.authenticate(reply("ok"), options="first_factor try_first_pass", answers=["hunter2"])
    assert (run.code, run.prompts) == ("SUCCESS", ["Password: "])


def test_use_first_pass_never_asks(pam):
    run = pam.authenticate(reply("ok"), options="first_factor use_first_pass", answers=["hunter2"])
    assert (run.code, run.prompts, pam.helper.requests) == ("AUTH_ERR", [], [])


@pytest.mark.parametrize("options", ["first_factor", "api_password"])
@pytest.mark.parametrize("password", ["", "!size=1025", "!size=1048576", FILLER[:1]])
def test_unusable_password_is_never_sent(pam, options, password):
    """MC-SEC-58, MC-SEC-65: nothing empty, nothing cut, no filler reaches a bind."""
    pam.helper.script = ask_then("ok")
    run = pam.run("authenticate", options=options, answers=[password, "1"])
    assert run.code == "AUTH_ERR"
    assert all(request.get(frames.PASSWORD) == b"" for request in pam.helper.requests)


def test_longest_password_is_sent_whole(pam):
    pam.authenticate(reply("ok"), options="first_factor", answers=["!size=1024"])
    assert pam.helper.requests[0].get(frames.PASSWORD) == b"1" * 1024


def test_switched_off_account_passes_with_its_password(pam):
    assert pam.authenticate(reply("off"), options="first_factor", answers=["hunter2"]).code == "SUCCESS"


def test_api_password_is_checked_without_a_prompt_for_a_code(pam):
    run = pam.authenticate(reply("ok"), options="api_password", answers=["token"])
    assert (run.code, run.prompts) == ("SUCCESS", ["Password: "])
    assert pam.helper.flags() == API_PASSWORD
    assert pam.helper.requests[0].get(frames.PASSWORD) == b"token"


@pytest.mark.parametrize("result", ["off", "exempt"])
def test_api_door_opens_for_an_api_password_alone(pam, result):
    run = pam.authenticate(reply(result), options="api_password nullok", answers=["token"])
    assert run.code == "AUTH_ERR"


def test_api_door_never_asks(pam):
    run = pam.authenticate(ask(), options="api_password", answers=["token", "1"])
    assert (run.code, run.prompts) == ("AUTH_ERR", ["Password: "])


def test_password_is_handed_on_and_the_code_is_not(pam):
    """MC-SEC-66: the code is in no item; the password is, as with other modules."""
    pam.helper.script = ask_then("ok")
    pam.stack("auth required OURS first_factor", "auth required PROBE show")
    run = pam.host("authenticate", answers=["hunter2", "492017"])
    assert run.code == "SUCCESS"
    assert any(text.endswith("probe authtok=hunter2") for _, text in run.logs)
    assert not run.all("pamenv")


def test_password_with_a_code_is_not_handed_on(pam):
    """MC-SEC-66: with forward_pass the password ends with a code, and stays here."""
    pam.helper.script = [reply("ok")]
    pam.stack("auth required OURS first_factor forward_pass", "auth required PROBE show")
    run = pam.host("authenticate", answers=["hunter2492017"])
    assert run.code == "SUCCESS"
    assert pam.helper.flags() == FIRST_FACTOR | FORWARD_PASS
    assert any(text.endswith("probe authtok=-") for _, text in run.logs)


def test_code_alone_leaves_the_password_as_it_is(pam):
    """MC-SEC-66: the password of the module before is not touched and not sent."""
    pam.helper.script = ask_then("ok")
    pam.stack("auth required PROBE authtok=hunter2", "auth required OURS", "auth required PROBE show")
    run = pam.host("authenticate", answers=["492017"])
    assert any(text.endswith("probe authtok=hunter2") for _, text in run.logs)
    assert pam.helper.requests and all(request.get(frames.PASSWORD) == b"" for request in pam.helper.requests)


def test_root_can_be_ignored(pam):
    assert pam.run("authenticate", options="ignore_root", user="root").code == "IGNORE"
    assert pam.helper.requests == []


def test_small_uids_can_be_ignored(pam):
    assert pam.run("authenticate", options="minimum_uid=3", user="bin").code == "IGNORE"
    assert pam.helper.requests == []
    assert pam.authenticate(reply("ok"), options="minimum_uid=2 ignore_root", user="bin").code == "SUCCESS"


def test_name_that_the_system_does_not_know_is_not_ignored(pam):
    run = pam.authenticate(reply("wrong"), options="minimum_uid=4000000000 ignore_root", user="no-such-person")
    assert run.code == "AUTH_ERR"


def test_name_is_asked_for_where_there_is_none(pam):
    run = pam.authenticate(ask(), reply("ok"), answers=["bob", "1"], flags=["user"])
    assert run.code == "SUCCESS"
    assert pam.helper.requests[0].get(frames.USER) == b"bob"


@pytest.mark.parametrize("name", ["", "a" * 1025])
def test_unusable_names_are_not_sent(pam, name):
    """MC-SEC-28: blank and over-long names reach nobody's counters, and are not ignored."""
    run = pam.run("authenticate", options="ignore_unknown_user", user=name)
    assert (run.code, pam.helper.requests) == ("USER_UNKNOWN", [])


def test_setcred_always_succeeds(pam):
    pam.module("no-such-option")
    assert pam.host("setcred").code == "SUCCESS"
    assert pam.helper.requests == []
