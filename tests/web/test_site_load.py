# SPDX-License-Identifier: Apache-2.0
"""Many at once: clients that send and read slowly, pictures, more requests than the directory has answers for."""

import contextlib
import socket
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest
from stack.server import LOOPBACK, ROOT, poll

from .client import FORM, Client
from .pictures import large, upload
from .walk import Walk, heading

SHIPPED = ROOT / "mod_mycred" / "apache2" / "mycred-threads.conf"
ONE_CHILD = "StartServers 1\nServerLimit 1\nThreadLimit 64\nThreadsPerChild 64\nMaxRequestWorkers 64"
HEAD = b"POST /mycred/sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"


def test_more_pictures_than_are_read_at_once(own_site, flows, person):
    """MC-SEC-173 MC-SEC-136: some are put off with a time to come again, the others are taken, and one is kept whole."""
    walk = Walk(flows, Client(own_site(mpm="event", limits=ONE_CHILD)))
    form = walk.client.get("avatar").form
    picture = large()
    with ThreadPoolExecutor(24) as pool:
        answers = [one.result() for one in [pool.submit(upload(walk.client, form, picture)) for _ in range(24)]]
    statuses = {answer.status for answer in answers}
    assert statuses == {200, 503}
    for answer in answers:
        if answer.status == 503:
            assert int(answer.headers["Retry-After"]) > 0 and "Try again in a minute." in answer.text
    stored = person("alice")["jpegPhoto"]
    assert len(stored) == 1 and stored[0].startswith(b"\xff\xd8\xff") and stored[0].endswith(b"\xff\xd9")


@contextlib.contextmanager
def slow_clients(httpd, count):
    """A third each is slow in the handshake, in its header and in its body; they go on as long as they may."""
    context = ssl.create_default_context(cafile=httpd.authority.file)
    clients, over = [], threading.Event()

    def begin(number):
        client = socket.create_connection((LOOPBACK, httpd.port), 30)
        if number % 3 == 0:
            client.sendall(b"\x16")
            return client
        client = context.wrap_socket(client, server_hostname="localhost")
        client.sendall(HEAD + (b"Content-Length: 10000\r\n\r\ntoken=" if number % 3 == 1 else b""))
        return client

    def dribble():
        while not over.wait(1):
            for client in clients:
                if isinstance(client, ssl.SSLSocket):
                    with contextlib.suppress(OSError):
                        client.sendall(b"x")

    with ThreadPoolExecutor(16) as pool:
        clients.extend(pool.map(begin, range(count)))
    dribbling = threading.Thread(target=dribble)
    dribbling.start()
    try:
        yield clients
    finally:
        over.set()
        dribbling.join()
        for client in clients:
            client.close()


def is_cut_off(client):
    client.setblocking(False)
    try:
        while client.recv(65536):
            pass
        return True
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    except OSError:
        return True


@pytest.mark.parametrize("count", [60, pytest.param(500, marks=pytest.mark.long)])
def test_slow_clients_starve_nobody(own_site, flows, count, capsys):
    """MC-SEC-172 F58: under the settings that we ship others are served while the slow ones hold on, and those are cut off."""
    httpd = own_site(mpm="event", limits=f"Include {SHIPPED}", more=f"Include {SHIPPED}")
    alice = Walk(flows, Client(httpd)).client
    with slow_clients(httpd, count) as clients:
        times = []
        for path in ["", "sessions", "email", "style.css"] * 10:
            start = time.monotonic()
            assert alice.get(path).status == 200
            times.append(time.monotonic() - start)
        assert heading(Client(httpd).sign_in("alice", flows.stack.password)) == "My Credentials"
        # nobody was served because the others were gone
        assert not any(is_cut_off(client) for client in clients[1::3])
        poll(lambda: all(is_cut_off(client) for client in clients[0::3]), 60, "the slow ones to be cut off", every=1)
    with capsys.disabled():
        print(f"\n{count} slow clients: others waited {sorted(times)[-1] * 1000:.0f} ms at most")


@pytest.mark.long
def test_a_form_that_takes_long_to_arrive_is_served_as_any_other(own_site, flows):
    """MC-SEC-172: the time for the directory begins when there is something to ask it."""
    alice = Client(own_site())
    form = alice.get("sign-in").form
    body = urlencode({**form.fields, "login": "alice", "password": flows.stack.password}).encode()
    connection = alice._connect()
    connection.putrequest("POST", form.action)
    cookies = "; ".join(f"{name}={value}" for name, value in alice.cookies.items())
    for name, value in (("Content-Type", FORM), ("Content-Length", len(body)), ("Cookie", cookies)):
        connection.putheader(name, value)
    connection.endheaders()
    for part in (body[:20], body[20:40], body[40:]):
        connection.send(part)
        time.sleep(5)  # as slow as that client is
    answer = connection.getresponse()
    assert answer.status == 303 and "__Host-mycred=" in str(answer.headers)
    connection.close()
