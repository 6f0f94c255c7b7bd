# SPDX-License-Identifier: Apache-2.0
"""The password by LDAP bind, the account phase and a change of password, while the directory fails under them."""

import secrets
from contextlib import suppress

import ldap
import pytest
from service import frames
from stack.server import StackError, poll

from .proxy import BIND, BIND_REPLY, EXTENDED, EXTENDED_REPLY, SEARCH, answer_with, at, cut, cut_after, swallow
from .site import PASSWORD
from .wire import FIRST_FACTOR, NULLOK, Conversation

FAULTS = {
    "request lost": (BIND, cut),
    "connection lost after the request": (BIND, cut_after),
    "reply lost": (BIND_REPLY, cut),
    "reply swallowed": (BIND_REPLY, swallow),
    "busy": (BIND_REPLY, answer_with(51, BIND_REPLY)),
    "not willing": (BIND_REPLY, answer_with(53, BIND_REPLY)),
    "a referral": (BIND_REPLY, answer_with(10, BIND_REPLY)),
    "more is asked for": (BIND_REPLY, answer_with(14, BIND_REPLY)),
    "stronger authentication": (BIND_REPLY, answer_with(8, BIND_REPLY)),
}


def start(ask, user, kind=frames.START, flags=FIRST_FACTOR, password=PASSWORD, **more):
    conversation = Conversation(ask, user, flags=flags, password=password.encode(), **more)
    return conversation, conversation.start(kind)


@pytest.mark.parametrize("user", ["alice", "carol"])
@pytest.mark.parametrize("tag, action", FAULTS.values(), ids=FAULTS.keys())
def test_a_password_whose_bind_fails_is_neither_right_nor_wrong(site, proxy, tag, action, user):
    """F05 F07 MC-SEC-55: the second bind is the person's."""
    _, conf = proxy(at(tag, 2, action))
    with site.helper(conf) as helper:
        _, reply = start(helper.ask, user)
        assert reply.result == "unavailable"
        assert "event=directory_fault" in reply.log("event=")


@pytest.mark.parametrize("code, result", [(49, "wrong"), (32, "wrong"), (48, "wrong")])
def test_what_the_directory_calls_wrong_is_wrong(site, proxy, code, result):
    _, conf = proxy(at(BIND_REPLY, 2, answer_with(code, BIND_REPLY)))
    with site.helper(conf) as helper:
        assert start(helper.ask, "alice")[1].result == result


def test_no_password_asks_nobody(site, proxy):
    """MC-SEC-58: an unauthenticated bind would be granted by many servers."""
    between, conf = proxy()
    with site.helper(conf) as helper:
        for password in ("", "a\0b"):
            conversation = Conversation(helper.ask, "alice", flags=FIRST_FACTOR, password=password.encode())
            assert not conversation.start().lets_in
        assert between.count(BIND) == 1


@pytest.mark.parametrize("action", [cut, swallow, answer_with(52, 0x65)])
def test_an_account_that_cannot_be_read_may_not_be_used(site, proxy, action):
    """The account phase: neither success nor ignore."""

    def rule(tag, message):
        return action(message) if tag == 0x65 else True

    _, conf = proxy(rule)
    with site.helper(conf) as helper:
        _, reply = start(helper.ask, "alice", frames.ACCOUNT, flags=NULLOK)
        assert reply.result == "unavailable"


CHANGES = {
    "request lost": (EXTENDED, cut),
    "connection lost after the request": (EXTENDED, cut_after),
    "reply lost": (EXTENDED_REPLY, cut),
    "reply swallowed": (EXTENDED_REPLY, swallow),
    "busy": (EXTENDED_REPLY, answer_with(51, EXTENDED_REPLY)),
}


@pytest.mark.parametrize("tag, action", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_of_password_that_is_not_confirmed_is_no_change(site, proxy, tag, action):
    """F06: and it is not tried again."""
    between, conf = proxy(at(tag, 1, action))
    with site.helper(conf) as helper:
        conversation, reply = start(helper.ask, "alice", frames.CHECK_OLD)
        assert reply.result == "ok"
        new = f"harbour-{secrets.token_hex(4)}"
        conversation.fields["new_password"] = new.encode()
        reply = conversation.start(frames.SET_NEW)
        assert reply.result == "unavailable"
        assert between.count(EXTENDED) == 1
    with suppress(StackError):  # the directory may make it all the same, and late
        poll(lambda: is_password(site, new), 1, "the change")
    site.people.set_password(site.directory, "alice", PASSWORD)


def is_password(site, password):
    try:
        site.slapd.as_person(site.dn("alice"), password).unbind_s()
        return True
    except ldap.INVALID_CREDENTIALS:
        return False


def test_a_change_of_password_begun_by_another_conversation_is_refused(site):
    """MC-SEC-04: what one has proved the other may not use."""
    with site.helper() as helper:
        first, _ = start(helper.ask, "alice", frames.CHECK_OLD)
        second, _ = start(helper.ask, "dave", frames.CHECK_OLD)
        second.fields["new_password"] = b"another-harbour-8121"
        for state in (first.state, b"", b"proved", second.state[:-2]):
            second.state = state
            assert second.start(frames.SET_NEW).result != "ok"
        assert start(helper.ask, "alice")[1].result == "off"


def test_a_search_that_fails_before_the_bind_sends_no_password(site, proxy):
    between, conf = proxy(lambda tag, message: cut(message) if tag == SEARCH else True)
    with site.helper(conf) as helper:
        assert start(helper.ask, "alice")[1].result == "unavailable"
        assert between.count(BIND) == 2  # both as the host: the search was tried twice
