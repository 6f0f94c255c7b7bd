# SPDX-License-Identifier: Apache-2.0
"""Forms work in the browser they were made for, on their page, sent from there."""

import pytest

from .client import Client
from .walk import VALUES, Walk, credentials

PAGES = [*sorted(VALUES), "avatar", "method", "sessions", "sign-out"]
PUBLIC = ["sign-in", "forgot"]


@pytest.fixture
def unchanged(person):
    before = credentials(person("alice"))
    return lambda: before == credentials(person("alice"))


def form_of(client, path):
    """The page's form; the one to sign out is on every page."""
    answer = client.get("" if path == "sign-out" else path)
    return answer.every_form[0] if path == "sign-out" else answer.form


def refused(answer):
    return answer.status == 403 and "This form was not made for this browser" in answer.text


@pytest.mark.parametrize("path", PAGES)
def test_forms_need_their_token(walk, flows, client, unchanged, path, site):
    """MC-SEC-114 missing, empty, broken, of another page, of another browser, of another person."""
    form = form_of(walk.client, path)
    real = form.fields["token"]
    stranger = client()
    same_person = Walk(flows, client())
    other_person = Walk(flows, client(), "sadmin")
    tokens = [
        "",
        "k1:AAAA",
        real[:-2] + ("AA" if real[-2:] != "AA" else "BB"),
        form_of(walk.client, "email" if path != "email" else "mobile").fields["token"],
        stranger.get("sign-in").form.fields["token"],
        form_of(same_person.client, path).fields["token"],
        form_of(other_person.client, path).fields["token"],
    ]
    for token in tokens:
        assert refused(walk.client.post(path, {**form.fields, "token": token}, follow=False))
    without = {name: value for name, value in form.fields.items() if name != "token"}
    assert refused(walk.client.post(path, without, follow=False))
    assert unchanged()
    assert walk.client.get("").status == 200 and "Change Email Address" in walk.client.get("").text


@pytest.mark.parametrize("path", PUBLIC)
def test_forms_before_sign_in_are_bound_to_the_browser_too(client, path, password):
    """MC-SEC-114 login included: nobody signs a stranger's browser in."""
    mine, theirs = client(), client()
    form = form_of(mine, path)
    theirs.get(path)
    fields = {**form.fields, "login": "alice", "password": password, "way": "email"}
    assert refused(theirs.post(path, fields, follow=False))
    assert refused(client().post(path, fields, follow=False))


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "null", "Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": "https://localhost"},
        {"Origin": "http://localhost"},
        {"Origin": ""},
    ],
    ids=str,
)
def test_forms_sent_from_elsewhere_are_refused(client, password, headers):
    """MC-SEC-114 a right token with a foreign origin."""
    if headers == {"Origin": ""}:
        pytest.skip("an empty header is sent as none")
    visitor = client()
    form = visitor.get("sign-in").form
    fields = {**form.fields, "login": "alice", "password": password}
    assert refused(visitor.post("sign-in", fields, follow=False, **headers))


def test_what_browsers_send_from_our_own_pages_is_taken(client, password, site):
    """A page under our Referrer-Policy sends the origin "null" and Sec-Fetch-Site."""
    for headers in (
        {"Origin": site.origin, "Sec_Fetch_Site": "same-origin"},
        {"Origin": "null", "Sec_Fetch_Site": "same-origin"},
        {"Origin": "null", "Sec_Fetch_Site": "none"},  # sent again by hand, or with a restored window
        {"Origin": site.origin},
    ):
        visitor = client()
        form = visitor.get("sign-in").form
        fields = {**form.fields, "login": "alice", "password": password}
        assert visitor.post("sign-in", fields, follow=False, **headers).status == 303


def test_forms_and_steps_end(client, later, password):
    """MC-SEC-114 MC-SEC-82 an hour for a form, half of it for a flow, ten minutes from the password to the code."""
    visitor, bob = client(), client()
    form = {**visitor.get("sign-in").form.fields, "login": "alice", "password": "wrong"}
    reset = visitor.send(visitor.get("forgot"), login="nobody", way="email")
    asked = bob.send(bob.get("sign-in"), login="bob", password=password)
    assert "code" in reset.form.fields and "code" in asked.form.fields
    steps = [page.url.rsplit("/", 1)[1] for page in (reset, asked)]
    for ahead, form_status, locations in ("11m", 200, [None, "sign-in"]), ("61m", 403, ["forgot?again=1", "sign-in"]):
        httpd = later(ahead)
        assert Client(httpd, cookies=visitor.cookies).post("sign-in", form).status == form_status
        answers = [
            Client(httpd, cookies=one.cookies).get(step, follow=False)
            for one, step in zip((visitor, bob), steps, strict=True)
        ]
        assert [answer.location and answer.location.rsplit("/", 1)[1] for answer in answers] == locations, ahead


def test_a_refused_form_is_logged(walk, site):
    """MC-SEC-114 MC-SEC-123 the page's reference is the line's id."""
    answer = walk.client.post("email", {"token": "x"}, follow=False)
    reference = answer.text.split("<code>")[1].split("<")[0]
    log = (site.folder / "error.log").read_text()
    assert f"event=form_refused id={reference} user=alice source=127.0.0.1 page=email" in log


def test_get_changes_nothing(walk, unchanged, person):
    """Opening a link changes nothing: mail scanners open links."""
    form = form_of(walk.client, "sign-out")
    sessions = person("alice")["mycredSession"]
    for path in PAGES:
        walk.client.get(f"{path}?token={form.fields['token']}&remove=1&code=1&revoke=1&session=x&resend=1")
    assert unchanged()
    assert len(person("alice")["mycredSession"]) == len(sessions)
