# SPDX-License-Identifier: Apache-2.0
"""Whole flows: a sign-in with a code and a change of the mobile number, beside the directory's own time for them."""

import statistics
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

from stack.people import hashed
from stack.server import StackError
from stack.watch import Sms

from . import programs
from .crowd import PASSWORD
from .figures import Note, Row, Sample

FIRST = 101  # the people before are for other measurements
CLIENTS = (1, 8)
GOAL = 0.8


class Walker:
    """walk.c or own.c as a process; a code that was sent is brought to it when it asks."""

    def __init__(self, command, sms_log):
        self.sms = Sms(sms_log)
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.process = subprocess.Popen(list(map(str, command)), text=True, bufsize=1, **pipes)

    def walk(self, person):
        """Milliseconds."""
        self._say(person)
        while True:
            line = self.process.stdout.readline()
            if not line:
                raise StackError(f"person {person}: {self.process.stderr.read()[:2000]}")
            if not line.startswith("to "):
                return int(line) / 1e6
            self._say(self.sms.code(line[3:].strip(), seconds=20))

    def _say(self, text):
        self.process.stdin.write(f"{text}\n")
        self.process.stdin.flush()

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


class Pair:
    """So many clients of the site, and as many of the directory alone."""

    def __init__(self, place, flow, clients):
        stack, slapd = place.stack, place.crowd.slapd
        log = stack.kannel.sms_log
        web = [f"cn=mycred-web,ou=services,{slapd.suffix}", stack.password]
        own = [programs.path("own"), flow, slapd.uri or slapd.ldapi, slapd.suffix, *web, PASSWORD]
        walk = [programs.path("walk"), flow, place.httpd.url, PASSWORD]
        self.site = [Walker(walk, log) for _ in range(clients)]
        self.own = [Walker(own, log) for _ in range(clients)]

    def stop(self):
        for walker in self.site + self.own:
            walker.stop()


def together(walkers, people):
    with ThreadPoolExecutor(len(walkers)) as pool:
        return list(pool.map(lambda walker, person: walker.walk(person), walkers, people))


def measure(place, flow, clients, people, rounds):
    """Milliseconds of (the site, the directory alone), a list for each round; no person twice."""
    crowd, pair = place.crowd, Pair(place, flow, clients)
    found = []
    try:
        for turn in range(rounds + 1):
            both = []
            for walkers in (pair.site, pair.own) if turn % 2 else (pair.own, pair.site):
                chosen = [next(people) for _ in range(clients)]
                for person in chosen:
                    crowd.reset(person)
                both.append(together(walkers, chosen))
            if turn:  # the first makes connections
                found.append(both if turn % 2 else both[::-1])
    finally:
        pair.stop()
    return found


def best(times):
    """What a quarter of the walks did not exceed: those that other work disturbed least."""
    return statistics.quantiles(times, n=4, method="inclusive")[0]


def row(what, clients, found, limit):
    own, site = ([taken for both in found for taken in both[which]] for which in (1, 0))
    compare = best(own) / best(site)
    tail = sorted(site)[len(site) * 99 // 100]
    text = f"{what}, {clients} at a time: p99 {tail:.2f} ms, {clients * 1e3 / statistics.mean(site):,.0f} a second"
    return Row(text, Sample(site), f"directory, {Sample(own)}", compare, limit, True)


def prepare(place, count):
    """Gives people passwords hashed as the demo's are; the day's first use of their device is noted already."""
    crowd, used = place.crowd, time.strftime("totp %Y%m%d000000Z", time.gmtime())
    for person in range(FIRST, crowd.count + 1):
        crowd.connection.replace(crowd.dn(person), mycredLastUse=used)
    for person in range(FIRST, FIRST + count):
        crowd.connection.replace(crowd.dn(person), userPassword=hashed(PASSWORD))
        crowd.connection.replace(crowd.dn(person), pwdReset=None)  # no duty to change it


def flows(place, what, rounds):
    prepare(place, sum(2 * clients * (rounds + 1) for clients in CLIENTS))
    lines, people = [], iter(range(FIRST, place.crowd.count))
    for clients in CLIENTS:
        found = measure(place, "sign-in", clients, people, rounds)
        lines.append(row(f"sign-in with a code, {what}", clients, found, GOAL))
    if place.is_first:
        found = measure(place, "sign-in", 1, people, rounds)
        lines.append(row("the same, cheapest hash of slapd", 1, found, None))
    people = iter(range(FIRST, place.crowd.count))
    for clients in CLIENTS:
        found = measure(place, "change-mobile", clients, people, rounds)
        lines.append(row(f"change of the mobile number, {what}", clients, found, GOAL))
    return lines


def rows(ground, rounds):
    site, stack = ground.site(), ground.stack
    never = SimpleNamespace(stack=stack, crowd=ground.plain, httpd=site.plain, is_first=True)
    httpd = site.httpd("disk", slapd=ground.disk.slapd)
    disk = SimpleNamespace(stack=stack, crowd=ground.disk, httpd=httpd, is_first=False)
    lines = [Note("Whole flows at the site, beside the directory's own time for them", title=True)]
    lines += flows(never, "never waiting", rounds) + flows(disk, "waiting for the disk", rounds)
    return [*lines, *(Note(text) for text in ABOUT)]


ABOUT = (
    "four requests and eight, each with a page; the time until a code arrives does not count. The directory alone does",
    "a bind of the same hash and what is written, or a search for each page and what is written. Each ratio is of the",
    "quickest quarter; `make demo` waits for the disk",
)
