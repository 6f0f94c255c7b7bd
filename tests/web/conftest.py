# SPDX-License-Identifier: Apache-2.0
"""The site of the running stack, by a real browser and by bare HTTP."""

import re
import secrets
import shutil
import tempfile

import pytest
from faults.proxy import Proxy
from stack.clock import shifted
from stack.httpd import Httpd, is_sanitized

from .admin import Administrator
from .browser import MODULES, Browser
from .client import Client
from .flows import Flows
from .walk import Walk


@pytest.fixture(scope="session")
def site(stack):
    """The stack's httpd: .url is the site's address."""
    if stack.httpd is None:
        pytest.skip("build/mod_mycred.so is not built")
    return stack.httpd


@pytest.fixture(scope="session")
def browser():
    if not MODULES.is_dir():
        pytest.skip("npm could not install Playwright, which drives the browser")
    folder = tempfile.mkdtemp(prefix="mycred-browser-")
    browser = Browser(folder).start()
    yield browser
    browser.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["script", "plain"])
def open_page(request, browser, site):
    """open_page(): a window without cookies. Every test that uses it runs with JavaScript and without (MC-SEC-117)."""
    pages = []

    def open_one(*more, **options):
        pages.append(browser.page(site.url, *more, script=request.param == "script", **options))
        return pages[-1]

    yield open_one
    for page in pages:
        page.close()


@pytest.fixture
def page(open_page):
    return open_page()


@pytest.fixture
def password(stack):
    return stack.password


@pytest.fixture
def person(stack):
    """person("alice"): the attributes of her entry as they are now."""
    return lambda login: stack.directory.entry(stack.people.dn(login), ["*", "+"])


@pytest.fixture
def change(stack):
    """change("alice", mail=None): what an administrator does with ldapmodify."""
    return lambda login, **attributes: stack.directory.replace(stack.people.dn(login), **attributes)


@pytest.fixture
def lock(stack):
    """lock("alice"): the administrative lock, as a recipe of ldap-schema/README.md sets it."""

    def lock_one(login):
        dn = stack.people.dn(login)
        if "mycredAccount" not in stack.directory.entry(dn)["objectClass"]:
            stack.directory.extend(dn, "mycredAccount")
        stack.directory.replace(dn, mycredLockedUntil="20991231235959Z")

    return lock_one


@pytest.fixture
def own_site(stack):
    """own_site(option=value): one more httpd, over TLS, whose configuration differs by these options.

    mpm, more, limits and descriptors are httpd's own: its process model, further lines, how many processes and threads
    there may be, how many files each may have open.
    """
    started = []

    def start(**options):
        own = {name: options.pop(name) for name in ("more", "mpm", "limits", "descriptors") if name in options}
        httpd = Httpd(stack.folder / f"own{len(started)}", stack.authority, **own)
        httpd.tool = options.pop("tool", ())
        httpd.conf = stack.login.site_conf(httpd.folder.name, httpd.url)
        kept = [line for line in httpd.conf.read_text().splitlines() if line.split(" ")[0] not in options]
        httpd.conf.write_text("\n".join([*kept, *(f"{name} = {value}" for name, value in options.items())]) + "\n")
        started.append(httpd)
        return httpd.start()

    yield start
    for httpd in started:
        httpd.stop()
        shutil.rmtree(httpd.folder)


@pytest.fixture
def later(own_site):
    """later("8d"): one more httpd, whose clock is ahead by so much."""
    if is_sanitized():
        pytest.skip("a sanitizer's library wants to be the only one loaded before httpd")
    return lambda ahead: own_site(tool=shifted(f"+{ahead}"))


@pytest.fixture
def behind_proxy(stack, own_site):
    """behind_proxy(rule): a proxy before the directory, and a site that uses it, with short deadlines."""
    started = []

    def start(rule=lambda tag, message: True, **options):
        proxy = Proxy(stack.folder, stack.slapd.socket, rule).__enter__()
        proxy.path.chmod(0o777)  # httpd's children are no root
        started.append(proxy)
        return proxy, own_site(**{"ldap_uri": proxy.uri, "ldap_timeout": 2, "ldap_connect_timeout": 2, **options})

    yield start
    for one in started:
        one.__exit__()


@pytest.fixture
def walk(flows, client):
    """alice, signed in at the running stack's site."""
    return Walk(flows, client())


@pytest.fixture
def client(site):
    """client(): a program that speaks HTTP and keeps cookies."""
    return lambda **options: Client(site, **options)


@pytest.fixture
def flows(stack, sms, mails):
    return Flows(stack, sms, mails)


@pytest.fixture
def administrator(flows, client):
    """A security administrator who was just verified."""
    return Administrator(flows, client())


@pytest.fixture
def logged(site):
    """logged(): what the log says of administrators' acts since the test began."""
    log = site.folder / "error.log"
    start = log.stat().st_size

    def lines(event="administered"):
        with open(log) as file:
            file.seek(start)
            return re.findall(rf"event={event} .*", file.read())

    return lines


@pytest.fixture
def new_password():
    """A good password nobody had before: the directory remembers old ones."""
    return f"quiet orchard lanterns {secrets.token_hex(3)}"
