# SPDX-License-Identifier: Apache-2.0
"""No password, code, seed or key where it does not belong: addresses, headers, logs, arguments, files, memory (MC-SEC-09)."""

import base64
import re
from pathlib import Path

import pytest
from faults import processes
from stack.httpd import Httpd, is_sanitized
from stack.people import hashed
from stack.server import children_of

from .client import Client
from .walk import Walk, errors, heading

WRONG_PASSWORD = "canary-wrong-password-8821"
TYPED = "canary-typed-5530174986"
PASSWORD = "canary-login-password-4471"  # the site's own are kept in its memory: she has another one
LOUD = "LogLevel trace8\nStartServers 1\nServerLimit 1"


class Recorder(Client):
    """Keeps every address and every header of an answer."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.seen = []

    def request(self, method, path, body=None, **headers):
        answer = super().request(method, path, body, **headers)
        self.seen.append(f"{method} {answer.url}\n{answer.headers}")
        return answer


class Secrets(dict):
    """By what each is; a code or a password in any of the forms it was sent in."""

    def found_in(self, data):
        data = data.encode() if isinstance(data, str) else data
        return sorted(name for name, secret in self.items() if secret.encode() in data)


def walk_through(httpd, flows, secrets, new_password):
    """Every flow that has a secret in it. The browser, which knows what it was sent."""
    stranger = Recorder(httpd)
    stranger.sign_in("alice", WRONG_PASSWORD)
    stranger.sign_in("ghost", WRONG_PASSWORD)
    walk = Walk(flows, Recorder(httpd), start=False)
    assert heading(walk.client.sign_in("alice", PASSWORD)) == "My Credentials"
    asked = walk.ask("email")
    walk.client.send(asked, code=TYPED)
    proved = walk.client.send(asked, code=walk.sent)
    secrets["identity code"] = walk.sent
    flows.forget_sends("alice")
    asked = walk.client.send(proved, address="alice@example.net")
    secrets["address code"] = flows.next_code(flows.mails, "alice@example.net")
    walk.client.send(asked, code=secrets["address code"])
    made = walk.finish("api-password", walk.prove("api-password"))
    secrets["API password"] = re.search(r"<code[^>]*>(\d+-[A-Z2-7]+)<", made.text)[1]
    proved = walk.prove("device")
    secrets["seed"] = re.search(r"<code[^>]*>([A-Z2-7]+)<", proved.text)[1]
    bound = walk.finish("device", proved)
    secrets["recovery code"] = re.search(r"<li><code>([^<]+)<", bound.text)[1]
    proved = walk.prove("password")
    walk.client.send(proved, current_password=WRONG_PASSWORD, new_password=TYPED, confirm_password=TYPED)
    done = walk.client.send(proved, current_password=PASSWORD, new_password=new_password, confirm_password=new_password)
    assert heading(done) == "My Credentials", errors(done)
    asked = stranger.send(stranger.get("forgot"), login="bob", way="sms")
    secrets["reset code"] = flows.code("bob", "mobile")
    stranger.send(asked, code=TYPED)
    stranger.send(asked, code=secrets["reset code"])
    return [*stranger.seen, *walk.client.seen]


@pytest.fixture
def plain_site(stack):
    """Over http, and loud. Over https OpenSSL keeps plain text in its buffers until others need the memory; to have it
    wiped there (SSL_OP_CLEANSE_PLAINTEXT) mod_ssl has no directive."""
    httpd = Httpd(stack.folder / "canary", more=LOUD)
    httpd.conf = stack.login.site_conf("canary", httpd.url)
    httpd.conf.write_text(f"{httpd.conf.read_text()}code_digits = 10\n")
    yield httpd.start()
    httpd.stop()


@pytest.fixture
def walked(plain_site, flows, stack, new_password):
    """(httpd, secrets, what the browsers saw, what everybody could see of our processes, new files)."""
    httpd = plain_site
    stack.directory.replace(stack.people.dn("alice"), userPassword=hashed(PASSWORD))
    stack.directory.replace(stack.people.dn("alice"), pwdReset=None)
    secrets = Secrets({"login password": PASSWORD, "new password": new_password})
    secrets |= {"wrong password": WRONG_PASSWORD, "typed": TYPED}
    secrets["site key"] = (stack.login.folder / "site.key").read_text().split()[1]
    before = set(files_of(stack))
    with processes.watched(stack.folder) as processes_seen:
        seen = walk_through(httpd, flows, secrets, new_password)
    return httpd, secrets, seen, processes_seen, set(files_of(stack)) - before


def files_of(stack):
    for folder in (stack.folder, Path("/tmp"), Path("/var/tmp"), Path("/dev/shm")):
        files = folder.rglob("*") if folder == stack.folder else folder.glob("mycred*/*")
        known = ("/slapd/", "/mail/", "/kannel/")
        yield from (file for file in files if file.is_file() and not any(part in str(file) for part in known))


def test_no_secret_goes_where_it_does_not_belong(walked):
    """MC-SEC-09 MC-SEC-163 addresses, answers' headers, logs at the highest level, arguments, environments, files."""
    httpd, secrets, seen, processes_seen, new_files = walked
    basic = base64.b64encode(f"alice:{secrets['API password']}".encode()).decode()
    assert Client(httpd).get("/demo/api/", Authorization=f"Basic {basic}").status == 200
    assert not [secrets.found_in(one) for one in seen if secrets.found_in(one)]
    assert any(b"mycred-send" in one for one in processes_seen)
    assert not [secrets.found_in(one) for one in processes_seen if secrets.found_in(one)]
    for name in ("error.log", "access.log", "httpd.log"):
        text = (httpd.folder / name).read_text(errors="replace")
        assert not secrets.found_in(text), name
    assert "trace" in (httpd.folder / "error.log").read_text()
    assert not new_files


@pytest.mark.skipif(is_sanitized(), reason="a sanitizer keeps what is freed")
def test_memory_of_a_child_holds_no_secret_afterwards(walked):
    """MC-SEC-09 MC-SEC-153 what served all of it, with the buffers that httpd keeps; a core shows what memory does.

    But for `AuthBasicProvider`: mod_auth_basic leaves what it decoded in the memory of the request.
    """
    httpd, secrets, *_ = walked
    children = children_of(httpd.pid)
    assert children
    for child in children:
        memory = processes.memory_of(child)
        assert b"mycredLoginMethod" in memory  # the search finds what is there
        assert not secrets.found_in(memory)
