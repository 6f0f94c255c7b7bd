# SPDX-License-Identifier: Apache-2.0
"""Asking the security administrator for help, and the queue."""

import re
from datetime import datetime, timedelta, timezone

import pytest

from .admin import statuses, told
from .walk import errors, heading

QUEUED = "Your request is in the queue of the security administrator."
ALREADY = "You have asked within a day already. The security administrator sees your request or has answered it."


def asked_of(person, login):
    return [value.split(" ", 1)[1] for value in person(login).get("mycredHelpAsked", [])]


def lost(visitor, login, password):
    """From Verify, after the password."""
    return visitor.send(visitor.sign_in(login, password), help="device-lost")


def test_i_lost_my_device(client, password, person, administrator, mails, logged, site):
    """After the password, at most once a day, whatever browser it is asked from."""
    asked = lost(client(), "carol", password)
    assert statuses(asked) == [QUEUED] and asked_of(person, "carol") == ["device-lost"]
    before = person("carol")["mycredHelpAsked"]
    for _ in range(3):
        assert statuses(lost(client(), "carol", password)) == [ALREADY]
    assert person("carol")["mycredHelpAsked"] == before
    assert re.search(r"event=help_asked .*user=carol .*reason=device-lost", (site.folder / "error.log").read_text())
    page = administrator.person("carol")
    assert "I lost my device" in page.text
    done = administrator.click("carol", "close-help")
    assert statuses(done) == ["The request was closed."] and "mycredHelpAsked" not in person("carol")
    told(mails, "carol", "closed your request for help")
    assert "act=close-help target=carol" in logged()[0]
    # it was settled: the day's request is used up, and the queue stays empty
    assert statuses(lost(client(), "carol", password)) == [ALREADY]
    assert "mycredHelpAsked" not in person("carol")


def test_the_queue_is_oldest_first(administrator, stack):
    ages = {"alice": 3, "bob": 50, "dave": 20}
    for login, hours in ages.items():
        when = (datetime.now(timezone.utc) - timedelta(hours=hours)).strftime("%Y%m%d%H%M%SZ")
        if login == "alice":
            stack.directory.extend(stack.people.dn(login), "mycredAccount")
        stack.directory.replace(stack.people.dn(login), mycredHelpAsked=f"{when} device-lost")
    text = administrator.client.get("administration/list?kind=help").text
    assert re.findall(r"person\?user=(\w+)", text) == ["bob", "dave", "alice"]
    assert text.count("I lost my device") == 3


@pytest.mark.parametrize(
    "act, fields", [("remove-device", {"number": "1"}), ("exempt", {"life": "1d"}), ("reset", {}), ("unlock", None)]
)
def test_an_act_that_helps_answers_it(client, password, person, administrator, stack, act, fields):
    """It leaves the queue by itself."""
    lost(client(), "carol", password)
    if fields is None:
        stack.directory.replace(stack.people.dn("carol"), mycredTotpFailure="20261101000000.000001Z")
        administrator.click("carol", act)
    else:
        administrator.act(act, "carol", **fields)
    assert "mycredHelpAsked" not in person("carol")


def test_an_act_that_does_not_help_leaves_it(client, password, person, administrator):
    lost(client(), "carol", password)
    administrator.act("sign-out", "carol")
    assert asked_of(person, "carol") == ["device-lost"]


def test_set_credential_answers_it(client, password, person, administrator):
    asked = client()
    statuses(asked.send(asked.sign_in("grace", password), reason="nothing-bound"))
    assert asked_of(person, "grace") == ["nothing-bound"]
    administrator.credential("grace", "invite", address="grace@example.org")
    assert "mycredHelpAsked" not in person("grace")


def test_who_is_refused_for_want_of_a_method_may_ask(client, password, person):
    """grace: must verify, nothing bound."""
    visitor = client()
    refused = visitor.sign_in("grace", password)
    assert "Ask your security administrator for an invitation." in refused.text
    assert statuses(visitor.send(refused, reason="nothing-bound")) == [QUEUED]
    assert statuses(visitor.send(refused, reason="nothing-bound")) == [ALREADY]
    assert asked_of(person, "grace") == ["nothing-bound"]


def test_who_is_signed_in_with_nothing_bound_may_ask(client, password, stack, person):
    stack.directory.replace(stack.people.group_dn("finance"), mycredRequire=None)
    visitor = client()
    home = visitor.sign_in("grace", password)
    assert 'href="/mycred/help">Ask the security administrator' in home.text
    page = visitor.get("help")
    assert errors(visitor.send(page)) == ["Choose what you need help with."]
    assert statuses(visitor.send(page, reason="nothing-bound")) == [QUEUED]
    assert asked_of(person, "grace") == ["nothing-bound"]


@pytest.mark.parametrize("left", [["mycredHelpAsked"], ["mycredReminded"], ["mycredHelpAsked", "mycredReminded"]])
def test_the_next_day_one_may_ask_again(client, password, person, stack, left):
    """Open or answered, a day later it bars nobody."""
    before = (datetime.now(timezone.utc) - timedelta(hours=25)).strftime("%Y%m%d%H%M%SZ")
    values = {"mycredHelpAsked": [f"{before} other"], "mycredReminded": [f"help {before}"]}
    stack.directory.replace(stack.people.dn("carol"), **{name: values[name] for name in left})
    assert statuses(lost(client(), "carol", password)) == [QUEUED]
    assert asked_of(person, "carol") == ["device-lost"]


def test_an_open_request_counts_for_its_day_by_itself(client, password, person, stack):
    """Whatever became of the note that outlives it."""
    asked = (datetime.now(timezone.utc) - timedelta(hours=1)).strftime("%Y%m%d%H%M%SZ other")
    stack.directory.replace(stack.people.dn("carol"), mycredHelpAsked=asked)
    assert statuses(lost(client(), "carol", password)) == [ALREADY]
    assert person("carol")["mycredHelpAsked"] == [asked]


def test_strangers_cannot_ask(client, password, person):
    """Only who knows the password; a made-up reason or flow asks nothing."""
    visitor = client()
    asked = visitor.sign_in("carol", password)
    stranger = client()
    assert heading(stranger.get("help")) == "Sign in"
    for flow in ("", "k1:AAAA", asked.form.fields["flow"]):
        token = stranger.get("forgot").form.fields["token"]
        answer = stranger.post("help", {"token": token, "flow": flow, "reason": "device-lost"})
        assert answer.status == 403
    visitor.send(asked, help="nonsense")
    assert "mycredHelpAsked" not in person("carol")


def test_where_nobody_answers_nothing_is_offered(own_site, flows, password, person, client):
    from .client import Client

    visitor = Client(own_site(security_group=""))
    asked = visitor.sign_in("carol", password)
    assert "I lost my device" not in asked.text
    visitor.send(asked, help="device-lost")
    assert "mycredHelpAsked" not in person("carol")
    assert visitor.get("help").status == 404
