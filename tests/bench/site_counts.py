# SPDX-License-Identifier: Apache-2.0
"""The directory operations of one request to the site and of whole flows, read from the server's own log."""

from . import programs
from .crowd import PASSWORD
from .figures import Row, Sample
from .site_flows import FIRST, Walker
from .site_ground import fetch
from .site_rates import NAMES, contenders

# What a request cannot do without.
NEEDED = {"home": 1, "home-off": 2, "api": 1, "app": 1}
# A search for the person and one for their groups at each page that decides, bind and unbind, charge, step, session.
SIGN_IN = 3 * 2 + 2 + 3


def of_request(site, log, name):
    address, header = contenders(site)[name]
    for _ in range(12):  # every child connected, and this minute's use of the session noted
        fetch(address, header)
    log.operations()
    fetch(address, header)
    return log.operations()


def of_flow(site, log, flow, people):
    """Of the last of them; the first makes connections, or notes the day's first use."""
    walker = Walker([programs.path("walk"), flow, site.plain.url, PASSWORD], site.stack.kannel.sms_log)
    for person in people:
        site.ground.plain.reset(person)
        log.operations()
        walker.walk(person)
        found = log.operations()
    walker.stop()
    return found


def line(what, found, needed=None):
    against, ratio = (f"{needed} needed", len(found) / needed) if needed else ("", None)
    row = Row(f"{what}: {' '.join(found)}", Sample([len(found)], "operations"), against, ratio, 1.0 if needed else None)
    return row


def rows(ground, log):
    site = ground.site()
    lines = [line(NAMES[name], of_request(site, log, name), needed) for name, needed in NEEDED.items()]
    lines.append(line("sign-in with a code", of_flow(site, log, "sign-in", [FIRST, FIRST]), SIGN_IN))
    changed = of_flow(site, log, "change-mobile", [FIRST + 1, FIRST + 2])
    return [*lines, line("the same, then a change of the mobile number with its notices", changed)]
