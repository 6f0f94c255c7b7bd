# SPDX-License-Identifier: Apache-2.0
"""Lines in the host's log."""

import re

import pytest

from service import frames

from .harness import ask, ask_then, reply

ERR, NOTICE, INFO, DEBUG = 3, 5, 6, 7
FIELD = re.compile(r' (\w+)=("[^"]*"|[^ "]*)')
# what is at the end for patterns that know pam_unix
FAIL2BAN = re.compile(
    r"event=refused .*authentication failure; logname=\S* uid=\S* euid=\S* tty=\S* ruser=\S* rhost=(?P<host>\S+)$"
)


def test_refusal_ends_with_the_fields_of_pam_unix(pam):
    pam.helper.script = ask_then("wrong")
    run = pam.run("authenticate", answers=["111111"], rhost="192.0.2.7", tty="ssh", ruser="al ice")
    line = run.log("event=refused")
    assert FAIL2BAN.search(line)["host"] == "192.0.2.7"
    assert line.endswith("authentication failure; logname= uid=0 euid=0 tty=ssh ruser=al\\x20ice rhost=192.0.2.7")
    found = dict(FIELD.findall(line))
    assert found["result"] == "wrong"
    assert found["code"] == "auth_err"
    assert found["user"] == "alice"
    assert found["id"] == pam.helper.requests[0].get(frames.ID).decode()
    assert [priority for priority, text in run.logs if "refused" in text] == [NOTICE]


@pytest.mark.parametrize("options, named", [("", True), ("decoy", False), ("decoy debug", True)])
def test_a_decoys_line_names_nobody(pam, options, named):
    """MC-SEC-57: whether the directory knows the name was never asked; it may be a password typed too early."""
    pam.helper.script = ask_then("wrong")
    run = pam.run("authenticate", options=options, answers=["111111"])
    assert ("user=alice" in run.log("event=refused").split()) == named


def test_lines_of_the_helper_are_written_with_their_priority(pam):
    logs = [(ERR, "event=a id=1"), (INFO, "event=b"), (DEBUG, "event=c")]
    run = pam.authenticate(ask(logs=logs), reply("ok", logs=[(NOTICE, "event=d")]), answers=["1"])
    assert [(priority, text.split(": ", 1)[1]) for priority, text in run.logs] == [
        (ERR, "event=a id=1"),
        (INFO, "event=b"),
        (NOTICE, "event=d"),
    ]


def test_debug_lines_are_written_on_demand(pam):
    run = pam.authenticate(reply("ok", logs=[(DEBUG, "event=c")]), options="debug")
    assert run.log("event=c")
    assert "code=success" in run.log("event=passed")


def test_success_is_quiet_but_for_the_helper(pam):
    assert pam.authenticate(reply("ok")).logs == []


def test_nobody_forges_a_line(pam):
    user = 'eve\nevent=forged id="1" \x1b[2J\u202e'
    run = pam.authenticate(reply("wrong", logs=[(INFO, "event=x\nevent=forged")]), user=user, rhost="a\nb c")
    assert all("\n" not in text and "\x1b" not in text and "\u202e" not in text for _, text in run.logs)
    assert "event=x\\x0aevent=forged" in run.log("event=x")
    line = run.log("event=refused")
    assert 'user="eve\\x0aevent=forged id=\\x221\\x22 \\x1b[2J\\xe2\\x80\\xae"' in line
    assert line.endswith("rhost=a\\x0ab\\x20c")


def test_unknown_names_are_logged_only_with_debug(pam):
    """A name the directory does not know may be a password typed too early."""
    for options, times in ("", 0), ("debug", 1):
        pam.helper.script = ask_then("unknown-user")
        run = pam.run("authenticate", options=options, answers=["1"], user="hunter2")
        assert sum("hunter2" in text for _, text in run.logs) == times


@pytest.mark.parametrize("options", ["", "debug", "first_factor debug"])
def test_no_secret_is_logged(pam, options):
    """MC-SEC-09: no password, code or state at the highest level."""
    pam.helper.script = [ask(state=b"SECRET-state"), reply("wrong")]
    answers = (["SECRET-password"] if "first_factor" in options else []) + ["SECRET-code"]
    run = pam.run("authenticate", options=options, answers=answers)
    assert run.logs
    assert not any("SECRET" in text for _, text in run.logs)


@pytest.mark.parametrize("phase", ["authenticate", "acct_mgmt", "chauthtok"])
@pytest.mark.parametrize("option", ["no-such-option", "retry=99", "debug=1", "methods=pigeon"])
def test_bad_option_is_named(pam, phase, option):
    """MC-SEC-68: an unknown or malformed option fails in every phase, in one line that names it."""
    run = pam.run(phase, options=f"nullok {option}", answers=["old", "new", "new"])
    assert run.code == "SERVICE_ERR"
    assert pam.helper.requests == []
    [(priority, line)] = run.logs
    assert priority == ERR
    assert option in line and "event=failed" in line and "reason=" in line


def test_long_values_are_cut(pam):
    run = pam.authenticate(reply("wrong"), user="x" * 1000, rhost="h" * 3000)
    line = run.log("event=refused")
    assert "x" * 256 in line and "x" * 257 not in line
    assert line.endswith("rhost=" + "h" * 256)


def test_each_conversation_has_its_own_id(pam):
    pam.helper.script = lambda request: reply("wrong")
    pam.run(*["authenticate"] * 20)
    ids = {request.get(frames.ID) for request in pam.helper.requests}
    assert len(ids) == 20
    assert all(re.fullmatch(rb"[0-9a-f]{16}", one) for one in ids)


def test_a_journal_gets_fields_and_the_message_that_syslog_gets(pam):
    """One event is one line or one entry, never both."""
    pam.module()
    runs = {}
    for flags in ((), ("--journal",)):
        pam.helper.script = [reply("wrong", logs=[(NOTICE, "event=code_wrong id=1 user=alice")])]
        runs[flags] = pam.host("authenticate", flags=flags)
    by_syslog, by_journal = runs.values()
    entries = [dict(line.split("=", 1) for line in entry.splitlines()) for entry in by_journal.all("journal")]
    assert by_journal.logs == [] and by_syslog.all("journal") == []
    without_id = [re.sub(" id=[0-9a-f]{16}", "", text) for _, text in by_syslog.logs]
    assert [re.sub(" id=[0-9a-f]{16}", "", entry["MESSAGE"]) for entry in entries] == without_id
    assert [int(entry["PRIORITY"]) for entry in entries] == [priority for priority, _ in by_syslog.logs]
    line, refusal = entries
    assert (line["MYCRED_EVENT"], line["MYCRED_USER"]) == ("code_wrong", "alice")
    assert (refusal["MYCRED_EVENT"], refusal["MYCRED_PHASE"], refusal["MYCRED_RESULT"]) == ("refused", "auth", "wrong")
    assert {entry["SYSLOG_IDENTIFIER"] for entry in entries} == {"pam_host"}


def test_a_service_of_a_hostile_name_makes_no_field(pam):
    """MC-SEC-164: names of the host's own are escaped in entries as in lines."""
    pam.module()
    pam.helper.script = [reply("wrong")]
    user = "x\nPRIORITY=0 MYCRED_EVENT=login_verified"
    run = pam.host("authenticate", flags=["--journal"], user=user, rhost="h\nMESSAGE=x")
    (entry,) = run.all("journal")
    names = [line.split("=", 1)[0] for line in entry.splitlines()]
    assert len(names) == len(set(names))
    assert "\nMYCRED_EVENT=refused\n" in entry
