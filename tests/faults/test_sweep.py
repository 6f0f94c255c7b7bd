# SPDX-License-Identifier: Apache-2.0
"""Each system call and each allocation of whole logins fails once in turn, or is the helper's last.

Whatever fails: a wrong code never lets in, nobody is let in without a code, a right code lets in once at most, the reply
comes in time, and what is left in the entry is sound. (MC-SEC-55, MC-SEC-183)
"""

import re
import shutil
import sys
from collections import Counter

import pytest
from stack.watch import code_in

from .conftest import preloaded
from .site import wrong
from .wire import LET_IN, SANITIZED, Conversation, Process

CALL = re.compile(r"^(?:\d+ +)?(\w+)\(", re.MULTILINE)

pytestmark = pytest.mark.skipif(SANITIZED, reason="the sanitizer takes its own failing calls for fatal")
needs_strace = pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")

# Those that start a program; failing ones keep it from starting and show nothing of ours.
UNTOUCHED = {"execve", "exit_group", "arch_prctl"}


class Device:
    """Carol signs in by her device: wrong, then right."""

    user = "carol"

    def __init__(self, site):
        self.site = site

    def reset(self):
        self.site.directory.replace(self.site.dn("carol"), mycredTotpUsed=None, mycredTotpFailure=None)

    def code(self):
        return self.site.code()

    def failures(self):
        return len(self.site.values("carol", "mycredTotpFailure"))

    def is_spent(self):
        return bool(self.site.values("carol", "mycredTotpUsed"))


class Sms:
    """Bob asks for a code and types another one, then the right one."""

    user = "bob"

    def __init__(self, site):
        self.site = site

    def reset(self):
        attributes = ("mycredChallenge", "mycredSendTime", "mycredCodeFailure", "mycredLastUse")
        self.site.directory.replace(self.site.dn("bob"), **dict.fromkeys(attributes))
        for file in self.site.jobs.iterdir():
            file.unlink()

    def code(self):
        whole = [job for job in self.site.sent() if "\n\n" in job]  # the sender may have failed half-way
        return code_in(whole[-1].split("\n\n", 1)[1]) if whole else "000000"

    def failures(self):
        return len(self.site.values("bob", "mycredCodeFailure"))

    def is_spent(self):
        return not self.site.values("bob", "mycredChallenge")


def sign_in(site, person, prefix=(), env=None):
    """The replies to the start, a wrong code and the right one, as far as it gets."""
    code, results = None, []
    helper = Process(site.conf, sender=site.sender, prefix=prefix, env=env)
    try:
        conversation = Conversation(helper.ask, person.user)
        reply = conversation.start()
        results.append(reply.result)
        if reply.result == "ask":
            code = person.code()
            reply = conversation.answer(wrong(code))
            results.append(reply.result)
        if reply.result == "ask":
            results.append(conversation.answer(code).result)
    finally:
        helper.close()
    return code, results


def check(site, person, what, code, results):
    assert not LET_IN & set(results[:2]), (what, results)
    if code is not None:
        again = sign_in_plainly(site, person, code)
        assert again in ("ok", "ask", "throttled"), (what, results, again)
        assert not ("ok" in results and again == "ok"), (what, results)
    assert sign_in_required(site) == "no-method"
    person.reset()


def sign_in_plainly(site, person, code):
    with site.helper() as helper:
        return Conversation(helper.ask, person.user).login(code).result


def sign_in_required(site, **more):
    """Grace, who must verify and has nothing to verify with."""
    with site.helper(**more) as helper:
        return Conversation(helper.ask, "grace").start().result


def calls_of(site, person, tmp_path):
    """How often each system call is made in one whole login, by the process that makes it most often."""
    trace = tmp_path / "trace"
    _, results = sign_in(site, person, ["strace", "-qq", "-o", trace])
    assert results == ["ask", "ask", "ok"]
    person.reset()
    counts = Counter(CALL.findall(trace.read_text()))
    return [(name, number) for name in sorted(counts.keys() - UNTOUCHED) for number in range(1, counts[name] + 1)]


def injected(name, number, fault):
    return ["strace", "-qq", "-f", "-o", "/dev/null", "-e", f"trace={name}", "-e", f"inject={name}:{fault}:when={number}"]


def some(items, request, of):
    """All of them in the long run, else each `of`-th."""
    return items if request.config.getoption("--long") else items[::of]


def quick(calls, request):
    """A pipe that stays open lets a sender wait for 10 s: only in the long run."""
    return calls if request.config.getoption("--long") else [one for one in calls if one[0] != "close"]


PEOPLE = pytest.mark.parametrize("person", [Device, Sms])


@needs_strace
@PEOPLE
@pytest.mark.parametrize("error", ["EIO", "ENOMEM", "EINTR"])
def test_a_system_call_that_fails_lets_nobody_in(site, tmp_path, request, person, error):
    """MC-SEC-55 MC-SEC-183 F54 F55"""
    person = person(site)
    person.reset()
    tally = Counter()
    for name, number in some(quick(calls_of(site, person, tmp_path), request), request, of=9):
        code, results = sign_in(site, person, injected(name, number, f"error={error}"))
        tally[results[-1]] += 1
        check(site, person, (name, number), code, results)
        assert sign_in_required(site, prefix=injected(name, number, f"error={error}")) not in LET_IN, (name, number)
    print(error, sum(tally.values()), dict(tally))


@needs_strace
@PEOPLE
def test_an_end_at_any_system_call_leaves_all_sound(site, tmp_path, request, person):
    """MC-SEC-20: spent or not, but never twice; and every attempt that was compared is counted."""
    person = person(site)
    person.reset()
    tally = Counter()
    for name, number in some(calls_of(site, person, tmp_path), request, of=5):
        code, results = sign_in(site, person, injected(name, number, "signal=KILL"))
        tally[results[-1]] += 1
        compared = results.count("ask") - 1
        assert person.failures() >= compared or person.is_spent(), (name, number, results)
        check(site, person, (name, number), code, results)
    print("KILL", sum(tally.values()), dict(tally))


@PEOPLE
def test_an_allocation_that_fails_lets_nobody_in(site, tmp_path, request, person):
    """MC-SEC-183 F52"""
    person = person(site)
    person.reset()
    count = tmp_path / "count"
    count.write_bytes(bytes(8))
    environment = {"LD_PRELOAD": str(preloaded("fail_allocation")), "ALLOCATION_COUNT": str(count)}
    _, results = sign_in(site, person, env=environment)
    assert results == ["ask", "ask", "ok"]
    person.reset()
    total = int.from_bytes(count.read_bytes(), sys.byteorder)
    assert total > 100
    tally = Counter()
    for number in some(range(1, total + 1), request, of=23):
        code, results = sign_in(site, person, env={**environment, "FAIL_ALLOCATION": str(number)})
        tally[results[-1]] += 1
        check(site, person, number, code, results)
        assert sign_in_required(site, env={**environment, "FAIL_ALLOCATION": str(number)}) not in LET_IN, number
    print("allocations", total, sum(tally.values()), dict(tally))
