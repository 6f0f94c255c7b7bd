# SPDX-License-Identifier: Apache-2.0
"""Where one is sent after signing in: never away from this host."""

import itertools
import re
from urllib.parse import quote, urljoin, urlsplit

import pytest
from stack.server import ROOT

from .client import FORM
from .test_alike import plain
from .walk import heading

HOST = "evil.example"
STARTS = ["", "/", "//", "///", "////", "\\", "\\\\", "/\\", "\\/", "/./", "/../", "./", "../", "/%2f", "/%5c", "/\t/", "/ /", "?", "#", "/#"]
SCHEMES = ["", "http:", "https:", "HTTPS:", "ftp:", "javascript:", "JaVaScRiPt:", "data:text/html,", "vbscript:", "file:", "blob:", "mailto:", "ldap:"]
HOSTS = [HOST, f"@{HOST}", f"localhost@{HOST}", f"localhost.{HOST}", f"{HOST}%23", f"{HOST}/%2e%2e", f"%65vil.example", f"{HOST}:80", f"[::1]@{HOST}"]
WRITINGS = [lambda text: text, lambda text: text.replace("/", "\u2215"), lambda text: f"\u00a0{text}", lambda text: f" {text}", lambda text: f"{text}\u202e"]

PAYLOADS = sorted(
    {
        write(f"{scheme}{start}{host}")
        for scheme, start, host, write in itertools.product(SCHEMES[:7], STARTS, HOSTS[:5], WRITINGS[:1])
    }
    | {write(f"{scheme}{start}{host}") for scheme, start, host, write in itertools.product(SCHEMES, ["//", "\\\\", "/"], HOSTS, WRITINGS)}
)


def resolves_to(location, base):
    """Where a browser goes: it takes backslashes for slashes and drops tabs and line breaks."""
    for drop in "\t\r\n":
        location = location.replace(drop, "")
    return urlsplit(urljoin(base, location.strip().replace("\\", "/")))


def test_there_are_enough_payloads():
    assert len(PAYLOADS) > 800


def test_no_target_leads_away(client, password, site):
    """MC-SEC-118 anything but a local path goes home."""
    here = urlsplit(site.url)
    alice = client()
    alice.sign_in("alice", password)
    for payload in PAYLOADS:
        answer = alice.get(f"sign-in?to={quote(payload, safe='')}", follow=False)
        assert answer.status in (303, 400), payload
        if answer.status == 303:
            to = resolves_to(answer.location, site.url)
            assert (to.scheme, to.netloc) == (here.scheme, here.netloc), f"{payload!r} leads to {answer.location!r}"


@pytest.mark.parametrize("payload", [f"//{HOST}", f"/\\{HOST}", f"https://{HOST}/", "javascript:alert(1)", f"/{HOST}\r\nX: y", f"/demo\\{HOST}", f"/\t/{HOST}", "/demo/\u00e9", "/demo/ x", "/" + "a" * 1024])
def test_nor_after_the_form(client, password, site, payload):
    """MC-SEC-118 MC-SEC-131 the same in the form's own field, and through Login Verification."""
    visitor = client()
    answer = visitor.send(visitor.get("sign-in"), follow=False, login="alice", password=password, to=payload)
    assert answer.status == 400 or answer.location == site.url


def test_a_target_survives_login_verification(client, password, flows, site):
    bob = client()
    asked = bob.send(bob.get("sign-in?to=/demo/app/%3Fa%3Db"), login="bob", password=password)
    done = bob.send(asked, follow=False, code=flows.code("bob", "mobile"))
    assert done.location == f"{site.origin}/demo/app/?a=b"


def test_a_guarded_location_names_itself_and_nothing_else(client, site):
    """MC-SEC-118 what is asked for in a hostile way comes back as a path of this host."""
    for path in ("/demo/app//evil.example", "/demo/app/?to=//evil.example", "/demo/app/%0d%0aX:%20y"):
        answer = client().get(path, follow=False)
        assert answer.status in (303, 400, 404)
        if answer.status == 303:
            assert answer.location.startswith(f"{site.url}sign-in?to=%2fdemo%2fapp%2f")
            assert FORM and "\n" not in answer.location


# ---- pages of the site itself

ROUTES = dict(re.findall(r'^    \{"([\w./-]*)",[^}]*,\s+"([\w./-]*)"\}', (ROOT / "mod_mycred/route.c").read_text(), re.MULTILINE))
OPEN = {"forgot", "help", "renew", "script.js", "sign-in", "style.css", "verify"}
INNER = sorted(ROUTES.keys() - OPEN)
NEVER = ["", "picture", "sign-out", "unbind"]
OVER = "You are no longer signed in, so what you just sent was not carried out. Sign in to go on."


def sign_in_for(site, back):
    return f"{site.url}sign-in" + (f"?to=%2fmycred%2f{quote(back, safe='-').replace('%2F', '%2f')}" if back else "")


def test_the_table_was_read():
    assert len(INNER) == 20 and ROUTES["email"] == "email"
    assert set(ROUTES.values()) - {""} <= set(INNER) - set(NEVER)
    assert not any(ROUTES[path] for path in [*OPEN, *NEVER])


@pytest.mark.parametrize("path", INNER)
def test_a_page_is_come_back_to(client, flows, site, path):
    """MC-SEC-118 without its query, and not where a link alone shows nothing."""
    visitor = client()
    for query in ("", "?flow=k1:AAAA&user=alice&id=1"):
        answer = visitor.get((path or "/mycred/") + query, follow=False)
        assert (answer.status, answer.location) == (303, sign_in_for(site, ROUTES[path]))
    assert visitor.request("HEAD", path or "/mycred/").location == answer.location
    asked = visitor.send(visitor.follow(answer), login="sadmin", password=flows.stack.password)
    assert heading(asked) == "Login Verification"
    there = visitor.send(asked, code=flows.code("sadmin"))
    flows.forget_sends("sadmin")
    assert there.status == 200 and there.url == site.url + ROUTES[path]


def test_help_is_come_back_to(client, password, site):
    visitor = client()
    asked = visitor.get("help")
    assert asked.url == sign_in_for(site, "help")
    assert visitor.send(asked, login="alice", password=password).url == f"{site.url}help"


def test_a_page_survives_every_step_of_signing_in(client, flows, change, password, new_password, site):
    """A mistake in each, Login Verification, and the change of a password that must be changed."""
    change("bob", pwdReset="TRUE")
    bob = client()
    mistaken = bob.send(bob.get("mobile"), login="bob", password="wrong")
    asked = bob.send(mistaken, login="bob", password=password)
    code = flows.code("bob", "mobile")
    asked = bob.send(asked, code="000000" if code != "000000" else "000001")
    page = bob.send(asked, code=code)
    assert heading(page) == "Change Password"
    page = bob.send(page, current_password=password, new_password="short", confirm_password="short")
    there = bob.send(page, current_password=password, new_password=new_password, confirm_password=new_password)
    assert there.url == f"{site.url}mobile" and heading(there) == "Verify Identity"


@pytest.mark.parametrize(
    "path",
    [
        f"email?to=//{HOST}",
        f"email?to=https://{HOST}/",
        f"email?flow=//{HOST}",
        f"email?again=1&done=//{HOST}",
        f"email//{HOST}",
        f"/mycred//{HOST}/",
        f"/mycred/email/%2e%2e/%2e%2e/{HOST}",
        f"%2f%2f{HOST}",
        f"%5c{HOST}",
        f"email%3fto=//{HOST}",
        f"email%0d%0aX-Evil:%20{HOST}",
        f"email;//{HOST}",
        f"email@{HOST}",
        "%65mail",
        "/mycred/./email",
        "email%00",
        "email%26to=/",
        "sign-in%3fto=/mycred/email",
        "administration/%2e%2e/email",
        "administration/person?user=alice&to=/mycred/sign-out",
    ],
)
def test_what_is_asked_for_in_a_hostile_way_is_no_target(client, site, path):
    """MC-SEC-118 MC-SEC-131 a page of the table, or there is no way back."""
    answer = client().get(path, follow=False)
    assert answer.status in (303, 400, 404)
    assert "X-Evil" not in answer.headers
    assert answer.status != 303 or answer.location in [sign_in_for(site, back) for back in ("email", "administration")]


def test_no_page_that_is_led_back_to_acts(client, password, site):
    """A made-up address may name any page: opening one changes nothing."""
    for path in ("sign-out", "sign-in", "invitation", "verify", "renew", "unbind?id=1"):
        visitor = client()
        there = visitor.send(visitor.get(f"sign-in?to=/mycred/{quote(path, safe='')}"), login="alice", password=password)
        assert there.url.startswith(site.url)
        assert heading(visitor.get("")) == "My Credentials", path


# ---- forms that come too late


@pytest.fixture
def ended(walk, client, stack, change, lock):
    """ended(how): a browser that was signed in a moment ago, or never, with a form of its page."""
    forms = {path: walk.client.get(path).form for path in ("email", "method", "sessions")}

    def end(how):
        visitor = walk.client.clone()
        if how == "locked":
            lock("alice")
        elif how == "signed out elsewhere":
            change("alice", mycredSession=None)
        elif how == "idle":
            (value,) = stack.directory.entry(stack.people.dn("alice"))["mycredSession"]
            name, digest, created, _, *rest = value.split(" ")
            change("alice", mycredSession=" ".join([name, digest, created, "20200101000000Z", *rest]))
        elif how == "made up":
            visitor = client(cookies={"__Host-mycred": "k1:AAAA", "__Host-mycred-visitor": walk.client.cookies["__Host-mycred-visitor"]})
        else:
            visitor.cookies.pop("__Host-mycred")
        return visitor, forms

    return end


def late(visitor, path, fields):
    """What is said to this form: the redirect and the page it leads to."""
    answer = visitor.post(path, fields, follow=False)
    return answer, visitor.follow(answer)


@pytest.mark.parametrize("how", ["signed out elsewhere", "idle", "locked", "made up", "never"])
def test_a_form_after_the_session_says_so(ended, client, person, site, how):
    """MC-SEC-108 one sentence, the same for a stranger's form, and nothing that sends the form again."""
    visitor, forms = ended(how)
    stranger = client()
    stranger.get("sign-in")
    before = person("alice")
    expected = [plain(answer) for answer in late(stranger, "email", {"token": "x"})]
    for path, form in forms.items():
        answer, page = late(visitor, path, {**form.fields, "way": "sms", "method": "sms"})
        assert (answer.status, answer.location) == (303, f"{site.url}sign-in?again=1")
        assert [plain(one) for one in (answer, page)] == expected
        assert page.text.count(OVER) == 1 and page.form.fields["to"] == ""
    assert person("alice") == before


def test_and_one_goes_on_from_there(ended, password, site):
    visitor, forms = ended("signed out elsewhere")
    _, page = late(visitor, "email", forms["email"].fields)
    page = visitor.send(page, login="alice", password="wrong")
    assert OVER not in page.text
    home = visitor.send(page, login="alice", password=password)
    assert home.url == site.url and visitor.get("sign-in?again=1").url == site.url


def test_every_page_that_takes_forms_says_so(client, site):
    visitor = client()
    told = {path: late(visitor, path or "/mycred/", {"token": "x"}) for path in INNER}
    assert {answer.status for answer, _ in told.values()} == {303, 405}
    assert all(OVER in page.text for answer, page in told.values() if answer.status == 303)
    shown = {path for path, (answer, _) in told.items() if answer.status == 405}
    assert shown == {"", "administration", "administration/list", "administration/person", "picture"}
    assert OVER not in visitor.get("sign-in").text


def test_it_is_said_in_the_visitors_language(client):
    visitor = client()
    page = visitor.get("sign-in?again=1", Accept_Language="zh-CN")
    assert "您已不在登录状态" in page.text and OVER not in page.text


def test_a_form_for_another_location_says_so_too(client, site):
    """Its target would send the form's address without the form."""
    answer, page = late(client(), "/demo/app/", {"x": "1"})
    assert answer.location == f"{site.url}sign-in?again=1" and OVER in page.text
