# SPDX-License-Identifier: Apache-2.0
"""The site in each of httpd's process models, over HTTP/1.1 and HTTP/2, and two servers that take turns within one flow."""

import base64
import itertools
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urljoin

import pytest
from stack.server import ROOT

from .client import Client
from .http2 import Connection, Http2Client
from .last_steps import FLOWS, before_last, is_whole, says_done
from .pictures import png, upload
from .walk import Walk, credentials, heading

MODELS = ["event", "worker", "prefork"]
TESTS = Path(__file__).parent


def speaks(httpd, kind):
    """httpd's mod_http2 refuses to work under prefork."""
    return kind is Client or httpd.mpm != "prefork"


@pytest.fixture(scope="module", params=MODELS)
def model(request, stack):
    httpd = stack.start_httpd(f"model-{request.param}", mpm=request.param)
    yield httpd
    httpd.stop()


@pytest.mark.parametrize("kind", [Client, Http2Client])
def test_every_change(model, flows, person, stack, kind):
    """MC-SEC-177 each flow once, whole, in each process model over each protocol."""
    if not speaks(model, kind):
        pytest.skip("httpd speaks no HTTP/2 under prefork")
    for path in FLOWS:
        walk = Walk(flows, kind(model))
        page, fields = before_last(walk, path)
        before = credentials(person("alice"))
        assert says_done(walk.client.send(page, **fields)), path
        after = credentials(person("alice"))
        assert before != after and is_whole(path, before, after)
        stack.snapshot.restore()


@pytest.mark.parametrize("kind", [Client, Http2Client])
def test_everything_else(model, flows, person, stack, new_password, kind):
    """MC-SEC-177 codes, a picture, a forgotten password, sessions, locations of others."""
    if not speaks(model, kind):
        pytest.skip("httpd speaks no HTTP/2 under prefork")
    walk = Walk(flows, kind(model))
    alice = walk.client
    assert upload(alice, alice.get("avatar").form, png())().status == 200
    assert alice.get("picture").body.startswith(b"\xff\xd8\xff")
    assert "REMOTE_USER is alice" in alice.get("/demo/app/").text
    made = alice.send(walk.prove("api-password"), label="program", scope="", life="30")
    shown = re.search(r'<code class="copy"[^>]*>([^<]+)', made.text) or re.search(r"<code[^>]*>([^<]{20,})", made.text)
    pair = base64.b64encode(f"alice:{shown[1]}".encode()).decode()
    assert kind(model).get("/demo/api/", Authorization=f"Basic {pair}").text == "api\n"
    assert kind(model).get("/demo/api/", follow=False).status == 401
    home = alice.get("")
    alice.send(home, form=home.every_form[0])
    assert heading(alice.get("")) == "Sign in"
    bob = kind(model)
    assert heading(flows.enter(bob, "bob")) == "My Credentials"
    visitor = kind(model)
    asked = visitor.send(visitor.get("forgot"), login="alice", way="sms")
    proved = visitor.send(asked, code=flows.code("alice", "mobile"))
    done = visitor.send(proved, new_password=new_password, confirm_password=new_password)
    assert "Your new password is set." in done.text


def test_many_requests_share_a_connection(model, flows):
    """MC-SEC-177 HTTP/2's own workers: more at once than the process has threads, and nobody is put off."""
    if not speaks(model, Http2Client):
        pytest.skip("httpd speaks no HTTP/2 under prefork")
    client = Http2Client(model)
    Walk(flows, client)
    paths = ["", "sessions", "style.css", "email", "script.js"] * 12
    connection = Connection(client)
    responses = connection.ask_all([client.prepare("GET", urljoin(model.url, path)) for path in paths])
    connection.close()
    assert [response.status for response in responses] == [200] * len(paths)


class Alternating(Client):
    """Each request goes to the next of several servers."""

    def __init__(self, httpds, agent="tests", cookies=None):
        super().__init__(httpds[0], agent, cookies)
        self.httpds = itertools.cycle(httpds)

    def request(self, method, path, body=None, **headers):
        self.httpd = next(self.httpds)
        path = urljoin("/mycred/", path.replace(self.httpd.url, "")) if "://" not in path else re.sub(r"^\w+://[^/]+", "", path)
        return super().request(method, path, body, **headers)


@pytest.fixture(scope="module")
def pair(stack):
    """Two servers of different models, which differ in nothing that a browser sees."""
    httpds = [stack.start_httpd(f"pair-{mpm}", mpm=mpm) for mpm in ("event", "prefork")]
    yield httpds
    for httpd in httpds:
        httpd.stop()


@pytest.mark.parametrize("path", FLOWS)
def test_two_servers_take_turns_within_a_flow(pair, flows, person, path):
    """MC-SEC-177 MC-SEC-13 any server goes on where the other stopped, at each step."""
    walk = Walk(flows, Alternating(pair))
    page, fields = before_last(walk, path)
    before = credentials(person("alice"))
    assert says_done(walk.client.send(page, **fields))
    after = credentials(person("alice"))
    assert before != after and is_whole(path, before, after)


def test_signing_out_on_one_server_is_seen_at_once_by_the_other(pair, flows):
    """MC-SEC-108 whichever server takes it."""
    for first, second in (pair, pair[::-1]):
        here = Walk(flows, Client(first)).client
        there = Client(second, cookies=here.cookies)
        assert heading(there.get("")) == "My Credentials"
        home = here.get("")
        here.send(home, form=home.every_form[0])
        assert heading(there.get("")) == "Sign in"
        assert there.get("/demo/app/", follow=False).status == 303


def test_many_people_at_two_servers(pair, stack, flows):
    """MC-SEC-177 forty browsers at once."""
    cookies = Walk(flows, Client(pair[0])).client.cookies

    def look(number):
        return heading(Client(pair[number % 2], cookies=cookies).get(""))

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(look, range(40))) == {"My Credentials"}


@pytest.mark.long
@pytest.mark.parametrize("mpm", ["worker", "prefork"])
def test_the_whole_suite_of_the_site(mpm):
    """MC-SEC-177 event is what every other run has."""
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--timeout=600", TESTS]
    others = [f"--ignore={TESTS}/{name}.py" for name in ("test_models", "test_mustache")]
    environment = {**os.environ, "MYCRED_MPM": mpm}
    done = subprocess.run([*command, *others], cwd=ROOT, env=environment, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-8000:]
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) > 200
