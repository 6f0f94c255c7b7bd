# SPDX-License-Identifier: Apache-2.0
"""The site as it is measured: httpd beside a module that shows what is possible, and mod_authnz_ldap."""

import base64
import re
import subprocess
from types import SimpleNamespace

from stack.httpd import MODULES, Httpd
from stack.server import StackError, run
from web.client import Client

from . import programs
from .crowd import PASSWORD, code

PERSON = 11  # who is signed in; others of the benchmark are theirs
UNDECIDED = 13  # who has chosen no verification

# What is compared, in one httpd: the same file open and guarded, the ceiling, mod_authnz_ldap. That one looks people up
# as nobody: after each check it goes back to who it was, and a password of its own would cost it that hash every time.
MORE = """\
LoadModule ceiling_module {ceiling}
LoadModule ldap_module {modules}/mod_ldap.so
LoadModule authnz_ldap_module {modules}/mod_authnz_ldap.so
MaxKeepAliveRequests 0
{cache}
BenchCeiling {uri} {base} "{dn}" {password} {page}
<Location /bench/page>
    SetHandler bench-ceiling
</Location>
<Location /bench/mark>
    SetHandler bench-mark
</Location>
<Location /bench/app/>
    AuthType mycred
    AuthName app
    Require valid-user
</Location>
<Location /bench/ldap/>
    AuthType Basic
    AuthName ldap
    AuthBasicProvider ldap
    AuthLDAPURL "{uri}/{base}?uid?sub?(objectClass=*)"
    Require valid-user
</Location>
"""

NO_CACHE = "LDAPSharedCacheSize 0\nLDAPCacheEntries 0\nLDAPOpCacheEntries 0"
FILE = f"<!doctype html><title>bench</title><p>{'What a location of one page may say. ' * 20}</p>\n"


class Website:
    """.plain speaks http, .tls https; in .uncached mod_authnz_ldap keeps nothing. All have the same people."""

    def __init__(self, ground):
        self.ground, self.stack = ground, ground.stack
        self.folder = ground.folder / "site"
        self.folder.mkdir(parents=True)
        self.page = self.folder / "page.html"
        self.page.write_text(FILE)
        self.started = []

    def start(self):
        self._make_page()
        self.plain = self.httpd("plain")
        self.tls = self.httpd("tls", authority=self.stack.authority)
        self.uncached = self.httpd("uncached", cache=NO_CACHE)
        self.api_password = make_api_password(Client(self.plain), self.ground.plain, PERSON)
        self.cookie = f"Cookie: __Host-mycred={self.signed_in(self.plain, PERSON)}"
        self.undecided = f"Cookie: __Host-mycred={self.signed_in(self.plain, UNDECIDED)}"
        crowd = self.ground.plain
        crowd.connection.replace(crowd.dn(UNDECIDED), mycredLoginMethod=None)
        return self

    def _make_page(self):
        """The ceiling writes a page as large as My Credentials."""
        first = self.httpd("first")
        client = Client(first)
        sign_in(client, self.ground.plain, PERSON)
        self.page.write_bytes(client.get("").body)
        self.started.pop().stop()

    def httpd(self, name, authority=None, cache="", slapd=None, kind=Httpd, limits="", **options):
        stack, slapd = self.stack, slapd or self.stack.slapd
        uri = slapd.uri or slapd.ldapi
        more = MORE.format(
            ceiling=programs.path("mod_ceiling.so"),
            modules=MODULES,
            cache=cache,
            uri=slapd.uri or stack.slapd.uri,
            base=slapd.suffix,
            dn=f"cn=mycred-web,ou=services,{slapd.suffix}",
            password=stack.password,
            page=self.page,
        )
        httpd = kind(self.folder / name, authority, more=more + limits, **options)
        httpd.conf = with_options(stack.login.site_conf(f"bench-site-{name}", httpd.url), ldap_uri=uri)
        httpd.prepare()
        for place in ("app", "open", "ldap"):
            file = httpd.folder / "htdocs" / "bench" / place / "index.html"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(FILE)
        self.started.append(httpd)
        return httpd.start()

    def signed_in(self, httpd, number, crowd=None):
        """The cookie of a new session of that person."""
        client = Client(httpd)
        sign_in(client, crowd or self.ground.plain, number)
        return client.cookies["__Host-mycred"]

    def basic(self, password):
        return "Authorization: Basic " + base64.b64encode(f"u{PERSON:07d}:{password}".encode()).decode()

    def stop(self):
        while self.started:
            self.started.pop().stop()


def with_options(conf, **options):
    kept = [line for line in conf.read_text().splitlines() if line.split("=")[0].strip() not in options]
    conf.write_text("\n".join([*kept, *(f"{name} = {value}" for name, value in options.items())]) + "\n")
    return conf


def sign_in(client, crowd, number):
    crowd.reset(number)
    asked = client.sign_in(f"u{number:07d}", PASSWORD)
    home = client.send(asked, code=code(number))
    if "My Credentials" not in home.text or "__Host-mycred" not in client.cookies:
        raise StackError(f"person {number} could not sign in: {home.status} {home.text[:300]}")
    return home


def make_api_password(client, crowd, number):
    """As a person makes one on the site, proved by the virtual MFA device."""
    sign_in(client, crowd, number)
    asked = client.send(client.get("api-password"), way="totp")
    crowd.reset(number)
    proved = client.send(asked, code=code(number))
    made = client.send(proved, label="bench", scope="", life="30")
    return re.search(r'<code class="copy">([^<]+)<', made.text)[1]


def load(connections, milliseconds, rounds, contenders):
    """{name: .rates of each round, .p50 and .p99 in milliseconds} of (address, header) each, by load.c."""
    words = [word for name, (address, header) in contenders.items() for word in (name, address, header or "")]
    command = [programs.path("load"), connections, milliseconds, rounds, *words]
    results = {}
    for line in run(command, timeout=600).splitlines():
        rates, times = line.split(" | ")
        name, *rates = rates.split()
        p50, p99 = map(int, times.split())
        rates = [float(rate) for rate in rates]
        results[name] = SimpleNamespace(rates=rates, p50=p50 / 1e3, p99=p99 / 1e3)
    return results


def ask(connections, requests, address, header):
    """So many requests, by load.c."""
    run([programs.path("load"), connections, "requests", requests, "all", address, header or ""], timeout=3600)


def fetch(url, header):
    """The status of one request, on a connection of its own."""
    command = ["curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}", "-H", header or "X-Nothing: 1", url]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
