# SPDX-License-Identifier: Apache-2.0
"""Where one is signed in: the list, ending sessions, two servers, what happened lately."""

import pytest


@pytest.fixture(scope="module")
def second(stack):
    """A second httpd of the same site, over TLS."""
    httpd = stack.start_httpd("second")
    yield httpd
    httpd.stop()


def test_lists_the_browsers_and_signs_another_out(page, open_page, password):
    """MC-SEC-109 people see and end their sessions."""
    other = open_page(userAgent="Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0")
    other.sign_in("alice", password)
    page.sign_in("alice", password)
    page.follow("Where you are signed in")
    names = page.texts(".sessions h2")
    assert "this browser" in names[0] and "Linux" in names[0]
    assert "Windows" in names[1]
    page.do("leave", ".sessions li:nth-child(2) button")
    assert len(page.texts(".sessions li")) == 1
    other.goto()
    assert other.heading == "Sign in"
    page.goto()
    assert page.heading == "My Credentials"


def test_signing_out_on_one_server_is_seen_by_the_other(open_page, flows, second):
    """MC-SEC-108 the cookie is dead on every node at once."""
    page, other = open_page(second.url), open_page(second.url)
    flows.sign_in(page, "alice")
    other.do("add_cookies", page.do("cookies"))
    other.goto(second.url)
    assert other.heading == "My Credentials"
    page.open_menu("alice").press("Sign out")
    other.goto(second.url)
    assert other.heading == "Sign in"


def test_any_server_goes_on_where_another_began(open_page, flows, second, site):
    """A flow that began on one node is finished on the other."""
    page = open_page(second.url)
    flows.sign_in(page, "alice")
    page.follow("Change Email Address").choose("Verify by mobile").press("Send Code")
    page.goto(page.url.replace(site.url, second.url))
    page.fill(Verification_code=flows.code("alice", "mobile")).press("Next")
    assert page.url.startswith(second.url) and page.heading == "Change Email Address"


def test_shows_what_happened_lately(page, flows):
    """MC-SEC-168 people see recent security events."""
    flows.sign_in(page, "alice")
    page.follow("Change Email Address").choose("Verify by email").press("Send Code")
    page.fill(Verification_code="1").press("Next")
    page.goto("sessions")
    assert {text.split("\n")[0].split(" 20")[0] for text in page.texts(".activity li")} >= {
        "Signed in",
        "A code was sent by e-mail",
        "A wrong code from a message was typed",
    }


def test_an_administrator_ends_sessions_by_ldapmodify(page, flows, change):
    flows.sign_in(page, "alice")
    change("alice", mycredSession=None)
    page.goto()
    assert page.heading == "Sign in"


def test_a_locked_person_is_out_at_once(page, flows, lock):
    flows.sign_in(page, "alice")
    lock("alice")
    page.goto()
    assert page.heading == "Sign in"
