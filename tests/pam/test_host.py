# SPDX-License-Identifier: Apache-2.0
"""The module in hostile hosts: it leaves them as it found them."""

import pytest

from .harness import SANITIZED, Last, ask, ask_then, reply

HOSTILITIES = {
    "none": {},
    "handler that takes every child's status": {"flags": ["--reaper"]},
    "children ignored": {"flags": ["--ignore-children"]},
    "descriptors 0 to 2 closed": {"flags": ["--close-standard"]},
    "running alarm": {"flags": ["--alarm"]},
    "5,000 descriptors": {"descriptors": 5000},
    "all at once": {"flags": ["--reaper", "--close-standard", "--alarm"], "descriptors": 5000},
}
ENVIRONMENT = {
    "LDAPCONF": "/nonexistent",
    "LDAPRC": "evilrc",
    "LDAPURI": "ldap://192.0.2.66",
    "LDAPTLS_REQCERT": "never",
    "HTTPS_PROXY": "http://192.0.2.66:3128",
    "ALL_PROXY": "http://192.0.2.66:3128",
    "SSLKEYLOGFILE": "keys",
    "RES_OPTIONS": "attempts:99",
    "HOSTALIASES": "aliases",
    "LANG": "zh_CN.UTF-8",
    "TZ": "evil",
}


@pytest.mark.parametrize("name", HOSTILITIES)
def test_host_is_left_as_it_was_with_the_service(pam, name):
    """MC-SEC-60, MC-SEC-62, MC-SEC-63: cwd, umask, locale, environment, signals, timers, limits, descriptors."""
    (pam.folder / "ldaprc").write_text("URI ldap://192.0.2.66\n")
    pam.helper.script = ask_then("ok")
    pam.module()
    run = pam.host(
        *["authenticate", "setcred", "acct_mgmt"], answers=["1"], environment=ENVIRONMENT, cwd=pam.folder, **HOSTILITIES[name]
    )
    assert run.codes == ["SUCCESS", "SUCCESS", "SUCCESS"]
    assert run.changes == []


@pytest.mark.parametrize("name", HOSTILITIES)
def test_host_is_left_as_it_was_with_a_started_program(lonely_pam, program, name):
    """MC-SEC-60, MC-SEC-61, MC-SEC-63: no child, no descriptor, no status is left, whoever takes SIGCHLD."""
    (lonely_pam.folder / "ldaprc").write_text("URI ldap://192.0.2.66\n")
    lonely_pam.module()
    run = lonely_pam.host("authenticate", answers=["1"], environment=ENVIRONMENT, cwd=lonely_pam.folder, **HOSTILITIES[name])
    assert run.code == "SUCCESS"
    assert run.changes == []
    assert len(program.seen) == 1


@pytest.mark.parametrize("script", [[Last()], [Last(b"mc")], [ask(), b"garbage that is no frame"], [reply("wrong")]])
def test_host_is_left_as_it_was_after_a_failure(pam, script):
    """MC-SEC-60, MC-SEC-61: also where the helper hangs up or babbles; SIGPIPE is harmless."""
    run = pam.authenticate(*script, answers=["1"])
    assert run.code != "SUCCESS"
    assert run.changes == []


@pytest.mark.parametrize("answer", ["!null", "!nothing", "!error", "!abort", "!again"])
@pytest.mark.parametrize("script", ["authenticate", "chauthtok"])
def test_failed_conversation_is_survived(pam, script, answer):
    """MC-SEC-65: errors, missing replies, abort midway; the helper's time is not wasted on them."""
    pam.helper.script = ask_then("ok")
    run = pam.run(script, options="retry=2", answers=[answer] * 3)
    assert run.code == "CONV_ERR"
    assert run.changes == []


def test_failure_at_the_second_prompt_is_survived(pam):
    """MC-SEC-65"""
    assert pam.authenticate(ask(), ask(), reply("ok"), answers=["1", "!error"]).code == "CONV_ERR"


@pytest.mark.parametrize("size", [512, 513, 1024, 1025, 1 << 20])
def test_long_answers_are_wrong_ones(pam, size):
    """MC-SEC-65, MC-SEC-08: cut at what a frame may hold, sent, counted by the helper."""
    run = pam.authenticate(ask(), reply("wrong"), answers=[f"!size={size}"])
    assert run.code == "AUTH_ERR"
    assert pam.helper.answers == ["1" * min(size, 1024)]


def test_last_text_that_cannot_be_shown_turns_success_into_an_error(pam):
    """MC-SEC-55: an error of the conversation never becomes success, not even after a right code."""
    assert pam.authenticate(reply("ok", (1, "Welcome.")), flags=["--mute"]).code == "CONV_ERR"
    assert pam.authenticate(reply("off", (1, "Off.")), options="nullok", flags=["--mute"]).code == "CONV_ERR"
    assert pam.authenticate(reply("locked", (1, "No.")), flags=["--mute"]).code == "AUTH_ERR"


def test_no_conversation_is_needed_where_nothing_is_asked(pam):
    assert pam.authenticate(reply("ok", (1, "Welcome.")), flags=["--no-conversation"]).code == "SUCCESS"
    assert pam.authenticate(ask(), flags=["--no-conversation"]).code == "CONV_ERR"


@pytest.mark.parametrize(
    "call, options, script, answers",
    [
        ("authenticate", "", [ask(), reply("ok")], ["!canary"]),
        ("authenticate", "debug", [ask(), ask(), Last()], ["!canary", "!canary"]),
        ("authenticate", "first_factor", [ask(), reply("wrong")], ["!canary", "1"]),
        ("authenticate", "first_factor", [ask(), Last(b"x")], ["!canary", "!canary"]),
        ("authenticate", "api_password debug", [reply("unavailable")], ["!canary"]),
        ("chauthtok", "", [reply("ok", state=b"p"), reply("ok")], ["old", "!canary", "!canary"]),
        ("chauthtok", "", [reply("ok", state=b"p"), reply("password-refused")], ["!canary", "new", "new", "!error"]),
        ("chauthtok", "", [reply("ok", state=b"p")], ["!canary", "!canary", "other", "!error"]),
    ],
)
def test_secrets_are_wiped(pam, call, options, script, answers):
    """MC-SEC-09: after the handle has ended, no password and no code stands in the host's memory."""
    pam.helper.script = script
    assert pam.run(call, options=options, answers=answers).all("canaries") == [0]


def assert_flat(run):
    """Nothing but success, and at the end no more descriptors and memory than after a tenth of the rounds."""
    early, late = (line for line in run.lines if "round" in line)
    assert run.codes == []
    assert late["descriptors"] == early["descriptors"]
    # the sanitizer keeps what is freed, and finds leaks by itself
    assert late["rss"] - early["rss"] < 256 or SANITIZED  # KiB
    assert run.changes == []


@pytest.mark.parametrize("count", [300, pytest.param(10000, marks=pytest.mark.long)])
def test_loading_and_logging_in_again_and_again_uses_nothing_up(pam, count):
    """MC-SEC-61, MC-SEC-69: every round loads and unloads the module; descriptors and memory stay flat."""
    pam.helper.script = ask_then("ok")
    run = pam.run("authenticate", "acct_mgmt", answers=["1"], flags=["--quiet"], repeat=count, timeout=600)
    assert_flat(run)


@pytest.mark.parametrize("count", [20, pytest.param(1000, marks=pytest.mark.long)])
def test_starting_programs_again_and_again_uses_nothing_up(lonely_pam, program, count):
    """MC-SEC-61"""
    run = lonely_pam.run("authenticate", answers=["1"], flags=["--quiet"], repeat=count, timeout=600)
    assert_flat(run)


def test_threads_with_a_handle_each(pam):
    """MC-SEC-69: 64 threads, each with handles of its own."""
    pam.helper.script = lambda request: ask_then("ok")(request)
    run = pam.run("authenticate", "acct_mgmt", answers=["1"], flags=["--quiet"], threads=64, repeat=5)
    assert run.codes == []
    assert run.changes == []
    assert len(pam.helper.requests) == 64 * 5 * 2


def test_threads_that_start_programs(lonely_pam, program):
    """MC-SEC-69: no thread gets another's channel or child."""
    run = lonely_pam.run("authenticate", answers=["1"], flags=["--quiet"], threads=16)
    assert run.codes == []
    assert run.changes == []
    for seen in program.seen:
        sockets = [target for target in seen["descriptors"].values() if target.startswith("socket:")]
        assert len(sockets) == 1
