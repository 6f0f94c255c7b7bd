# SPDX-License-Identifier: Apache-2.0
"""Applications beside the site: what they are told of who is signed in, and what is kept from them."""

import http.client
import http.server
import threading

import pytest
from stack.httpd import MODULES

from .client import FORM, Client
from .test_cookies import COOKIE, VISITOR
from .walk import heading

SESSION = (COOKIE, VISITOR)

MORE = f"""
LoadModule proxy_module {MODULES}/mod_proxy.so
LoadModule proxy_http_module {MODULES}/mod_proxy_http.so
LoadModule authz_host_module {MODULES}/mod_authz_host.so
LoadModule cache_module {MODULES}/mod_cache.so
LoadModule cache_disk_module {MODULES}/mod_cache_disk.so
ProxyPass /echo/ http://127.0.0.1:{{port}}/
<Location /echo/guarded/>
    AuthType mycred
    AuthName demo
    Require valid-user
</Location>
<Location /echo/either/>
    AuthType mycred
    AuthName demo
    <RequireAny>
        Require ip 127.0.0.0/8 ::1
        Require valid-user
    </RequireAny>
</Location>
<Directory {{folder}}/htdocs/demo/app>
    DirectoryIndex missing.html also-missing.html index.html
</Directory>
<Location /mistaken/>
    ErrorDocument 404 /demo/app/
</Location>
CacheRoot {{folder}}/cache
CacheEnable disk /demo/
CacheIgnoreNoLastMod On
CacheMinExpire 3600
"""


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers with the headers it was sent."""

    def do_GET(self):
        text = str(self.headers).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def echo():
    """The port of an application that says what reaches it."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture
def beside(own_site, echo, stack):
    folder = stack.folder / "own0"
    (folder / "cache").mkdir(parents=True, exist_ok=True)
    (folder / "cache").chmod(0o777)
    return own_site(more=MORE.format(port=echo, folder=folder))


@pytest.fixture
def alice(beside, password):
    client = Client(beside)
    assert heading(client.sign_in("alice", password)) == "My Credentials"
    return client


@pytest.mark.parametrize("path", ["/echo/", "/echo/guarded/"])
def test_no_application_is_handed_the_sites_cookies(alice, path):
    """MC-SEC-106 who runs an application of this host must not be able to act on the site as its users."""
    alice.cookies["app"] = "its own"
    told = alice.get(path).text
    assert "Cookie: app=its own\n" in told
    assert not any(name in told for name in SESSION)
    del alice.cookies["app"]
    assert "Cookie" not in alice.get(path).text
    assert heading(alice.get("")) == "My Credentials"


SPELLINGS = ["Remote-User", "Remote_User", "remote_user", "REMOTE-USER", "Remote.User", "X_Remote_User", "X-Remote.User", "x_forwarded-user", "Mycred_User"]


@pytest.mark.parametrize("path", ["/echo/", "/echo/guarded/", "/echo/either/"])
def test_no_spelling_of_an_identity_header_gets_through(beside, alice, path):
    """MC-SEC-122 gateways behind httpd take `-`, `_` and `.` for the same."""
    connection = alice._connect()
    connection.putrequest("GET", path)
    for name in SPELLINGS:
        connection.putheader(name, "root")
    connection.putheader("X-Other", "kept")
    connection.putheader("Cookie", "; ".join(f"{name}={value}" for name, value in alice.cookies.items()))
    connection.endheaders()
    told = connection.getresponse().read().decode()
    assert "kept" in told and "root" not in told, told


def test_nobody_is_named_where_an_address_is_enough(beside, alice):
    """RequireAny with an address lets in without asking who it is."""
    assert "Host" in Client(beside).get("/echo/either/").text


def test_what_httpd_asks_itself_knows_the_session_too(alice, beside):
    """Several index files, an included page, an error document: each a request of httpd's own."""
    assert "REMOTE_USER is alice" in alice.get("/demo/app/").text
    folder = beside.folder / "htdocs" / "demo" / "app"
    (folder / "outer.html").write_text('outer <!--#include virtual="/demo/app/index.html" -->')
    assert "REMOTE_USER is alice" in alice.get("/demo/app/outer.html").text
    assert "REMOTE_USER is alice" in alice.get("/mistaken/page").text
    for path in ("/demo/app/", "/demo/app/outer.html", "/mistaken/page"):
        assert "REMOTE_USER" not in Client(beside).get(path, follow=False).text


def test_a_guarded_answer_is_not_kept_by_a_cache(alice, beside):
    """MC-SEC-108 MC-SEC-119 not for others, and not for the same cookie after its session has ended."""
    (beside.folder / "htdocs" / "demo" / "open.html").write_text("open")
    assert Client(beside).get("/demo/open.html").status == 200
    for _ in range(2):
        answer = alice.get("/demo/app/index.html")
        assert "REMOTE_USER is alice" in answer.text
        assert "private" in answer.headers["Cache-Control"] and "Cookie" in answer.headers["Vary"]
    copy = alice.clone()
    form = alice.get("").every_form[0]
    alice.post(form.action, form.fields)
    assert copy.get("/demo/app/index.html", follow=False).status == 303
    assert Client(beside).get("/demo/app/index.html", follow=False).status == 303


def test_the_cache_of_that_test_keeps_what_it_may(beside):
    """Else it would show nothing."""
    page = beside.folder / "htdocs" / "demo" / "open.html"
    page.write_text("first")
    assert Client(beside).get("/demo/open.html").text == "first"
    page.write_text("second")
    assert Client(beside).get("/demo/open.html").text == "first"


def test_what_everybody_may_cache_carries_no_cookie(client):
    """MC-SEC-104 a secret of one browser in a shared cache would be everybody's."""
    for path in ("style.css", "script.js"):
        answer = client().get(path)
        assert "public" in answer.headers["Cache-Control"]
        assert answer.headers["Set-Cookie"] is None


def test_requests_of_one_connection_know_nothing_of_each_other(alice, beside):
    """Each is who its own cookie says, also after a form that was refused before it was read."""
    connection = alice._connect()
    cookie = "; ".join(f"{name}={value}" for name, value in alice.cookies.items())

    def ask(method, path, body=None, **headers):
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    assert ask("GET", "/mycred/", Cookie=cookie)[0] == 200
    assert ask("GET", "/mycred/")[0] == 303
    smuggled = b"GET /mycred/ HTTP/1.1\r\nHost: localhost\r\nCookie: " + cookie.encode() + b"\r\n\r\n"
    for kind in (FORM, "text/plain", "multipart/form-data; boundary=x"):
        status, _ = ask("POST", "/mycred/avatar", smuggled, Cookie=cookie, **{"Content-Type": kind})
        assert status in (400, 403)
        status, text = ask("GET", "/demo/app/")
        assert status == 303 and "alice" not in text
    status, text = ask("POST", "/demo/app/", smuggled)
    assert status == 303
    assert ask("GET", "/mycred/")[0] == 303
    assert isinstance(connection, http.client.HTTPConnection)
