# SPDX-License-Identifier: Apache-2.0
"""My Credentials at directories of several sizes, beside the directory's own time for the one read it needs."""

import statistics

from . import programs
from .figures import Note, Row, Sample
from .ground import PEOPLE
from .site_flows import Walker
from .site_ground import load

SLICE = 50  # milliseconds
STRIDE = 7919  # as in sizes.py: not the entry that was touched just before
SIGNED_IN = 4  # people of each size


class Place:
    """The site for a directory of that size."""

    def __init__(self, site, size, crowd):
        self.crowd, self.size = crowd, size
        self.httpd = site.plain if crowd is site.ground.plain else site.httpd(f"size-{size}", slapd=crowd.slapd)
        people = [20 + (turn * STRIDE) % (size - 40) for turn in range(SIGNED_IN)]
        cookies = [site.signed_in(self.httpd, person, crowd) for person in people]
        self.contenders = {
            f"{size}-{turn}": (self.httpd.url, f"Cookie: __Host-mycred={cookie}") for turn, cookie in enumerate(cookies)
        }
        uri = crowd.slapd.uri or crowd.slapd.ldapi
        web = [f"cn=mycred-web,ou=services,{crowd.slapd.suffix}", site.stack.password]
        self.own = Walker([programs.path("own"), "read", uri, crowd.slapd.suffix, *web, "-"], "/dev/null")
        self.people = people

    def read(self):
        return statistics.median(self.own.walk(person) for person in self.people)


def rows(ground, sizes, rounds):
    site = ground.site()
    places = [Place(site, size, crowd) for size, crowd in ground.crowds(sizes).items()]
    pages, own = ({place.size: [] for place in places} for _ in range(2))
    try:
        for _ in range(rounds):
            contenders = {name: one for place in places for name, one in place.contenders.items()}
            for name, result in load(1, SLICE, 1, contenders).items():
                pages[int(name.split("-")[0])].append(result.p50)
            for place in places:
                own[place.size].append(place.read())
    finally:
        for place in places:
            place.own.stop()
    return [Note("My Credentials at directories of several sizes", title=True), *compare(pages, own)]


def best(times):
    """What a quarter of the turns did not exceed: those that other work disturbed least."""
    return statistics.quantiles(times, n=4, method="inclusive")[0]


def compare(pages, own):
    base, lines = PEOPLE, []
    for size in pages:
        page, read = Sample(pages[size]), Sample(own[size])
        grown = best(pages[size]) / best(pages[base])
        own_grown = best(own[size]) / best(own[base])
        against = "" if size == base else f"{base:,} people"
        lines.append(Row(f"My Credentials, {size:,} people", page, against, grown if against else None))
        lines.append(Row(f"the directory's read, {size:,} people", read, against, own_grown if against else None))
        if against:
            divided = grown / max(1, own_grown)
            lines.append(Row(f"page, {size:,}, the directory's growth divided out", page, against, divided, 1.10))
    lines.append(Note("each ratio is of the quickest quarter of the turns"))
    return lines
