# SPDX-License-Identifier: Apache-2.0
"""The service with real workers, while things around it are killed, stopped and restarted."""

import os
import random
import signal
import threading
import time
from collections import Counter
from contextlib import suppress

import ldap
import pytest
from stack.people import add_person
from stack.server import poll, runs
from stack.watch import code_in

from . import processes
from .site import wrong
from .wire import Conversation

CROWD = 12


@pytest.fixture
def crowd(site):
    """People who verify by SMS, each with a number of their own."""
    names = [f"person{number}" for number in range(CROWD)]
    for number, name in enumerate(names):
        add_person(site.directory, site.slapd.suffix, name, 20000 + number, mobile=f"+4915112340{number:02d}")
        site.directory.extend(site.dn(name), "mycredAccount", mycredLoginMethod="sms")
    return names


class Load:
    """Each of the crowd signs in again and again, in threads of their own."""

    def __init__(self, site, door, crowd):
        self.site, self.door = site, door
        self.results, self.twice = Counter(), 0
        self.stopped = threading.Event()
        self.errors = []
        self.threads = [threading.Thread(target=self._run, args=(name, n)) for n, name in enumerate(crowd)]

    def _run(self, *who):
        try:
            self._sign_in(*who)
        except Exception as error:
            self.errors.append(error)

    def _sign_in(self, name, number):
        directory = self.site.slapd.as_admin()
        while not self.stopped.is_set():
            with suppress(ldap.SERVER_DOWN):
                directory.replace(self.site.dn(name), mycredSendTime=None, mycredChallenge=None, mycredCodeFailure=None)
            conversation = Conversation(self.door.ask, name)
            reply = conversation.start()
            code = self._code(f"+4915112340{number:02d}") if reply.result == "ask" else None
            if code:
                reply = conversation.answer(code)
            self.results[reply.result] += 1
            if reply.result == "ok" and Conversation(self.door.ask, name).login(code).lets_in:
                self.twice += 1

    def _code(self, number):
        """The newest message to that number, taken away."""
        for file in self.site.jobs.glob("[0-9]*"):
            with suppress(FileNotFoundError):  # another's, who has just taken it
                text = file.read_text()
                if f"to {number}\n" in text:
                    file.unlink()
                    return code_in(text.split("\n\n", 1)[1])
        return None

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        for thread in self.threads:
            thread.join(30)
            assert not thread.is_alive()
        assert not self.errors


def seconds_of(request, short, long):
    return long if request.config.getoption("--long") else short


# what a login may come to while the service is disturbed: never in by the disturbance; undelivered where the
# wait for a worker left the sender too little of the budget
DISTURBED = {"ok", "ask", "unavailable", "undelivered", "lost"}


def is_well(site, door):
    assert Conversation(door.ask, "carol").start().result == "ask"
    site.directory.replace(site.dn("carol"), mycredTotpUsed=None, mycredTotpFailure=None)
    assert Conversation(door.ask, "carol").login(site.code()).result == "ok"


def test_workers_killed_at_any_moment_cost_single_logins(site, crowd, request):
    """MC-SEC-20: whoever was served at that moment is refused; a code is good once all the same."""
    with site.service(workers=4) as door:
        before = processes.descriptors(door.process.pid)
        with Load(site, door, crowd) as load:
            until = time.monotonic() + seconds_of(request, 4, 60)
            while time.monotonic() < until:
                strike(door, signal.SIGKILL)
                time.sleep(random.random() / 20)
        poll(lambda: Conversation(door.ask, "alice").start().result == "off", 5, "the service to serve again")
        is_well(site, door)
        assert set(load.results) <= DISTURBED and load.twice == 0, load.results
        assert load.results["ok"] > 20
        assert len(door.workers()) <= 4
        poll(lambda: processes.descriptors(door.process.pid) <= before + 4, 5, "descriptors to be closed")


def strike(door, number):
    """Sends a signal to one of the workers."""
    for pid in random.sample(workers := door.workers(), min(1, len(workers))):
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def test_workers_stuck_at_any_moment_are_replaced(site, crowd, request):
    """MC-SEC-59: stopped for ever, they are killed a second past the budget."""
    with site.service(workers=4, budget=3) as door:
        with Load(site, door, crowd) as load:
            until = time.monotonic() + seconds_of(request, 5, 60)
            while time.monotonic() < until:
                strike(door, signal.SIGSTOP)
                time.sleep(1)
        poll(lambda: Conversation(door.ask, "alice").start().result == "off", 10, "the service to serve again")
        is_well(site, door)
        assert set(load.results) <= DISTURBED and load.twice == 0, load.results
        assert load.results["ok"] and load.results["unavailable"]


def test_a_service_restarted_under_load_recovers(site, crowd, request):
    """MC-SEC-170 F40"""
    with site.service(workers=4) as door:
        with Load(site, door, crowd) as load:
            until = time.monotonic() + seconds_of(request, 4, 60)
            while time.monotonic() < until:
                time.sleep(0.4)
                door.stop(random.choice([signal.SIGTERM, signal.SIGKILL]))
                door.socket.unlink(missing_ok=True)
                door.start()
        is_well(site, door)
        assert set(load.results) <= DISTURBED and load.twice == 0, load.results
        assert load.results["ok"] > 20


def test_a_directory_restarted_under_load_recovers(site, crowd, request):
    """MC-SEC-174"""
    with site.service(workers=4) as door:
        with Load(site, door, crowd) as load:
            until = time.monotonic() + seconds_of(request, 3, 30)
            while time.monotonic() < until:
                time.sleep(0.5)
                site.slapd.stop()
                site.slapd.start()
        poll(lambda: Conversation(door.ask, "alice").start().result == "off", 5, "the service to serve again")
        is_well(site, door)
        assert set(load.results) <= DISTURBED and load.twice == 0, load.results
        assert load.results["ok"]


def test_a_conversation_outlives_the_service(site):
    """MC-SEC-170: what one prompt must know of the one before is in the directory and in the module's hands."""
    with site.service() as door:
        carol, bob = Conversation(door.ask, "carol"), Conversation(door.ask, "bob")
        assert carol.start().result == bob.start().result == "ask"
        door.stop(signal.SIGKILL)
        door.socket.unlink()
        door.start()
        assert carol.answer(wrong(site.code())).result == "ask"
        door.stop()
        door.start()
        assert carol.answer(site.code()).result == "ok"
        assert bob.answer(site.sent_code()).result == "ok"


def test_a_service_that_dies_takes_its_workers_along(site):
    """No process is left, whatever they are doing."""
    with site.service(workers=4) as door:
        for _ in range(4):
            Conversation(door.ask, "alice").start()
        workers = door.workers()
        assert workers
        door.stop(signal.SIGKILL)
        poll(lambda: not any(runs(pid) for pid in workers), 5, "its workers to be gone")


@pytest.mark.parametrize("program", ["/nonexistent", "/etc/passwd", "/"])
def test_no_helper_program_is_an_error_of_the_service(site, pam, program):
    """pam.md: helper missing."""
    pam.module(f"nullok helper={program}")
    run = pam.run("authenticate", user="carol", options=f"nullok conf={site.conf} helper={program}")
    assert run.code == "SERVICE_ERR"
    assert program in run.log("event=failed")


def test_sms_end_where_the_budget_does_and_other_ways_go_on(site):
    """MC-SEC-36: a plain sentence, the code is void, e-mail goes on."""
    site.directory.replace(site.dn("bob"), mycredSendTime=None)
    with site.service(site.variant("budget", sms_per_source=1)) as door:
        first = Conversation(door.ask, "bob", rhost=b"192.0.2.7").start()
        assert first.result == "ask" and "A code was sent by SMS" in first.text
        site.directory.replace(site.dn("bob"), mycredSendTime=None, mycredChallenge=None)
        conversation = Conversation(door.ask, "bob", rhost=b"192.0.2.7")
        menu = conversation.start()
        assert menu.result == "ask" and "No more codes can be sent by SMS for now." in menu.text
        assert "SMS to a number" not in menu.text
        assert "cause=\"reason=source_budget\"" in menu.log("event=code_not_sent")
        assert site.values("bob", "mycredChallenge") == []
        assert conversation.answer("1").result == "ask"
        assert conversation.answer(site.sent_code()).result == "ok"
    assert sorted(job.splitlines()[0] for job in site.sent()) == ["channel email", "channel sms"]
