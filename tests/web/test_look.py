# SPDX-License-Identifier: Apache-2.0
"""Weight, focus, comfort by script. That every page is accessible is looked at in all tests (browser.py)."""

import re
from urllib.parse import urljoin

FIRST_PAGE_MAX = 30 * 1024  # bytes, with all it loads


def loads(answer):
    """What a page refers to and a browser fetches."""
    return re.findall(r'<(?:link|script|img)[^>]* (?:href|src)="([^"]+)"', answer.text)


def test_the_first_page_is_light_and_one_round_trip(client, site):
    visitor = client()
    first = visitor.get("sign-in")
    files = [visitor.get(urljoin(site.url, address)) for address in loads(first)]
    assert sum(len(answer.body) for answer in (first, *files)) < FIRST_PAGE_MAX
    # nothing that is loaded loads more
    assert not any(re.search(rb"@import|url\(|import |fetch\(", answer.body) for answer in files)
    assert files and all("immutable" in answer.headers["Cache-Control"] for answer in files)


def test_my_credentials_is_light_too(client, password):
    alice = client()
    home = alice.sign_in("alice", password)
    files = [alice.get(address) for address in loads(home)]
    assert sum(len(answer.body) for answer in (home, *files)) < FIRST_PAGE_MAX


def test_the_keyboard_alone_will_do(page, password):
    page.goto("sign-in")
    page.fill(Password=password)
    page.do("fill", "User name, email or mobile number", "alice")
    page.do("key", "Tab")
    page.do("enter")
    page._arrive(200)
    assert page.heading == "My Credentials"


def test_a_long_name_has_the_whole_width_of_a_telephone(browser, site, flows, change):
    change("alice", displayName="Maximiliane-Friederike Wolfeschlegelsteinhausen-Hohenlohe-Schillingsfürst")
    page = browser.page(site.url, width=320)
    flows.sign_in(page, "alice")
    assert page.do("evaluate", "document.querySelector('.who strong').getBoundingClientRect().width") > 140
    page.close()


def test_the_first_stop_of_the_keyboard_skips_to_the_content(page, flows):
    flows.sign_in(page, "alice")
    page.goto()
    page.do("key", "Tab")
    assert page.focused() == "Skip to the content"


def test_every_page_has_a_title_of_its_own(page, flows, site):
    flows.sign_in(page, "alice")
    titles = [page.goto(path).title for path in ("", "email", "method", "avatar", "sessions", "nothing")]
    assert len(set(titles)) == len(titles)
    assert all(title.endswith("– mycred demo") for title in titles)


def test_script_only_adds_comfort(browser, site, flows):
    page = browser.page(site.url)
    page.goto("sign-in").fill(Password="visible")
    page.do("toggle", "Show")
    assert page.do("attribute", "Password", "type") == "text"
    page.do("toggle", "Hide")
    assert page.do("attribute", "Password", "type") == "password"
    flows.sign_in(page, "alice")
    page.open_menu("alice")
    assert page.offers("link", "My Credentials")
    page.do("key", "Escape")
    assert not page.offers("link", "My Credentials")
    page.close()
