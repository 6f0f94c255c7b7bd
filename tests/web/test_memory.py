# SPDX-License-Identifier: Apache-2.0
"""Memory of httpd with the site: nothing wrong, nothing lost, nothing that grows (MC-SEC-181 MC-SEC-176)."""

import base64
import http.client
import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from stack.httpd import Httpd, is_sanitized
from stack.machine import child_of

from .client import FORM, Client
from .test_http import PAGES
from .walk import heading

pytestmark = [pytest.mark.long, pytest.mark.skipif(is_sanitized(), reason="a sanitizer keeps what is freed")]

VALGRIND = "valgrind --quiet --leak-check=full --errors-for-leak-kinds=none --show-leak-kinds=none --num-callers=30".split()
LOST = re.compile(r"(definitely|indirectly|possibly) lost: ([\d,]+) bytes")
# What lies in unused memory of a process at its end differs a little from run to run.
SLACK = 4096  # bytes
SLOPE = 8  # bytes a request


class Watched(Httpd):
    """One process that serves by threads, under valgrind."""

    mode = "-X"
    start_seconds = 120
    stop_seconds = 120

    @property
    def tool(self):
        return [*VALGRIND, "-v", f"--log-file={self.folder}/valgrind.log"]

    @property
    def found(self):
        return (self.folder / "valgrind.log").read_text(errors="replace")


class Driver:
    """Every kind of request, signed in and not. No codes are sent: valgrind knows no pidfd_open, by which the site
    waits for the programs that send."""

    def __init__(self, stack, flows, httpd):
        self.stack, self.flows, self.httpd = stack, flows, httpd
        self.carol = None

    def enter(self):
        self.flows.forget_steps("carol")
        self.carol = Client(self.httpd)
        asked = self.carol.sign_in("carol", self.stack.password)
        done = self.carol.send(asked, code=self.flows.code("carol", "app"))
        assert heading(done) == "My Credentials"

    def leave(self):
        form = self.carol.get("").every_form[0]
        self.carol.post(form.action, form.fields)

    def change(self):
        """Verify Identity, and a new API password in place of the one before."""
        self.flows.forget_steps("carol")
        asked = self.carol.send(self.carol.get("api-password"), way="totp")
        wrong = self.carol.send(asked, code="x")
        proved = self.carol.send(wrong, code=self.flows.code("carol", "app"))
        made = self.carol.send(proved, label="loop", scope="", life="30")
        assert made.status == 200 and "loop" in made.text
        self.stack.directory.replace(self.stack.people.dn("carol"), mycredNotice=None, mycredTotpFailure=None)

    def wander(self):
        stranger = Client(self.httpd)
        for path in ("sign-in", "forgot", "style.css", "script.js", "nothing", "email", "?a=1&a=2", "verify", "/demo/app/"):
            stranger.get(path, follow=False)
        stranger.sign_in("alice", "wrong password")
        stranger.sign_in("ghost", "x")
        stranger.post("forgot", {"token": "x"})
        stranger.post("sign-in", "a=1&a=2")
        stranger.request("PUT", "email", "x")
        stranger.post("avatar", b"--x\r\n\r\n--x--", Content_Type="multipart/form-data; boundary=x")
        basic = base64.b64encode(b"carol:wrong").decode()
        stranger.get("/demo/api/", Authorization=f"Basic {basic}")

    def round(self):
        self.enter()
        self.wander()
        for path in (*PAGES, "picture", "/demo/app/", "/demo/verified/"):
            self.carol.get(path)
        self.change()
        self.leave()


def served(stack, flows, name, requests):
    """Serves that many requests under valgrind and ends; what was lost, by its kind."""
    httpd = Watched(stack.folder / name, mpm="worker", more="ThreadsPerChild 4\nMaxRequestWorkers 4")
    httpd.conf = stack.login.site_conf(name, httpd.url)
    httpd.start()
    try:
        driver = Driver(stack, flows, httpd)
        while len((httpd.folder / "access.log").read_text().splitlines()) < requests:
            driver.round()
    finally:
        httpd.stop()
    errors = re.findall(r"^==\d+== (?:Invalid|Conditional|Use of|Syscall|Mismatched|Source).*(?:\n==\d+==    .*)*", httpd.found, re.M)
    assert not errors, "\n".join(errors)[:6000]
    lost = {kind: int(size.replace(",", "")) for kind, size in LOST.findall(httpd.found)}
    assert lost, httpd.found[-2000:]
    return lost


def test_ten_thousand_requests_under_valgrind(stack, flows, capsys):
    """No error, and what is lost after 10,000 requests is what was lost after few."""
    few, many = served(stack, flows, "few", 200), served(stack, flows, "many", 10000)
    with capsys.disabled():
        print(f"\nlost after 200 requests: {few}; after 10,000: {many}")
    assert all(many[kind] <= few.get(kind, 0) + SLACK for kind in many)


def resident(pid):
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return 1024 * int(re.search(r"^Private_Dirty:\s+(\d+)", text, re.M)[1])


class Quick:
    """Requests of one connection, as many as it takes."""

    def __init__(self, httpd, cookies):
        self.connection = http.client.HTTPConnection("127.0.0.1", httpd.port, timeout=20)
        self.cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())

    def ask(self, method, path, body=None, signed_in=True):
        headers = {"Cookie": self.cookie} if signed_in else {}
        if body is not None:
            headers["Content-Type"] = FORM
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        answer.read()
        return answer.status


def slope_of(points):
    """Of the straight line through these, by least squares."""
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)


def test_memory_of_a_child_is_flat_over_a_hundred_thousand_requests(stack, flows, capsys):
    """MC-SEC-176 one child serves them all."""
    httpd = Httpd(stack.folder / "flat", more="ServerLimit 1\nStartServers 1\nMaxKeepAliveRequests 0\nMaxConnectionsPerChild 0")
    httpd.conf = stack.login.site_conf("flat", httpd.url)
    httpd.start()
    try:
        driver = Driver(stack, flows, httpd)
        driver.enter()
        quick = Quick(httpd, driver.carol.cookies)
        mixed = [("GET", f"/mycred/{path}", None, True) for path in PAGES]
        mixed += [("GET", f"/mycred/{path}", None, False) for path in ("sign-in", "forgot", "style.css", "nothing", "?a=1&a=2")]
        mixed += [("POST", "/mycred/sign-in", urlencode({"token": "x"}), False), ("GET", "/demo/app/", None, True)]
        points, child = [], child_of(httpd.pid)
        for count in range(0, 100000, 5 * len(mixed)):
            for request in 5 * mixed:
                assert quick.ask(*request) in (200, 303, 400, 403, 404)
            if count % 2000 < 5 * len(mixed):
                points.append((count, resident(child)))
        assert child_of(httpd.pid) == child
        slope = slope_of([(count, size) for count, size in points if count > 20000])
        with capsys.disabled():
            print(f"\nmemory of a child: {points[0][1]} bytes at first, {points[-1][1]} after {points[-1][0]} requests, {slope:.2f} a request")
        assert slope < SLOPE
    finally:
        httpd.stop()
