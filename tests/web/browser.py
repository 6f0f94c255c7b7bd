# SPDX-License-Identifier: Apache-2.0
"""A real browser, driven by what a person sees: labels, roles, names (driver.js does it with Playwright)."""

import json
import os
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from stack.server import BUILD

DRIVER = Path(__file__).with_name("driver.js")
MODULES = BUILD / "web" / "node_modules"
CHROMIUM = "/usr/bin/chromium"


class BrowserError(Exception):
    """What the browser could not do, in Playwright's words."""


class Browser:
    """One chromium for the whole run; every page has cookies and caches of its own."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.count = 0
        self.inspected = set()

    def start(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        environment = dict(os.environ, NODE_PATH=str(MODULES), HOME=str(self.folder))
        self.process = subprocess.Popen(
            ["node", str(DRIVER), CHROMIUM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=open(self.folder / "driver.log", "wb"),
            env=environment,
            text=True,
            start_new_session=True,
        )
        self._answer()
        return self

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def send(self, page, command, *args):
        self.process.stdin.write(json.dumps({"page": page, "command": command, "args": args}) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise BrowserError(f"the driver ended: {(self.folder / 'driver.log').read_text()}")
        answer = json.loads(line)
        if "error" in answer:
            raise BrowserError(answer["error"])
        return answer["value"]

    def page(self, *urls, script=True, locale="en-US", width=1000, **options):
        """A new window without cookies. urls are the sites it may ask; anything else is a problem."""
        self.count += 1
        origins = ["{0.scheme}://{0.netloc}".format(urlsplit(url)) for url in urls]
        size = {"width": width, "height": 800}
        options = {"javaScriptEnabled": script, "locale": locale, "viewport": size, **options}
        name = str(self.count)
        self.send(name, "open", {"origins": origins, "options": options})
        return Page(self, name, urls[0], inspects=script)


class Page:
    """Names are exact. After each step the page is looked at: .heading, .errors, .statuses, .title, .url, .status."""

    def __init__(self, browser, name, site, inspects):
        self.browser, self.name, self.site = browser, name, site
        self.inspects = inspects  # axe needs scripts to run

    def do(self, command, *args):
        return self.browser.send(self.name, command, *args)

    def goto(self, path=""):
        """A page of the site, or a whole address."""
        return self._arrive(self.do("goto", path if "://" in path else self.site + path))

    def press(self, name):
        """Presses the button; what reads the page aloud goes on at the first error or at the new heading."""
        self._arrive(self.do("press", name))
        is_step = self.statuses or self.heading not in ("", "Sign in", "My Credentials")
        if self.errors:
            assert self.focused() == self.errors[0]
        elif self.language == "en" and is_step:
            assert self.focused() == self.heading
        return self

    def follow(self, name):
        return self._arrive(self.do("follow", name))

    def reload(self):
        return self._arrive(self.do("reload"))

    def back(self):
        return self._arrive(self.do("back"))

    def fill(self, **fields):
        """fill(New_password="...") fills the field labelled "New password"."""
        for label, text in fields.items():
            self.do("fill", label.replace("_", " "), text)
        return self

    def choose(self, name):
        self.do("choose", name)
        return self

    def open_menu(self, user):
        self.do("open_menu", user)
        return self

    def offers(self, role, name):
        return self.do("offers", role, name)

    def links(self):
        return self.do("texts", "main a")

    def rows(self):
        """My Credentials as {what: (state, action)}."""
        cells = self.do(
            "evaluate",
            "[...document.querySelectorAll('.rows dl > div')].map("
            "row => [...row.children].map(cell => cell.textContent.trim().replace(/\\s+/g, ' ')))",
        )
        return {what: (state, *action) for what, state, *action in cells}

    def text(self, selector="main"):
        return self.do("text", selector)

    def texts(self, selector):
        return self.do("texts", selector)

    def focused(self):
        return self.do("evaluate", "document.activeElement.textContent.trim()")

    def sign_in(self, user, password):
        self.goto("sign-in")
        self.do("fill", "User name, email or mobile number", user)
        return self.fill(Password=password).press("Sign in")

    def close(self):
        problems = self.do("problems")
        self.do("close")
        assert problems == [], problems

    def _arrive(self, status):
        self.status = status
        for name, value in self.do("look").items():
            setattr(self, name, value)
        problems = self.do("problems")
        assert problems == [], f"{self.url}: {problems}"
        self._inspect()
        return self

    def _inspect(self):
        """Each page in each of its states once: contrast, labels, targets, in both colours, enlarged to 400 %."""
        place = urlsplit(self.url).path
        kind = (place, self.heading, tuple(self.errors), bool(self.statuses), self.language)
        if not self.inspects or not self.url.startswith(self.site) or kind in self.browser.inspected:
            return
        self.browser.inspected.add(kind)
        found = self.do("inspect")
        assert found == [], f"{self.url}: {found}"


__all__ = ["Browser", "BrowserError", "Page"]
