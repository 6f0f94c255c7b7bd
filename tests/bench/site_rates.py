# SPDX-License-Identifier: Apache-2.0
"""How many requests a second each page and each guarded location answers, beside what it is compared with."""

import statistics

import ldap

from stack.server import StackError

from .crowd import PASSWORD
from .figures import Note, Row, Sample
from .site_ground import PERSON, fetch, wrk

CONNECTIONS = (1, 8)


def contenders(site):
    """name: (address, header)"""
    plain = site.plain.origin
    return {
        "ceiling": (f"{plain}/bench/page?u{PERSON:07d}", None),
        "home": (site.plain.url, site.cookie),
        "home-tls": (site.tls.url, site.cookie),
        "api": (f"{plain}/demo/api/", site.basic(site.api_password)),
        "ldap-uncached": (f"{site.uncached.origin}/bench/ldap/", site.basic(PASSWORD)),
        "ldap-cached": (f"{plain}/bench/ldap/", site.basic(PASSWORD)),
        "app": (f"{plain}/bench/app/", site.cookie),
        "file": (f"{plain}/bench/open/", None),
    }


NAMES = {
    "ceiling": "one search and a page of that size",
    "home": "My Credentials",
    "home-tls": "My Credentials over https",
    "api": "/demo/api/, API password",
    "ldap-uncached": "mod_authnz_ldap, uncached",
    "ldap-cached": "mod_authnz_ldap, cached",
    "app": "a file guarded by AuthType mycred",
    "file": "the same file, open",
}

# (what, against, the goal for the ratio of their rates)
GOALS = (
    ("home", "ceiling", 0.9),
    ("home-tls", "home", 0.85),
    ("api", "ldap-uncached", 2.0),
    ("api", "ldap-cached", None),
    ("app", "file", 0.35),
)


def measure(site, rounds, seconds):
    """{(name, connections): [result of each round]}: one after the other, so that other work hits all alike."""
    everybody = contenders(site)
    for address, header in everybody.values():
        if fetch(address, header) != 200:
            raise StackError(f"{address} does not answer as it should")
        wrk(address, header, max(CONNECTIONS), 1)  # connections to the directory, children, caches
    results = {(name, count): [] for name in everybody for count in CONNECTIONS}
    for _ in range(rounds):
        for count in CONNECTIONS:
            for name, (address, header) in everybody.items():
                results[name, count].append(wrk(address, header, count, seconds))
    return results


def named(name, count, results):
    p50, p99 = (statistics.median(getattr(one, which) for one in results) for which in ("p50", "p99"))
    return f"{NAMES[name]}, {count} at a time: p50 {p50:.2f} ms, p99 {p99:.2f} ms"


def rate(results):
    return Sample([one.rate for one in results], "/s")


def ratio(results, others):
    """Of what was measured side by side."""
    return statistics.median(one.rate / other.rate for one, other in zip(results, others))


def rows(ground, rounds, seconds):
    site = ground.site()
    results = measure(site, rounds, seconds)
    lines = [Note("Requests a second", title=True)]
    compared = {what for what, _, _ in GOALS}
    for count in CONNECTIONS:
        for name in NAMES:
            if name not in compared:
                lines.append(Row(named(name, count, results[name, count]), rate(results[name, count])))
        for what, against, limit in GOALS:
            own, other = results[what, count], results[against, count]
            lines.append(Row(named(what, count, own), rate(own), NAMES[against], ratio(own, other), limit, True))
    lines.append(Note("wrk, httpd and slapd share this machine's processors; the ratios are of what ran side by side"))
    return [*lines, revoked(site)]


def revoked(site):
    """A password that was taken back is refused at the very next request."""
    address, header = f"{site.plain.origin}/demo/api/", site.basic(site.api_password)
    crowd = site.ground.plain
    connection = crowd.connection
    kept = connection.entry(crowd.dn(PERSON), ["mycredApiPassword"])["mycredApiPassword"]
    before = fetch(address, header)
    connection.modify_s(crowd.dn(PERSON), [(ldap.MOD_DELETE, "mycredApiPassword", None)])
    after = fetch(address, header)
    connection.replace(crowd.dn(PERSON), mycredApiPassword=kept)
    if before != 200:
        raise StackError(f"the API password was refused before it was revoked: {before}")
    return Row("answers to a revoked API password, the next request", Sample([after], ""), "refused", 401 / after, 1.0, True)
