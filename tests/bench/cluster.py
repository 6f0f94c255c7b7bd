# SPDX-License-Identifier: Apache-2.0
"""Two directory servers, two hosts with the login service and two httpd, for people who verify by virtual MFA."""

import os
import shutil
import signal
import tempfile
from pathlib import Path
from types import SimpleNamespace

from faults.wire import Door
from stack.cert import Authority
from stack.httpd import Httpd
from stack.login import Login
from stack.pair import Pair
from stack.people import People
from stack.server import LOOPBACK, run
from stack.stack import SITE_ACCESS

from . import programs
from .crowd import uid
from .ground import CHEAP_HASH

SERVICE_PASSWORD = "harbour-lantern-5521"


class Cluster:
    """.pair is the directory, .doors are the hosts' login services, .sites the httpd; people are 1 to count."""

    def __init__(self, count):
        self.count = count
        self.folder = Path(tempfile.mkdtemp(prefix="mycred-cluster-"))
        self.folder.chmod(0o755)
        self.authority = Authority(self.folder / "tls")
        self.pair = Pair(self.folder, access=SITE_ACCESS)
        self.login = Login(self.folder / "mycred")
        self.sites = [Httpd(self.folder / name) for name in ("httpd-a", "httpd-b")]
        self.doors = []

    def start(self):
        self.pair.start()
        writer = self.pair.writer
        directory = writer.as_admin()
        people = People(writer.suffix, SERVICE_PASSWORD)
        people.add_all(directory)
        people.add_services(directory, SERVICE_PASSWORD)
        self.pair.join()
        self.pair.load_schema()
        gateway = SimpleNamespace(url=f"http://{LOOPBACK}:9/", user="mycred", password="-")
        mail = SimpleNamespace(port=9, user="mycred", password="-", authority=self.authority)
        self.login.configure(writer, gateway, mail, SERVICE_PASSWORD)
        self._add_people(writer)
        conf = self.login.variant("host", ldap_uri=self.pair.uris)
        self.doors = [Door(self.folder / name, conf, workers=4).start() for name in ("host-a", "host-b")]
        for site in self.sites:
            self.login.variant("mycred", ldap_uri=self.pair.uris)
            site.conf = self.login.site_conf(site.folder.name, site.url)
            site.start()
        return self

    def _add_people(self, writer):
        """Through the writer, so that they are replicated; their identifiers are given, for the seals name them."""
        made = run([programs.path("people"), self.count, writer.suffix, self.login.folder / "login.key", CHEAP_HASH])
        writer.run("ldapadd", "-e", "!relax", bind="admin", stdin=made)
        self.pair.wait()

    def dn(self, number):
        return f"uid={uid(number)},ou=people,{self.pair.writer.suffix}"

    def stop(self):
        for server in [*self.sites, *self.doors, self.pair]:
            server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def kill(server):
    """At once, with all its children, as a machine that loses power goes."""
    os.killpg(server.process.pid, signal.SIGKILL)
    server.process.wait()
    server.process = None
