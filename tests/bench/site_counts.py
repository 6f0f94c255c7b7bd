# SPDX-License-Identifier: Apache-2.0
"""The directory operations of one request to the site and of whole flows, read from the server's own log."""

from . import programs
from .crowd import PASSWORD
from .figures import Row, Sample
from .site_flows import FIRST, Walker
from .site_ground import fetch
from .site_rates import NAMES, contenders

# What a request cannot do without.
NEEDED = {"home": 1, "api": 1, "app": 1}
# A search for the person and one for their groups at each page that decides, bind and unbind, charge, step, session.
SIGN_IN = 3 * 2 + 2 + 3


def of_request(site, log, name):
    address, header = contenders(site)[name]
    fetch(address, header)  # connected, and this minute's use of the session noted
    log.operations()
    fetch(address, header)
    return log.operations()


def of_flow(site, log, flow):
    walker = Walker([programs.path("walk"), flow, site.plain.url, PASSWORD], site.stack.kannel.sms_log)
    for person in (FIRST, FIRST + 1):  # the first makes connections
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
    lines.append(line("sign-in with a code", of_flow(site, log, "sign-in"), SIGN_IN))
    changed = of_flow(site, log, "change-mobile")
    return [*lines, line("the same, then a change of the mobile number with its notices", changed)]
