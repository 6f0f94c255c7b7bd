# SPDX-License-Identifier: Apache-2.0
"""Instructions of one request in httpd, counted by callgrind: other work does not move them."""

import http.client
import shutil
from urllib.parse import urlsplit

from stack.httpd import BINARY, Httpd
from stack.server import LOOPBACK, StackError, poll

from .figures import Note, Row, Sample
from .instructions import TOTAL, VALGRIND
from .site_rates import NAMES, contenders

WARM, COUNTED = 40, 200
LIMITS = {"home": ("ceiling", 1.3), "app": ("file", None), "api": ("ldap-cached", None)}


class CountedHttpd(Httpd):
    """httpd as one process under callgrind, which writes a file each time that mod_ceiling.c calls bench_mark."""

    start_seconds = 90
    stop_seconds = 60

    @property
    def counts(self):
        return self.folder / "counts"

    def prepare(self):
        super().prepare()
        self.counts.mkdir(exist_ok=True)
        shutil.chown(self.counts, "www-data")  # it counts as no root

    def command(self):
        command = super().command()
        at = command.index(BINARY)
        out = [f"--callgrind-out-file={self.counts}/out", "--compress-strings=no"]
        tool = ["--tool=callgrind", *out, "--dump-before=bench_mark"]
        return [*command[:at], VALGRIND, *tool, BINARY, "-X", "-f", self.config]

    def ask(self, address, header, times):
        """So many requests over one connection."""
        parts = urlsplit(address)
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=60)
        headers = dict([header.split(": ", 1)]) if header else {}
        for _ in range(times):
            connection.request("GET", f"{parts.path}?{parts.query}", headers=headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise StackError(f"{address} under callgrind: {answer.status}")
        connection.close()

    def mark(self):
        """Instructions since the last mark, this one's own request included."""
        number = len(list(self.counts.glob("out.*"))) + 1
        self.ask("http://localhost/bench/mark", None, 1)
        file = self.counts / f"out.{number}"
        found = poll(lambda: file.exists() and TOTAL.search(file.read_text()), 30, f"{file.name} of callgrind")
        return int(found[1])

    def count(self, address, header):
        """Instructions of one such request, once everything is warm."""
        self.ask(address, header, WARM)
        self.mark()
        alone = self.mark()
        self.ask(address, header, COUNTED)
        return (self.mark() - alone) / COUNTED


def measure(site):
    httpd = site.httpd("counted", kind=CountedHttpd, mpm="prefork")
    counts = {}
    for name, (address, header) in contenders(site).items():
        if address.startswith(site.plain.origin):
            counts[name] = httpd.count(address, header)
    return counts


def rows(ground):
    counts = measure(ground.site())
    lines = [Note("Instructions of one request in httpd (callgrind)", title=True)]
    for name, count in counts.items():
        against, limit = LIMITS.get(name, ("", None))
        ratio = count / counts[against] if against else None
        lines.append(Row(NAMES[name], Sample([count / 1e3], "k"), NAMES.get(against, ""), ratio, limit))
    return lines
