# SPDX-License-Identifier: Apache-2.0
"""Who may open the security administrator's pages: the role matrix over every path and verb."""

import re
from datetime import datetime, timedelta, timezone
from itertools import product
from urllib.parse import urlencode

import pytest
from stack.people import add_person

from .client import Client
from .test_http import lint
from .test_input import HOSTILE, MARK, NAMES
from .walk import heading

PATHS = (
    "administration",
    "administration?find=al",
    "administration/act?user=alice&act=lock",
    "administration/credential?user=frank",
    "administration/group?group=finance",
    "administration/list?kind=help",
    "administration/list?kind=locked",
    "administration/person?user=alice",
    "administration/verify",  # the last: it needs no step-up
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


def body_of(verb):
    return "token=x" if verb in ("POST", "PUT", "PATCH") else None


@pytest.mark.parametrize("who", ["alice", "former member"])
def test_for_others_there_is_no_such_page(client, flows, stack, who):
    """MC-SEC-92 F49 ordinary people and a member whose membership ended a second ago."""
    visitor = client()
    assert heading(flows.enter(visitor, "alice" if who == "alice" else "sadmin")) == "My Credentials"
    if who == "former member":
        assert visitor.get("administration").status == 200
        members(stack)
    for verb in VERBS:
        other = visitor.request(verb, "administrator", body_of(verb))
        for path in PATHS:
            answer = visitor.request(verb, path, body_of(verb))
            assert answer.status == 404 and plain(answer) == plain(other), (verb, path)


def test_a_stranger_is_sent_to_sign_in_and_learns_nothing(client, own_site):
    """MC-SEC-92 whatever is asked for, whether this site has administrators or not."""
    sites = [client(), Client(own_site(security_group=""))]
    for path, verb in product(PATHS, VERBS):
        answers = [visitor.request(verb, path, body_of(verb)) for visitor in sites]
        assert {answer.status for answer in answers} <= {303, 405}
        assert len({answer.status for answer in answers}) == 1 and not any("alice" in answer.text for answer in answers)
        locations = {(answer.location or "").removeprefix(visitor.httpd.url) for answer, visitor in zip(answers, sites, strict=True)}
        to = "%2fgroup" if "/group" in path else ""
        assert locations <= {"", "sign-in?again=1", f"sign-in?to=%2fmycred%2fadministration{to}"} and len(locations) == 1
        assert verb != "GET" or answers[0].status == 303


def age(stack, login, minutes, **fields):
    """As if the session had begun, and identity been verified, that long ago."""
    dn = stack.people.dn(login)
    before = (datetime.now(timezone.utc) - timedelta(minutes=minutes)).strftime("%Y%m%d%H%M%SZ")
    values = []
    for value in stack.directory.entry(dn)["mycredSession"]:
        parts = value.split(" ")
        parts[2] = before
        parts[4] = before if parts[4] != "-" else "-"
        parts[6] = fields.get("method", parts[6])
        values.append(" ".join(parts))
    stack.directory.replace(dn, mycredSession=values)


def test_a_member_is_let_in(administrator):
    for path in PATHS[:-1]:
        answer = administrator.get(path)
        assert answer.status == 200 and heading(answer) not in ("Verify Identity", "That did not work")


def test_the_menu_shows_the_way_to_members_alone(administrator, client, flows):
    alice = client()
    assert "Administration" not in flows.enter(alice, "alice").text
    assert 'href="/mycred/administration">Administration</a>' in administrator.get().text


@pytest.mark.parametrize("path", ["administration", "administration/person?user=alice"])
def test_after_five_minutes_identity_is_verified_again(administrator, flows, stack, person, path):
    """MC-SEC-92 step-up, and back to where one was going."""
    age(stack, "sadmin", 4)
    assert heading(administrator.get(path)) not in ("Verify Identity", "That did not work")
    age(stack, "sadmin", 6)
    asked = administrator.get(path)
    assert heading(asked) == "Verify Identity"
    sent = administrator.send(asked)
    code = flows.code("sadmin")
    wrong = administrator.send(sent, code="000000" if code != "000000" else "000001")
    assert heading(wrong) == "Verify Identity" and "That code is not right" in wrong.text
    there = administrator.send(sent, code=code)
    assert there.url.endswith(path) and there.status == 200
    assert "mycredChallenge" not in person("sadmin")
    assert heading(administrator.get("administration/act?user=alice&act=lock")) == "Lock"


@pytest.mark.parametrize("verb", VERBS)
def test_a_member_not_verified_lately_is_shown_nothing(administrator, stack, person, verb):
    """MC-SEC-92 every path and verb leads to Verify Identity or is refused."""
    age(stack, "sadmin", 6)
    before = person("alice")
    for path in PATHS[:-1]:
        answer = administrator.request(verb, path, body_of(verb))
        if verb in ("GET", "HEAD"):
            assert answer.status == 303 and "/administration/verify?to=" in answer.location
        else:
            assert answer.status in (403, 405)
        assert "alice@" not in answer.text
    assert person("alice") == before


def test_an_act_of_a_stale_administrator_is_not_done(administrator, flows, stack, person):
    """MC-SEC-92 the form that was opened in time comes too late."""
    asked = administrator.get("administration/act?user=alice&act=lock")
    age(stack, "sadmin", 6)
    late = administrator.send(asked, life="open")
    assert heading(late) == "Verify Identity"
    assert "mycredLockedUntil" not in person("alice")


def test_a_password_is_no_verification(administrator, stack):
    """A session from before verification was turned on proves nothing, however young it is."""
    age(stack, "sadmin", 1, method="password")
    assert heading(administrator.get("administration")) == "Verify Identity"


def test_a_member_with_verification_off_turns_it_on_first(client, stack, password, person):
    """MC-SEC-92 the pages are behind one's own login verification."""
    stack.directory.replace(stack.people.dn("sadmin"), mycredLoginMethod=None)
    visitor = client()
    assert heading(visitor.sign_in("sadmin", password)) == "My Credentials"
    for path in PATHS[:-1]:
        answer = visitor.get(path)
        assert answer.status == 403 and "Choose a method first." in answer.text
    assert "alice@" not in visitor.get("administration/person?user=alice").text


def test_verify_identity_takes_what_logins_take(administrator, stack, change):
    """A contact that may not be the login's method does not open these pages."""
    change("sadmin", mobile="+491511234577", mycredMethodAllowed="email")
    age(stack, "sadmin", 6)
    asked = administrator.get("administration")
    assert 'value="sms"' not in asked.text
    sent = administrator.send(asked, way="sms")
    assert heading(sent) == "Verify Identity" and "Choose how to verify" in sent.text


def test_a_proof_that_is_no_login_verification_opens_nothing(administrator, flows, stack, change):
    """MC-SEC-92 what Verify Identity took on another page, where any bound contact will do."""
    change("sadmin", mobile="+491511234577", mycredMethodAllowed="email")
    age(stack, "sadmin", 6)
    asked = administrator.send(administrator.get("recovery"), way="sms")
    proved = administrator.send(asked, code=flows.code("sadmin", "mobile"))
    assert heading(proved) not in ("", "Verify Identity")
    assert heading(administrator.get("administration")) == "Verify Identity"


@pytest.mark.parametrize("path", ["api-password", "device", "email", "mobile", "password", "recovery"])
def test_a_login_verification_on_any_page_opens_these_too(administrator, flows, stack, path):
    """MC-SEC-92 nobody is asked twice within five minutes."""
    age(stack, "sadmin", 6)
    sent = administrator.send(administrator.get(path), way="email")
    assert heading(administrator.send(sent, code=flows.code("sadmin"))) not in ("", "Verify Identity")
    assert heading(administrator.get("administration")) != "Verify Identity"


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example/", "sign-out", "..//evil", "administration\\@x"])
def test_verify_identity_leads_nowhere_else(administrator, flows, stack, to):
    """MC-SEC-95 the way back is one of these pages."""
    age(stack, "sadmin", 6)
    asked = administrator.get("administration/verify?" + urlencode({"to": to}))
    there = administrator.send(administrator.send(asked), code=flows.code("sadmin"))
    assert there.url.endswith("/mycred/administration") and there.status == 200


def test_other_administrators_are_marked(administrator, stack):
    members(stack, "sadmin", "dave")
    assert "Security administrator</span>" in administrator.get("administration/person?user=dave").text
    assert "Security administrator</span>" not in administrator.get("administration/person?user=alice").text


def test_who_is_made_a_member_is_let_in_at_once(client, flows, stack):
    visitor = client()
    flows.enter(visitor, "dave")
    assert visitor.get("administration").status == 404
    members(stack, "sadmin", "dave")
    assert visitor.get("administration").status == 200


def test_membership_by_name(own_site, stack, flows):
    """Groups of names, as posixGroup has them: memberUid."""
    dn = stack.people.group_dn("operators")
    stack.directory.create(dn, objectClass="posixGroup", cn="operators", gidNumber=10900, memberUid="dave")
    options = {"security_group": dn, "ldap_group_attribute": "memberUid", "ldap_group_member": "name"}
    site = own_site(**options)
    dave, sadmin = Client(site), Client(site)
    flows.enter(dave, "dave")
    flows.enter(sadmin, "sadmin")
    assert dave.get("administration").status == 200 and "Administration" in dave.get().text
    assert sadmin.get("administration").status == 404


@pytest.mark.parametrize("dn", ["", "cn=nobody,ou=groups,dc=example,dc=org"])
def test_without_a_group_there_is_no_administrator(own_site, flows, dn):
    visitor = Client(own_site(security_group=dn))
    home = flows.enter(visitor, "sadmin")
    assert heading(home) == "My Credentials" and "Administration" not in home.text
    assert visitor.get("administration").status == 404


# ---- finding people


FOUND = [
    ("ali", {"alice"}),
    ("Arnold", {"alice"}),
    ("bob@", {"bob"}),
    ("+49 151 1234542", {"bob"}),
    ("CAROL", {"carol"}),
    ("sam admin", {"sadmin"}),
    ("*", None),
    ("a", None),
    ("**", set()),
    ("a*", set()),
    (")(uid=*", set()),
    ("\\2a\\2a", set()),
    ("nobody at all", set()),
]


def test_people_are_found_by_name_or_contact(administrator):
    """MC-SEC-130 what is typed is literal; the least is two characters."""
    for typed, found in FOUND:
        answer = administrator.get("administration?" + urlencode({"find": typed}))
        logins = set(re.findall(r"person\?user=(\w+)", answer.text))
        if found is None:
            assert "Type at least two characters." in answer.text and not logins
        else:
            assert logins == found and ("Nobody was found." in answer.text) == (not found), typed


def test_answers_are_bounded(administrator, stack):
    for number in range(60):
        add_person(stack.directory, stack.slapd.suffix, f"many{number:02d}", 20000 + number)
    answer = administrator.get("administration?find=many")
    assert len(re.findall(r"person\?user=many", answer.text)) == 50
    assert "There are more than are shown here." in answer.text


def test_nobody_else_is_shown(administrator):
    """MC-SEC-157 the name is compared byte for byte."""
    for user in ("", "nobody", "ALICE", "*", "alice)(uid=*", "a" * 300):
        answer = administrator.get("administration/person?" + urlencode({"user": user}))
        assert heading(answer) == "Administration" and "Nobody was found." in answer.text


def test_no_secret_is_shown(administrator, stack, person):
    """MC-SEC-92 administrators never see codes, seeds or passwords, sealed or not."""
    stack.directory.replace(stack.people.dn("carol"), mycredApiPassword="1 20261101000000Z - - k1:c2VjcmV0 laptop")
    text = administrator.get("administration/person?user=carol").text
    entry = person("carol")
    assert "virtual MFA device" in text and "10 codes left" in text and "laptop" in text
    for name in ("mycredTotp", "mycredRecovery", "mycredApiPassword", "userPassword"):
        for value in entry[name]:
            for word in str(value).split(" "):
                assert len(word) < 20 or word not in text, name
    assert stack.carol_totp not in text


# ---- lists


def listed(administrator, kind):
    answer = administrator.get(f"administration/list?kind={kind}")
    return set(re.findall(r"person\?user=(\w+)", answer.text))


def test_who_must_verify_and_has_nothing_bound(administrator, stack, change):
    """By a group's rule (grace), by an own one, and by a method that is not bound."""
    dn = stack.people.dn("frank")
    stack.directory.extend(dn, "mycredAccount", mycredRequire="enrol")
    stack.directory.extend(stack.people.dn("alice"), "mycredAccount", mycredRequire="on", mycredMethodAllowed="totp")
    assert listed(administrator, "bare") == {"grace", "frank", "alice"}
    stack.directory.replace(dn, mycredRequire=None)
    change("grace", mail="grace@example.org")
    assert listed(administrator, "bare") == {"alice"}


def test_who_is_locked_exempt_or_invited(administrator, stack, change):
    for login, name in (("alice", "mycredLockedUntil"), ("erin", "mycredExemptUntil"), ("frank", "mycredInviteUntil")):
        day = (datetime.now(timezone.utc) + timedelta(days=1)).strftime("%Y%m%d%H%M%SZ")
        stack.directory.extend(stack.people.dn(login), "mycredAccount", **{name: day})
    change("bob", mycredCodeFailure=[f"202611010000{n // 60:02d}.{n % 60:06d}Z" for n in range(50)])
    change("dave", mycredLockedUntil="20201231235959Z", mycredExemptUntil="20991231235959Z")
    change("carol", mycredTotpFailure="20261101000000.000001Z")
    assert listed(administrator, "locked") == {"alice", "bob"}
    assert listed(administrator, "exempt") == {"erin"}
    assert listed(administrator, "invited") == {"frank"}
    assert listed(administrator, "help") == set()
    assert heading(administrator.get("administration/list?kind=nonsense")) == "Administration"


# ---- as every page


def test_headers_of_every_page(administrator):
    """MC-SEC-106 MC-SEC-116 also of these."""
    for path in PATHS:
        lint(administrator.get(path, follow=False))


def test_members_have_no_other_verbs(administrator):
    """MC-SEC-115 only GET and HEAD read, only POST writes."""
    for verb, path in product(("PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"), PATHS):
        answer = administrator.request(verb, path)
        assert answer.status == 405 and answer.headers["Allow"].startswith("GET, HEAD")


@pytest.mark.parametrize("path", ["administration", "administration/list?kind=help", "administration/person?user=alice"])
def test_pages_that_only_show_take_no_form(administrator, path):
    assert administrator.post(path, {"token": "x"}, follow=False).status == 405


@pytest.mark.parametrize("text", HOSTILE)
def test_what_people_call_themselves_is_shown_as_text(administrator, stack, change, text):
    """MC-SEC-128 names, contacts and labels of the person, also where an administrator reads them."""
    change("alice", displayName=text, cn=[text, "Alice"], mail=text.encode("ascii", "ignore").decode())
    label = f"1 20261101000000Z - {text.replace(' ', '')} k1:AAAA {text}"
    dn = stack.people.dn("alice")
    stack.directory.extend(dn, "mycredAccount", mycredApiPassword=label, mycredHelpAsked="20261101000000Z other")
    paths = ["administration?find=alice", "administration/list?kind=help"]
    paths += [f"administration/{page}user=alice" for page in ("person?", "act?act=lock&", "credential?")]
    for path in paths:
        page = administrator.get(path)
        assert page.status == 200 and MARK not in page.text
        assert not re.search(r"<(img src=x|svg/onload)", page.text)


def test_what_an_administrator_types_comes_back_as_text(administrator):
    """MC-SEC-128 in the search fields, the address and the hidden fields."""
    for text in HOSTILE:
        check_typed(administrator, text)


def check_typed(administrator, text):
    for path in (f"administration?{urlencode({'find': text})}", f"administration/group?{urlencode({'find': text})}"):
        page = administrator.get(path)
        assert not re.search(r"<(img src=x|svg/onload)", page.text) and MARK not in page.text
    number = administrator.get("administration/act?" + urlencode({"user": "bob", "act": "remove-device", "id": text}))
    assert MARK not in number.text and not re.search(r"<(img src=x|svg/onload)", number.text)
    form = administrator.get("administration/credential?user=frank")
    refused = administrator.send(form, what="invite", address=text)
    assert MARK not in refused.text and not re.search(r"<(img src=x|svg/onload)", refused.text)


def test_extra_fields_change_nothing_else(administrator, person):
    """MC-SEC-91 every attribute name beside the form's own fields."""
    before = person("alice")
    asked = administrator.get("administration/act?user=alice&act=unlock")
    for start in range(0, len(NAMES.split()), 20):
        extra = {name: "off" for name in NAMES.split()[start : start + 20] if name not in ("user", "act")}
        administrator.send(asked, **extra)
    after = person("alice")
    changed = {name for name in set(before) | set(after) if before.get(name) != after.get(name)}
    assert changed <= {"mycredNotice", "mycredSendTime", "objectClass", "entryCSN", "modifyTimestamp", "modifiersName"}
