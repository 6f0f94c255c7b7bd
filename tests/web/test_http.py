# SPDX-License-Identifier: Apache-2.0
"""Verbs, headers on every answer and error, bodies of every shape, what errors give away."""

import re
import socket

import pytest

from .walk import heading

PAGES = ["", "api-password", "avatar", "device", "email", "help", "method", "mobile", "password", "recovery", "sessions", "unbind"]
PUBLIC = ["sign-in", "forgot", "invitation"]
FILES = ["style.css", "script.js"]
ONLY_GET = ["", "picture", *FILES]

HEADERS = {
    "Content-Security-Policy": r".*default-src 'none'.*",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": r"max-age=\d{7,}.*",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
PAGE_POLICY = ("base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'", "script-src 'self'")


def lint(answer):
    for name, pattern in HEADERS.items():
        assert re.fullmatch(pattern, answer.headers[name] or ""), f"{answer.url}: {name}: {answer.headers[name]}"
    assert len(answer.headers.get_all("Content-Security-Policy")) == 1
    if "html" in (answer.headers["Content-Type"] or ""):
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        policy = answer.headers["Content-Security-Policy"]
        assert all(part in policy for part in PAGE_POLICY) and "unsafe" not in policy
        assert not re.search(r"<script(?! src)|\son\w+=|\sstyle=|<style|javascript:", answer.text)
    if not answer.url.split("?")[0].endswith(tuple(FILES)) or answer.status >= 400:
        assert answer.headers["Cache-Control"] == "no-store"
    for cookie in answer.headers.get_all("Set-Cookie") or []:
        assert re.fullmatch(r"__Host-[\w-]+=[^;]*; Path=/; Secure; HttpOnly; SameSite=(Lax|Strict)(; Max-Age=0)?", cookie)
        assert len(cookie) < 4096


def test_headers_on_every_page(walk, client):
    """MC-SEC-106 MC-SEC-116 signed in and not."""
    for path in [*PAGES, *PUBLIC, *FILES, "picture", "verify", "renew", "administration", "nothing", "a/b", "sign-in/"]:
        for browser in (walk.client, client()):
            lint(browser.get(path, follow=False))


def test_headers_on_every_error(walk, client, site):
    """MC-SEC-116 400, 403, 404, 405 and redirects."""
    answers = [
        walk.client.post("email", {"token": "x"}, follow=False),
        walk.client.post("email", "a=1&a=2", follow=False),
        walk.client.request("DELETE", "email"),
        walk.client.request("POST", "style.css", "x=1"),
        walk.client.get("nothing"),
        client().get("email", follow=False),
    ]
    assert [answer.status for answer in answers] == [403, 400, 405, 405, 404, 303]
    for answer in answers:
        lint(answer)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "CONNECTED", "LOCK"])
def test_other_verbs_are_refused(walk, method):
    """MC-SEC-115 only GET and HEAD read, only POST writes."""
    for path in (*PAGES, *PUBLIC, *FILES):
        answer = walk.client.request(method, path)
        assert answer.status in (405, 501), f"{method} {path}: {answer.status}"


def test_trace_is_off(client):
    """MC-SEC-115"""
    answer = client().request("TRACE", "sign-in", X_Secret="canary")
    assert answer.status in (405, 501) and "canary" not in answer.text


def test_an_override_header_overrides_nothing(walk, person):
    """MC-SEC-115"""
    before = len(person("alice")["mycredSession"])
    token = walk.client.get("").every_form[0].fields["token"]
    for header in ("X_HTTP_Method_Override", "X_HTTP_Method", "X_Method_Override"):
        answer = walk.client.get(f"sign-out?token={token}&_method=POST", follow=False, **{header: "POST"})
        assert answer.status == 303
    assert len(person("alice")["mycredSession"]) == before


@pytest.mark.parametrize("path", ONLY_GET)
def test_pages_without_a_form_take_no_post(walk, path):
    """MC-SEC-115"""
    answer = walk.client.post(path or "/mycred/", {"x": "1"}, follow=False)
    assert answer.status == 405 and answer.headers["Allow"] == "GET, HEAD"


def test_error_pages_sign_out_as_others_do(walk):
    lost = walk.client.get("nowhere")
    assert lost.status == 404
    walk.client.post("sign-out", lost.every_form[0].fields)
    assert walk.client.get("", follow=False).status == 303


def test_head_is_get_without_the_body(walk):
    for path in (*PAGES, "style.css"):
        answer = walk.client.request("HEAD", path)
        assert answer.status == 200 and answer.body == b"" and int(answer.headers["Content-Length"]) > 0
        lint(answer)


BODIES = {
    "empty": (b"", None),
    "no type": (b"token=x", ""),
    "json": (b'{"token":"x"}', "application/json"),
    "text": (b"token=x", "text/plain"),
    "multipart on a page that takes none": (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x"),
    "repeated": (b"token=x&token=y", None),
    "array": (b"token[]=x", None),
    "nested": (b"token[a]=x", None),
    "dotted": (b"token.a=x", None),
    "capital": (b"Token=x", None),
    "not utf-8": (b"token=%ff%fe", None),
    "overlong": (b"token=%c0%af", None),
    "surrogate": (b"token=%ed%a0%80", None),
    "nul": (b"token=%00", None),
    "line break": (b"token=a%0d%0ab", None),
    "half an escape": (b"token=%4", None),
    "many": (b"&".join(b"a%d=1" % number for number in range(10000)), None),
    "long name": (b"a" * 1000 + b"=1", None),
    "long value": (b"token=" + b"a" * 20000, None),
    "huge": (b"token=" + b"a" * 2_000_000, None),
    "separators": (b"&&&;;;", None),
}


@pytest.mark.parametrize("name", BODIES)
def test_bodies_that_no_form_sends_are_refused(walk, name):
    """MC-SEC-99 MC-SEC-120 MC-SEC-132 refused once, at the edge, and the next request is served."""
    body, kind = BODIES[name]
    headers = {} if kind is None else {"Content_Type": kind}
    answer = walk.client.post("email", body, follow=False, **headers)
    assert answer.status in (400, 403, 413), answer.status
    lint(answer)
    assert walk.client.get("").status == 200


@pytest.mark.parametrize("query", ["a=1&a=2", "to=%ff", "to=%00", "flow=%0d%0aX:1", "TO=/", "a[]=1", "x" * 5000])
def test_queries_are_read_as_strictly(client, query):
    """MC-SEC-99 MC-SEC-132"""
    answer = client().get(f"sign-in?{query}", follow=False)
    assert answer.status == 400
    lint(answer)


def raw(site, text):
    """What the server says to these bytes."""
    with socket.create_connection(("127.0.0.1", site.port), 5) as connection:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return answer


def test_cut_off_and_chunked_bodies_end_cleanly(site, client):
    """MC-SEC-120 truncated, chunked, with trailing bytes."""
    head = "POST /mycred/sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    cut = raw(site, f"{head}Content-Length: 500\r\n\r\ntoken=x".encode())
    assert cut == b"" or b" 400 " in cut.split(b"\r\n")[0] or b" 408 " in cut.split(b"\r\n")[0]
    chunked = raw(site, f"{head}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n7\r\ntoken=x\r\n0\r\n\r\n".encode())
    assert b" 403 " in chunked.split(b"\r\n")[0]
    both = raw(site, f"{head}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".encode())
    assert b" 200 " not in both.split(b"\r\n")[0]
    assert client().get("sign-in").status == 200


def test_errors_reveal_nothing(walk, client):
    """MC-SEC-123 no names of ours, no paths, no versions; an id that is in the log."""
    answers = [walk.client.get("nothing"), walk.client.post("email", "a=1&a=2"), client().get("sign-in?a=1&a=2")]
    for answer in answers:
        assert re.search(r"<code>[0-9a-f]{16}</code>", answer.text)
        assert not re.search(r"dc=|ou=|ldap|/usr|/tmp|Apache|mod_|line \d|\.c\b", answer.text)


HOSTS = ["evil.example", "localhost:1", "localhost.evil.example", "127.0.0.1", "[::1]", "LOCALHOST", "localhost@evil.example"]
def test_the_address_without_its_last_slash_leads_to_the_site(client, site):
    """MC-SEC-95 to the configured address, whatever Host says."""
    for host in (None, "evil.example"):
        answer = client().request("GET", "/mycred", **({"Host": host} if host else {}))
        assert (answer.status, answer.location) == (303, site.url)
    assert client().request("GET", "/mycre").status == 404


FORWARDING = ["X_Forwarded_Host", "X_Forwarded_Server", "X_Forwarded_Proto", "X_Forwarded_Port", "X_Forwarded_For", "Forwarded", "X_Host", "X_Original_URL", "X_Rewrite_URL"]


@pytest.mark.parametrize("host", HOSTS)
def test_the_public_address_is_configured(client, site, host):
    """MC-SEC-95 Host and forwarding headers have no effect on any address."""
    for name in ("Host", *FORWARDING):
        value = f"for=1.2.3.4;host={host};proto=http" if name == "Forwarded" else host
        answer = client().get("email", follow=False, **{name: value})
        assert answer.status in (303, 400)
        assert answer.status == 400 or answer.location == f"{site.url}sign-in?to=%2fmycred%2femail"
        page = client().get("sign-in", **{name: value})
        assert "evil" not in page.text and "evil" not in str(page.headers)


def test_the_clients_address_is_the_connections(client, site, password):
    """MC-SEC-121 forwarding headers do not reach the log."""
    visitor = client()
    form = visitor.get("sign-in").form
    fields = {**form.fields, "login": "sadmin", "password": "wrong"}
    visitor.post("sign-in", fields, X_Forwarded_For="203.0.113.7", Forwarded="for=203.0.113.7", X_Real_IP="203.0.113.7")
    assert "203.0.113.7" not in (site.folder / "error.log").read_text()


FORGED = ["Remote_User", "X_Remote_User", "X_Forwarded_User", "Mycred_User"]


def test_identity_headers_of_clients_never_reach_an_application(walk, client):
    """MC-SEC-122 on open, guarded and refused paths."""
    for header in FORGED:
        page = walk.client.get("/demo/app/", **{header: "root"})
        assert "REMOTE_USER is alice" in page.text
        assert client().get("/demo/app/", follow=False, **{header: "root"}).status == 303
        assert client().request("OPTIONS", "/demo/app/", **{header: "root"}).status in (303, 403)


def test_back_leads_only_what_can_be_asked_for_again(client):
    """After signing in a form would be sent anew without its fields."""
    assert client().request("GET", "/demo/app/?a=b").location.endswith("/sign-in?to=%2fdemo%2fapp%2f%3fa%3db")
    assert client().request("POST", "/demo/app/?a=b", "c=d").location.endswith("/sign-in?again=1")


def test_a_location_that_wants_a_second_step(walk, flows, client, stack):
    """Require mycred-verified: a password alone is not enough."""
    assert walk.client.get("/demo/verified/", follow=False).status in (401, 403)
    bob = client()
    asked = bob.sign_in("bob", stack.password)
    bob.send(asked, code=flows.code("bob", "mobile"))
    assert bob.get("/demo/verified/").text == "verified\n"
    assert heading(bob.get("")) == "My Credentials"


def test_guarded_content_is_never_sent_with_our_answer(client, walk):
    """MC-SEC-119 whatever the outcome, what lies below a guarded location stays there."""
    for path in ("/demo/app/", "/demo/verified/", "/demo/api/", "/demo/app/index.html"):
        answer = client().get(path, follow=False)
        assert not re.search(r"REMOTE_USER|^verified|^api", answer.text, re.MULTILINE)
        lines = answer.text.count("<html")
        assert lines <= 1
