# SPDX-License-Identifier: Apache-2.0
"""How many requests a second each page and each guarded location answers, beside what it is compared with."""

import statistics

import ldap

from stack.server import StackError

from .crowd import PASSWORD
from .figures import Note, Row, Sample
from .site_ground import PERSON, fetch, load

CONNECTIONS = (1, 8)
SLICE = 100  # milliseconds


def contenders(site):
    """name: (address, header)"""
    plain = site.plain.origin
    return {
        "ceiling": (f"{plain}/bench/page?u{PERSON:07d}", None),
        "home": (site.plain.url, site.cookie),
        "home-off": (site.plain.url, site.undecided),
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
    "home-off": "the same of who has chosen nothing: the rules of groups as well",
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
    ("home-off", "ceiling", None),
    ("home-tls", "home", 0.85),
    ("api", "ldap-uncached", 2.0),
    ("api", "ldap-cached", None),
    ("app", "file", 0.35),
)


def measure(site, rounds):
    """{connections: {name: result}}"""
    return {count: load(count, SLICE, rounds, contenders(site)) for count in CONNECTIONS}


def named(name, count, result):
    return f"{NAMES[name]}, {count} at a time: p50 {result.p50:.2f} ms, p99 {result.p99:.2f} ms"


def ratio(result, other):
    """Of what was measured side by side."""
    return statistics.median(one / another for one, another in zip(result.rates, other.rates))


def rows(ground, rounds):
    site = ground.site()
    lines = [Note("Requests a second", title=True)]
    compared = {what for what, _, _ in GOALS}
    for count, results in measure(site, rounds).items():
        rates = {name: Sample(result.rates, "/s") for name, result in results.items()}
        for name in NAMES:
            if name not in compared:
                lines.append(Row(named(name, count, results[name]), rates[name]))
        for what, against, limit in GOALS:
            compare = ratio(results[what], results[against])
            lines.append(Row(named(what, count, results[what]), rates[what], NAMES[against], compare, limit, True))
    lines.append(Note("client, httpd and slapd share this machine's processors; what is compared takes turns of"))
    lines.append(Note(f"{SLICE} ms, and the ratio is the median of those of each turn"))
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
    what = "answer to an API password right after it was revoked"
    return Row(what, Sample([after], ""), "401", float(after == 401), 1.0, True)
