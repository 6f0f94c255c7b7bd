# SPDX-License-Identifier: Apache-2.0
"""What the first page brings to a browser, and what a child of httpd weighs after many requests."""

import re

from stack.server import StackError
from web.client import Client

from .figures import Note, Row, Sample
from .mapped import processes
from .site_ground import ask
from .site_rates import contenders

PAGE_MAX = 30 * 1024
SLOPE_MAX = 1.0  # kB for 1,000 requests: what a leak of one byte a request would be
ATTRIBUTES = re.compile(r'<(?:link|script|img)\b[^>]*?\b(?:href|src)="([^"]+)"')
IN_STYLE = re.compile(r"url\(|@import")
MORE = "<IfModule mpm_event_module>\nStartServers 1\nServerLimit 1\nMaxRequestWorkers 16\n</IfModule>"
WARM = 20_000  # until every thread has done some of everything
PARTS = 8
MIXED = ("home", "api", "app")


def size_of(answer):
    """As it goes over the wire: the head too."""
    head = sum(len(name) + len(value) + 4 for name, value in answer.headers.items())
    return len("HTTP/1.1 200 OK\r\n\r\n") + head + len(answer.body)


def first_page(site):
    """(bytes of the sign-in page, bytes of what it loads, things loaded by what was loaded)"""
    client = Client(site.plain)
    page = client.get("sign-in")
    loaded = [client.get(address) for address in ATTRIBUTES.findall(page.text)]
    if len(loaded) < 2 or any(answer.status != 200 for answer in loaded):
        raise StackError("the sign-in page loads something that is not there")
    chained = sum(len(IN_STYLE.findall(answer.text)) for answer in loaded)
    return size_of(page), sum(map(size_of, loaded)), chained


def memory(pid):
    """Private kilobytes."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        lines = dict(line.split(":", 1) for line in list(file)[1:])
    return sum(int(lines[name].split()[0]) for name in ("Private_Clean", "Private_Dirty"))


def slope(sizes, step):
    """Kilobytes for 1,000 requests, by least squares."""
    middle, level = (len(sizes) - 1) / 2, sum(sizes) / len(sizes)
    rise = sum((at - middle) * (size - level) for at, size in enumerate(sizes))
    return rise / sum((at - middle) ** 2 for at in range(len(sizes))) / step * 1000


def grow(site, requests):
    """Private memory of the one child: after a warm start, and after each eighth of the requests."""
    httpd = site.httpd("weighed", limits=MORE)
    cookie = f"Cookie: __Host-mycred={site.signed_in(httpd, 12)}"
    plain = contenders(site)
    mixed = {
        name: (plain[name][0].replace(site.plain.origin, httpd.origin), cookie if name != "api" else plain[name][1])
        for name in MIXED
    }
    (child,) = processes(httpd.pid)[1:]
    ask_all(mixed, WARM)
    sizes = [memory(child)]
    for _ in range(PARTS):
        ask_all(mixed, requests // PARTS)
        sizes.append(memory(child))
    return sizes, requests // PARTS


def ask_all(mixed, requests):
    """So many requests of each kind together, 8 at a time."""
    for contender in mixed.values():
        ask(8, requests // len(mixed), *contender)


def rows(ground, requests):
    site = ground.site()
    page, loaded, chained = first_page(site)
    sizes, step = grow(site, requests)
    small = Sample([(page + loaded) / 1024], "kB")
    lines = [Note("The first page, and the memory of a child", title=True)]
    lines.append(Row("sign-in page with everything it loads", small, "30 kB", (page + loaded) / PAGE_MAX, 1.0))
    chain = Row("round trips after the document", Sample([1 + bool(chained)], ""), "", 1 + bool(chained), 1, digits=0)
    per_1000 = slope(sizes, step)
    lines += [chain, Row("private memory of a child, warm", Sample([sizes[0]], "kB"))]
    lines.append(Row(f"after {requests:,} requests more", Sample([sizes[-1]], "kB"), "warm", sizes[-1] / sizes[0]))
    what = f"kB more for 1,000 requests, slope over {PARTS + 1} looks"
    return [*lines, Row(what, Sample([max(0.0, per_1000)], "kB"), "", per_1000, SLOPE_MAX)]
