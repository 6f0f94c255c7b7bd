# SPDX-License-Identifier: Apache-2.0
"""Who may open the security administrator's pages: the role matrix over every path and verb."""

import re

import pytest

from .walk import heading

PATHS = (
    "administration",
    "administration?find=al",
    "administration/list?kind=locked",
    "administration/person?user=alice",
    "administration/verify",
)
VERBS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")


def plain(answer):
    """What tells one answer from another, without what is random in each."""
    body = re.sub(r"<code>[0-9a-f]{16}</code>", "", answer.text)
    body = re.sub(r'name="token" value="[^"]*"', "", body)
    headers = {name: value for name, value in answer.headers.items() if name not in ("Date", "Set-Cookie")}
    return answer.status, headers, body


@pytest.fixture
def administrator(client, flows):
    """A member who was just verified."""
    visitor = client()
    assert heading(flows.enter(visitor, "sadmin")) == "My Credentials"
    return visitor


def members(stack, *logins):
    """Says who is a security administrator from now on; a group needs a member."""
    dn = stack.people.group_dn("security-admins")
    stack.directory.replace(dn, member=[stack.people.dn(login) for login in logins] or [stack.people.dn("nobody")])


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("who", ["nobody", "alice", "former member"])
def test_for_others_there_is_no_such_page(request, client, flows, stack, who, path, verb):
    """MC-SEC-92 F49 strangers, ordinary people and a member whose membership ended a second ago."""
    visitor = client()
    if who != "nobody":
        assert heading(flows.enter(visitor, "alice" if who == "alice" else "sadmin")) == "My Credentials"
    if who == "former member":
        assert visitor.get("administration").status == 200
        members(stack)
    body = "token=x" if verb in ("POST", "PUT", "PATCH") else None
    answer, other = visitor.request(verb, path, body), visitor.request(verb, "administrator", body)
    assert answer.status in (404, 405 if verb in ("PUT", "DELETE", "OPTIONS", "PATCH") else 404)
    assert plain(answer) == plain(other)
