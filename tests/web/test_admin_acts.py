# SPDX-License-Identifier: Apache-2.0
"""Each act on a person, seen in the directory, at the next login, in the log and in the person's mail."""

import re
from calendar import timegm
from time import strptime, time

import pytest
from stack.otp import totp

from .admin import Administrator, statuses, told
from .client import Client
from .walk import errors, heading

DAY = 24 * 3600


@pytest.fixture
def bob(flows, client):
    """Bob, signed in somewhere."""
    visitor = client()
    assert heading(flows.enter(visitor, "bob")) == "My Credentials"
    return visitor


def seconds_ahead(value):
    return timegm(strptime(value, "%Y%m%d%H%M%SZ")) - time()


def one_line(logged, act, login):
    """The one line there is names actor and target; the rest of it."""
    (line,) = logged()
    assert f" user=sadmin source=127.0.0.1 act={act} target={login}" in line, line
    return line.split(f"target={login}")[1]


def test_lock_and_unlock(administrator, bob, person, ssh_login, password, sms, mails, flows, logged):
    """MC-SEC-108 a lock ends every session at once and refuses every door; one click ends it."""
    done = administrator.act("lock", "bob", life="open")
    assert statuses(done) == ["The account was locked, and its sessions have ended."]
    assert person("bob")["mycredLockedUntil"] == ["99991231235959Z"] and "mycredSession" not in person("bob")
    assert heading(bob.get()) == "Sign in"
    assert not ssh_login("bob", password).ok
    assert sms.all() == []
    told(mails, "bob", "locked your account")
    flows.forget_sends("bob")
    assert "Locked until somebody unlocks it" in done.text
    assert one_line(logged, "lock", "bob") == " until=99991231235959Z"
    assert statuses(administrator.click("bob", "unlock")) == ["The account was unlocked."]
    assert "mycredLockedUntil" not in person("bob")
    told(mails, "bob", "unlocked your account")
    assert ssh_login("bob", password, lambda _: sms.code("bob")).ok
    assert "act=unlock target=bob" in logged()[1]


@pytest.mark.parametrize("life, seconds", [("1d", DAY), ("7d", 7 * DAY), ("30d", 30 * DAY)])
def test_a_lock_until(administrator, person, life, seconds):
    administrator.act("lock", "alice", life=life)
    assert abs(seconds_ahead(person("alice")["mycredLockedUntil"][0]) - seconds) < 60


def test_unlock_forgets_wrong_codes(administrator, stack, person, ssh_login, password, sms):
    """MC-SEC-22 what too many wrong codes have barred, an administrator opens."""
    failures = [f"202611010000{n // 60:02d}.{n % 60:06d}Z" for n in range(50)]
    stack.directory.replace(stack.people.dn("bob"), mycredCodeFailure=failures)
    assert "Barred by too many wrong codes" in administrator.person("bob").text
    administrator.click("bob", "unlock")
    assert "mycredCodeFailure" not in person("bob")
    assert ssh_login("bob", password, lambda _: sms.code("bob")).ok


def test_exempt_and_end(administrator, flows, person, ssh_login, password, sms, mails, logged):
    """Lost phone: the password alone lets in for a while, and no longer after one click."""
    done = administrator.act("exempt", "bob", life="1d")
    assert statuses(done) == ["No code is asked for a while."]
    assert abs(seconds_ahead(person("bob")["mycredExemptUntil"][0]) - DAY) < 60
    assert ssh_login("bob", password).ok and sms.all() == []
    told(mails, "bob", "suspended your login verification")
    flows.forget_sends("bob")
    assert one_line(logged, "exempt", "bob").startswith(" until=2")
    assert statuses(administrator.click("bob", "end-exemption")) == ["The exemption has ended."]
    assert ssh_login("bob", password, lambda _: sms.code("bob")).ok
    told(mails, "bob", "no longer suspended")


def test_an_exemption_is_bounded(administrator, person, own_site, flows):
    """exempt_max: what lies further ahead is neither offered nor taken."""
    for life in ("30d", "open", "1", ""):
        assert errors(administrator.act("exempt", "bob", life=life)) == ["Choose for how long."]
    short = Administrator(flows, Client(own_site(exempt_max="8h")))
    asked = short.ask("exempt", "bob")
    assert 'value="8h"' in asked.text and 'value="1d"' not in asked.text
    assert errors(short.client.send(asked, life="1d")) == ["Choose for how long."]
    assert "mycredExemptUntil" not in person("bob")


def test_remove_a_lost_device(administrator, stack, person, flows, ssh_login, password, mails, logged):
    """The device's codes are dead at the next login, the person's other methods are not."""
    before = person("carol")["mycredTotp"]
    done = administrator.act("remove-device", "carol", number="1")
    assert statuses(done) == ["The virtual MFA device was removed."]
    assert len(before) == 1 and "mycredTotp" not in person("carol") and "mycredTotpUsed" not in person("carol")
    told(mails, "carol", "removed your virtual MFA device")
    assert one_line(logged, "remove-device", "carol") == " number=1"
    assert not ssh_login("carol", password, totp(stack.carol_totp)).ok
    flows.forget_sends("carol")
    assert ssh_login("carol", password, lambda _: mails.code("carol")).ok


def test_remove_recovery_codes(administrator, stack, person, ssh_login, password, mails):
    assert "10 codes left" in administrator.person("carol").text
    done = administrator.act("remove-recovery-codes", "carol")
    assert statuses(done) == ["The recovery codes were removed."] and "mycredRecovery" not in person("carol")
    assert not ssh_login("carol", password, stack.carol_recovery[0]).ok
    told(mails, "carol", "removed your recovery codes")


def test_remove_one_api_password_of_two(administrator, stack, person, mails, logged):
    values = [f"{n} 20261101000000Z - imap k1:AAAA {label}" for n, label in ((1, "laptop"), (2, "phone"))]
    stack.directory.extend(stack.people.dn("alice"), "mycredAccount", mycredApiPassword=values)
    page = administrator.person("alice")
    assert "laptop" in page.text and "phone" in page.text and "k1:AAAA" not in page.text
    assert statuses(administrator.act("remove-api-password", "alice", number="2")) == ["The API password was removed."]
    assert person("alice")["mycredApiPassword"] == values[:1]
    told(mails, "alice", "removed your API password")
    assert one_line(logged, "remove-api-password", "alice") == " number=2"
    # the same once more: it is gone
    again = administrator.act("remove-api-password", "alice", number="2")
    assert statuses(again)[0].startswith("Nothing was done")


def test_sign_out_everywhere(administrator, bob, person, mails):
    """MC-SEC-108 the administrator ends sessions at once."""
    assert "In 1 browser" in administrator.person("bob").text
    assert statuses(administrator.act("sign-out", "bob")) == ["All sessions have ended."]
    assert "mycredSession" not in person("bob") and heading(bob.get()) == "Sign in"
    told(mails, "bob", "signed you out everywhere")


def test_reset_everything(administrator, stack, person, ssh_login, password, mails):
    assert statuses(administrator.act("reset", "carol")) == ["Everything was reset."]
    left = {name for name in person("carol") if name.startswith("mycred")}
    assert left <= {"mycredNotice", "mycredSendTime"}  # when it was told
    told(mails, "carol", "reset all your credentials")
    assert ssh_login("carol", password).ok


def test_require_and_withdraw_the_rule(administrator, person, ssh_login, password, mails, logged):
    done = administrator.act("require", "alice", requirement="enrol")
    assert statuses(done) == ["The requirement was changed."] and person("alice")["mycredRequire"] == ["enrol"]
    assert "Set for this person" in done.text
    assert not ssh_login("alice", password).ok
    told(mails, "alice", "whether you must verify")
    assert one_line(logged, "require", "alice") == " require=enrol"
    administrator.act("require", "alice", requirement="none")
    assert "mycredRequire" not in person("alice")
    assert ssh_login("alice", password).ok


@pytest.mark.parametrize("word", ["off", "OFF", "", "x"])
def test_off_is_not_the_sites_to_give(administrator, person, word):
    """directory.md: `off` is set by security administrators with LDAP tools, never by the site's identity."""
    assert errors(administrator.act("require", "alice", requirement=word)) == ["Choose what is required."]
    assert "mycredRequire" not in person("alice")


def test_allow_methods(administrator, person, mails, flows, client, logged):
    done = administrator.act("allow", "alice", allow_totp="1", allow_email="1")
    assert statuses(done) == ["The allowed methods were changed."]
    assert sorted(person("alice")["mycredMethodAllowed"]) == ["email", "totp"]
    assert "Virtual MFA, Email" in done.text
    assert one_line(logged, "allow", "alice") == " methods=totp,email"
    told(mails, "alice", "by which methods")
    asked = administrator.ask("allow", "alice")
    assert asked.form.fields.get("allow_totp") == "1" and "allow_sms" not in asked.form.fields
    form = {name: value for name, value in asked.form.fields.items() if not name.startswith("allow_")}
    administrator.client.post(asked.form.action, form)
    assert "mycredMethodAllowed" not in person("alice")


# ---- groups


def group_rule(stack, name="finance"):
    entry = stack.directory.entry(stack.people.group_dn(name))
    return {key: sorted(values) for key, values in entry.items() if key.startswith("mycred")}


def test_rules_of_a_group(administrator, stack, ssh_login, password, logged):
    """For a group that had none: its members feel it at the next login."""
    dn = stack.people.group_dn("sales & support")
    member = [stack.people.dn("alice")]
    stack.directory.create(dn, objectClass="groupOfNames", cn="sales & support", member=member)
    assert ssh_login("alice", password).ok
    page = administrator.client.get("administration/group?group=sales+%26+support")
    assert heading(page) == "sales & support"
    done = administrator.client.send(page, requirement="enrol", allow_totp="1")
    assert statuses(done) == ["The rules of the group were changed."]
    assert group_rule(stack, "sales & support") == {"mycredRequire": ["enrol"], "mycredMethodAllowed": ["totp"]}
    assert not ssh_login("alice", password).ok
    assert "By group: sales &amp; support" in administrator.person("alice").text
    require, allow = logged()
    assert "act=require target=" in require and "sales & support" in require and "require=enrol" in require
    assert "act=allow" in allow and "methods=totp" in allow


def test_the_administrators_own_group_is_not_changed_here(administrator, stack, logged):
    page = administrator.client.get("administration/group?group=security-admins")
    assert errors(administrator.client.send(page, requirement="optional"))[0].startswith("The rules of the admin")
    assert group_rule(stack, "security-admins") == {} and logged() == []
    (line,) = logged("administer_refused")
    assert "user=sadmin" in line and "act=group-rules" in line and "cn=security-admins," in line and "reason=self" in line


def test_rules_that_hold_for_oneself_are_not_changed(administrator, stack, logged):
    """As member of any group; one that has no rules yet can only be made stricter."""
    dn = stack.people.group_dn("staff")
    stack.directory.create(dn, objectClass="groupOfNames", cn="staff", member=[stack.people.dn("sadmin")])
    page = administrator.client.get("administration/group?group=staff")
    administrator.client.send(page, requirement="enrol")
    page = administrator.client.get("administration/group?group=staff")
    assert errors(administrator.client.send(page, requirement="none"))[0].startswith("You are a member of this group")
    assert group_rule(stack, "staff") == {"mycredRequire": ["enrol"]} and len(logged()) == 1
    (line,) = logged("administer_refused")
    assert "act=group-rules" in line and "cn=staff," in line and "reason=self" in line


def test_withdrawing_a_groups_rule(administrator, stack, ssh_login, password):
    page = administrator.client.get("administration/group?group=finance")
    assert page.form.fields["requirement"] == "on"
    administrator.client.send(page, requirement="none")
    assert group_rule(stack) == {}
    assert ssh_login("grace", password).ok


def test_groups_are_found(administrator):
    find = administrator.client.get("administration/group")
    assert "finance" in find.text and "security-admins" not in find.text
    found = administrator.client.get("administration/group?find=sec")
    assert "security-admins" in found.text and "finance" not in found.text
    assert "No group was found." in administrator.client.get("administration/group?find=*").text
    assert heading(administrator.client.get("administration/group?group=fin*")) == "Rules of groups"


# ---- who, and who not


OWN = {
    "lock": {"life": "open"},
    "exempt": {"life": "1d"},
    "require": {"requirement": "none"},
    "remove-device": {"id": "all"},
    "remove-api-password": {"id": "all"},
    **dict.fromkeys(("unlock", "reset", "sign-out", "allow", "remove-recovery-codes", "close-help", "end-exemption"), {}),
}


def test_nobody_administers_the_own_account(administrator, person, logged):
    """MC-SEC-92 not even to lock it, and no page offers it; each try is one line in the log."""
    refused = "Nothing was done: nobody administers their own account."
    before = {name: values for name, values in person("sadmin").items() if name.startswith("mycred")}
    for act, fields in OWN.items():
        opened = administrator.ask(act, "sadmin")
        assert statuses(opened)[0] == refused and opened.forms == [], act
        done = administrator.client.send(administrator.ask(act, "alice"), user="sadmin", **fields)
        assert statuses(done)[0] == refused, act
    for what in ("invite", "password", "withdraw"):
        token = administrator.client.get("administration/credential?user=alice").form.fields["token"]
        fields = {"token": token, "user": "sadmin", "what": what, "address": "x@example.org"}
        assert statuses(administrator.client.post("administration/credential", fields))[0].startswith("Nothing was done")
    after = {name: values for name, values in person("sadmin").items() if name.startswith("mycred")}
    assert {**before, "mycredSession": None} == {**after, "mycredSession": None} and logged() == []
    tried = [re.search(r" user=sadmin source=\S+ act=(\S+) target=sadmin reason=self$", line)[1] for line in logged("administer_refused")]
    assert tried == [*OWN, "invite", "one-time-password", "withdraw-invitation"]


def test_opening_the_own_pages_is_no_act(administrator, logged):
    for page in ("act?user=sadmin&act=lock", "credential?user=sadmin"):
        administrator.client.get(f"administration/{page}")
    assert logged("administer_refused") == []


def test_the_own_page_offers_no_act(administrator):
    page = administrator.person("sadmin")
    assert "This is your own account" in page.text and page.forms == []
    assert "administration/act" not in page.text and "administration/credential" not in page.text


def test_opening_an_act_changes_nothing(administrator, person):
    """MC-SEC-96 only a form with its token acts."""
    before = person("alice")
    for act in ("lock", "unlock", "reset", "exempt", "sign-out", "close-help", "nonsense"):
        administrator.ask(act, "alice")
    assert person("alice") == before


def test_a_form_needs_its_token(administrator, flows, client, person):
    """MC-SEC-114 missing, of another page, of another administrator's session."""
    asked = administrator.ask("lock", "alice")
    other = Administrator(flows, client()).ask("lock", "alice")
    find = administrator.client.get("administration/credential?user=alice")
    for token in ("", find.form.fields["token"], other.form.fields["token"]):
        answer = administrator.client.post(asked.form.action, {**asked.form.fields, "token": token, "life": "open"})
        assert answer.status == 403
    assert "mycredLockedUntil" not in person("alice")


def test_damaged_values_are_shown_and_can_be_removed(administrator, stack, person):
    """MC-SEC-158 F15 a device that cannot be read goes with all others."""
    stack.directory.replace(stack.people.dn("carol"), mycredTotp=["broken"])
    page = administrator.person("carol")
    assert "Damaged: it cannot be used." in page.text and "id=all" in page.text
    administrator.act("remove-device", "carol", number="all")
    assert "mycredTotp" not in person("carol")


def test_a_damaged_entry_can_be_helped(administrator, stack, person):
    stack.directory.replace(stack.people.dn("bob"), mycredRequire="sometimes")
    page = administrator.person("bob")
    assert "every login is refused" in page.text and "mycredRequire" in page.text
    administrator.act("require", "bob", requirement="none")
    assert "mycredRequire" not in person("bob")
