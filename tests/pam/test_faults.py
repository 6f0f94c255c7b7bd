# SPDX-License-Identifier: Apache-2.0
"""Each system call and each allocation of the module fails once in turn."""

import re
from collections import Counter

import pytest

from .harness import SANITIZED, ask, ask_then, reply

CALL = re.compile(r"^(\w+)\(")
# of the host's own report, and what every process does about its memory and threads
NOT_OURS = {"write", "futex", "exit_group", "rt_sigreturn"}
if SANITIZED:  # which ends the process when its memory is refused
    NOT_OURS |= {"mmap", "munmap", "brk", "madvise", "mprotect"}
ERRORS = ("EINTR", "EIO", "ENOMEM")
LETS_IN = {"SUCCESS", "IGNORE"}
own_allocator = pytest.mark.skipif(SANITIZED, reason="the sanitizer owns the allocator")


def in_window(trace):
    """(system call, its number of all of that name) for each one that the module makes."""
    counts, inside, found = Counter(), False, []
    for line in trace.splitlines():
        match = CALL.match(line)
        if not match:
            continue
        name = match[1]
        counts[name] += 1
        if 'write(-1, "BEGIN"' in line:
            inside = True
        elif 'write(-1, "END"' in line:
            inside = False
        elif inside and name not in NOT_OURS:
            found.append((name, counts[name]))
    return found


def sweep(pam, run, allowed):
    """Runs once to see the calls, then once for each call and error. Returns the codes that came out."""
    trace = pam.folder / "trace"
    traced = ["strace", "-o", str(trace)]
    assert run(prefix=traced).code in allowed
    calls = in_window(trace.read_text())
    assert {"getrandom", "connect", "socket"} <= {name for name, _ in calls}
    codes = Counter()
    for name, number in calls:
        for error in ERRORS:
            inject = f"inject={name}:error={error}:when={number}"
            result = run(prefix=["strace", "-o", "/dev/null", "-e", f"trace={name}", "-e", inject])
            assert result.code in allowed or result.code not in LETS_IN, (inject, result)
            if name != "close":  # it was not closed, then
                assert [change for change in result.changes if "descriptor" in change] == [], (inject, result)
            if name not in ("waitid", "poll"):  # it could not be waited for, then
                assert [change for change in result.changes if "children" in change] == [], (inject, result)
            codes[result.code] += 1
    print(f"{len(calls)} system calls, {len(ERRORS)} errors each: {dict(codes)}")
    return codes


@pytest.mark.parametrize("result, allowed", [("wrong", {"AUTH_ERR"}), ("ok", {"SUCCESS"})])
def test_each_system_call_with_the_service(pam, result, allowed):
    """MC-SEC-55, MC-SEC-183: no failing call turns a refusal into success or ignore, or anything into ignore."""
    pam.module("ignore_unknown_user nullok")

    def run(prefix):
        pam.helper.script = ask_then(result)
        return pam.host("authenticate", prefix=prefix, answers=["111111"], flags=["--markers"])

    codes = sweep(pam, run, allowed)
    assert codes["AUTHINFO_UNAVAIL"] > 0 and codes["SYSTEM_ERR"] > 0


@pytest.mark.parametrize("result, allowed", [("wrong", {"AUTH_ERR"}), ("ok", {"SUCCESS"})])
def test_each_system_call_with_a_started_program(lonely_pam, program, result, allowed):
    """MC-SEC-55, MC-SEC-61, MC-SEC-183: nor does one while a program is started; and no child is left running."""
    program.behave(result)
    lonely_pam.module("ignore_unknown_user nullok")

    def run(prefix):
        return lonely_pam.host("authenticate", prefix=prefix, answers=["111111"], flags=["--markers"])

    sweep(lonely_pam, run, allowed)


@pytest.mark.parametrize("name", ["setsid", "dup2", "close_range", "chdir"])
def test_each_system_call_of_the_child_before_it_is_the_program(lonely_pam, program, name):
    """MC-SEC-55: a child that cannot shed what it has of the host does not become the helper."""
    lonely_pam.module()
    inject = f"inject={name}:error=EPERM:when=1"
    prefix = ["strace", "-f", "-o", "/dev/null", "-e", f"trace={name}", "-e", inject]
    run = lonely_pam.host("authenticate", prefix=prefix, answers=["1"])
    if run.code == "SUCCESS":  # libc found another way, or a session was led already
        assert name in ("setsid", "close_range")
        [seen] = program.seen
        assert sum(target.startswith("socket:") for target in seen["descriptors"].values()) == 1
    else:
        assert (run.code, program.seen) == ("SERVICE_ERR", [])
    assert run.changes == []


def allocations(run):
    return run.all("allocations")[0]


@own_allocator
@pytest.mark.parametrize("call", ["authenticate", "acct_mgmt", "chauthtok"])
@pytest.mark.parametrize("result", ["ok", "locked"])
def test_each_allocation(pam, call, result):
    """MC-SEC-55, MC-SEC-183: out of memory is an error, never a success that was not, never an ignore."""
    baseline = {"authenticate": "SUCCESS", "acct_mgmt": "IGNORE", "chauthtok": "SUCCESS"}[call] if result == "ok" else None

    def run(number):
        pam.helper.script = [ask(), reply(result, (1, "text"), state=b"p"), reply("ok")] if call != "acct_mgmt" else [reply(result)]
        answers = ["1"] if call == "authenticate" else ["old", "1", "new", "new"]
        return pam.run(call, options="debug", answers=answers, fail_allocation=number)

    whole = run(0)
    assert whole.code == (baseline or whole.code) and allocations(whole) > 10
    assert baseline or whole.code not in LETS_IN
    for number in range(1, allocations(whole) + 1):
        code = run(number).code
        assert code == baseline or code not in LETS_IN, (number, code)
    print(f"{allocations(whole)} allocations")


def test_random_numbers_that_fail_are_an_error(pam):
    """MC-SEC-152: no conversation without a name of its own."""
    prefix = ["strace", "-o", "/dev/null", "-e", "inject=getrandom:error=EAGAIN"]
    pam.module("nullok")
    run = pam.host("authenticate", prefix=prefix)
    assert run.code == "SYSTEM_ERR"
    assert "reason=getrandom" in run.log("event=failed")
    assert pam.helper.requests == []
