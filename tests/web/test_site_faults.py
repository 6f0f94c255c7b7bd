# SPDX-License-Identifier: Apache-2.0
"""Directory down, mute and back; gateway hanging; httpd restarted and its children killed in every step."""

import os
import re
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from stack.server import free_port, poll

from .client import Client
from .test_http import lint
from .walk import Walk, heading

PATIENCE = 1.5  # seconds a page may take while a gateway hangs


@pytest.fixture
def no_directory(stack):
    stack.slapd.stop()
    yield
    if not stack.slapd.running():
        stack.slapd.start()


def test_without_the_directory_pages_say_so_and_when_to_try_again(walk, no_directory, client, stack, password):
    """F01 MC-SEC-174: 503 with Retry-After, files are still served; served again within 5 s of its return."""
    answer = walk.client.get("")
    assert answer.status == 503 and int(answer.headers["Retry-After"]) > 0
    assert "Try again in a minute." in answer.text
    lint(answer)
    visitor = client()
    assert visitor.get("style.css").status == 200
    form = visitor.get("sign-in")
    if form.status == 200:
        assert visitor.send(form, login="alice", password=password).status == 503
    stack.slapd.start()
    poll(lambda: walk.client.get("").status == 200, 5, "the site to recover")


def test_no_request_fails_twice_after_a_restart(walk, stack):
    """MC-SEC-174 stale connections cost a request at most one try."""
    tabs = [walk.client.clone() for _ in range(24)]

    def look(tab):
        return heading(tab.get("")) == "My Credentials"

    with ThreadPoolExecutor(len(tabs)) as pool:
        assert all(pool.map(look, tabs))
        stack.slapd.stop()
        stack.slapd.start()
        assert all(pool.map(lambda tab: look(tab) or look(tab), tabs))


def test_a_mute_directory_ends_in_an_answer(walk, stack):
    """F03 an answer within the request's own deadline, and the next request after it is served."""
    stack.slapd.process.send_signal(signal.SIGSTOP)
    try:
        start = time.monotonic()
        assert walk.client.get("").status == 503
        assert time.monotonic() - start < 15
    finally:
        stack.slapd.process.send_signal(signal.SIGCONT)
    poll(lambda: walk.client.get("").status == 200, 5, "the site to recover")


@pytest.fixture
def silence():
    """A port that accepts connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield listener.getsockname()[1]


def test_a_page_never_waits_for_a_gateway(own_site, silence, flows):
    """F20 MC-SEC-93: sending happens after the answer."""
    httpd = own_site(sms_url=f"http://127.0.0.1:{silence}/", smtp_url=f"smtp://127.0.0.1:{silence}")
    password = flows.stack.password

    def sign_in(login):
        visitor = Client(httpd)
        form = visitor.get("sign-in")
        start = time.monotonic()
        answer = visitor.send(form, login=login, password=password)
        return heading(answer), time.monotonic() - start

    for login in ("bob", "dave"):
        title, seconds = sign_in(login)
        assert title == "Login Verification"
        assert seconds < PATIENCE


def test_what_could_not_be_sent_is_void_and_may_be_asked_for_again(own_site, flows, person, site):
    """F18 F25 the log says so, and the code that nobody got is gone."""
    nowhere = free_port()
    httpd = own_site(sms_url=f"http://127.0.0.1:{nowhere}/")
    visitor = Client(httpd)
    visitor.sign_in("bob", flows.stack.password)
    poll(lambda: "event=code_not_sent" in (httpd.folder / "error.log").read_text(), 10, "the log line")
    poll(lambda: not person("bob").get("mycredChallenge"), 5, "the code to be void")


def children(httpd):
    """The processes that serve: their parent is an httpd too."""
    listed = subprocess.run(["ps", "-e", "-o", "pid=,ppid=,comm="], capture_output=True, text=True)
    rows = [line.split(None, 2) for line in listed.stdout.splitlines()]
    servers = {pid: parent for pid, parent, name in rows if name == "apache2"}
    parents = {pid: parent for pid, parent, _ in rows}

    def is_below(pid):
        while pid in parents and pid != str(httpd.process.pid):
            pid = parents[pid]
        return pid == str(httpd.process.pid)

    return [int(pid) for pid, parent in servers.items() if parent in servers and is_below(pid)]


def restart(httpd):
    before = set(children(httpd))
    httpd.graceful()
    poll(lambda: not before & set(children(httpd)) and answers(httpd), 20, "the new generation")


def kill(httpd):
    before = set(children(httpd))
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    poll(lambda: set(children(httpd)) - before and answers(httpd), 20, "new children")


def answers(httpd):
    try:
        return Client(httpd).get("style.css").status == 200
    except OSError:
        return False


@pytest.mark.parametrize("disturb", [restart, kill])
def test_flows_survive_what_happens_to_httpd_between_their_steps(own_site, flows, person, disturb):
    """MC-SEC-170 MC-SEC-171 F40 F41: nothing of a flow is in a process."""
    httpd = own_site()
    alice = Client(httpd)
    asked = alice.get("sign-in")
    disturb(httpd)
    assert heading(alice.send(asked, login="alice", password=flows.stack.password)) == "My Credentials"
    disturb(httpd)
    first = alice.get("mobile")
    disturb(httpd)
    code_form = alice.send(first, way="email")
    code = flows.code("alice")
    disturb(httpd)
    value_form = alice.send(code_form, code=code)
    disturb(httpd)
    sent = alice.send(value_form, address="+491511234599")
    code = flows.next_code(flows.sms, "+491511234599")
    disturb(httpd)
    assert "Your mobile number was changed." in alice.send(sent, code=code).text
    assert person("alice")["mobile"] == ["+491511234599"]


def test_a_notice_waits_for_the_mail_server(own_site, flows, person):
    """MC-SEC-86 F25: the change is made, its notice stays in the outbox."""
    alice = Walk(flows, Client(own_site(smtp_url=f"smtp://127.0.0.1:{free_port()}")))
    proved = alice.prove("api-password")
    alice.client.send(proved, label="program", scope="", life="30")
    assert len(person("alice")["mycredNotice"]) == 1
    assert not re.search("example|API", person("alice")["mycredNotice"][0])
