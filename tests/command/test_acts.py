# SPDX-License-Identifier: Apache-2.0
"""What the command does to people, on a real directory: reset, unlock, lock, exempt, require, invite."""

import csv
import datetime
import io
import json
import re
import urllib.parse

import ldap
import pytest
from stack.mail import read_mail
from stack.server import poll

from .office import PASSWORD

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
OTHER = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
HELP = "20261121201533Z device-lost"


@pytest.fixture
def site(good):
    """A machine where the site is: its key file is there, and its address is known."""
    good.set(site_url="https://login.example.org/mycred/")
    assert good.run("keygen", "--site").returncode == 0
    return good


@pytest.fixture
def roles(site):
    """{role: the words that make the command use it}"""
    admin, people = site.admin, site.people
    services = {role: f"cn={name},{site.slapd.suffix}" for role, name in (("host", "login2.example.org,ou=hosts"), ("web", "mycred-web,ou=services"))}
    for dn in services.values():
        classes = ["organizationalRole", "simpleSecurityObject"]
        admin.create(dn, objectClass=classes, cn=dn.split(",")[0][3:], userPassword=PASSWORD)
    admin.create(people.group_dn("helpdesk"), objectClass="groupOfNames", cn="helpdesk", member=[people.dn("dave")])
    dns = {**services, "security": people.dn("sadmin"), "helpdesk": people.dn("dave"), "person": people.dn("alice"), "other": people.dn("bob")}
    yield {role: ["-D", dn, "-y", site.password_file] for role, dn in dns.items()}
    for dn in (*services.values(), people.group_dn("helpdesk")):
        admin.delete_s(dn)


def put(office, login, **attributes):
    entry = office.entry(login)
    change = office.admin.replace if "mycredAccount" in entry["objectClass"] else None
    if change:
        change(office.dn(login), **attributes)
    else:
        office.admin.extend(office.dn(login), "mycredAccount", **attributes)


def do(office, *words, by=None, status=0):
    done = office.run(*words, *(office.identity if by is None else by))
    assert done.returncode == status, done.stdout + done.stderr
    return done


def told(mail, before, recipient):
    """The subjects of what has been mailed to them since."""
    messages = [read_mail(text) for text in mail.arrived()[before:]]
    return [message.subject for message in messages if message.recipients == [recipient]]


ACTS = {
    "unlock": (["unlock", "alice"], {"mycredTotpFailure", "mycredCodeFailure", "mycredRecoveryFailure"}, set()),
    "lock": (["lock", "alice"], {"mycredSession"}, {"mycredLockedUntil"}),
    "exempt": (["exempt", "alice"], set(), {"mycredExemptUntil"}),
    "end exemption": (["exempt", "alice", "--end"], {"mycredExemptUntil"}, set()),
    "devices": (["reset", "alice", "--device", "all"], {"mycredTotp", "mycredTotpUsed", "mycredTotpFailure"}, set()),
    "API passwords": (["reset", "alice", "--api-password", "all"], {"mycredApiPassword"}, set()),
    "recovery codes": (["reset", "alice", "--recovery"], {"mycredRecovery", "mycredRecoveryFailure"}, set()),
    "sessions": (["reset", "alice", "--sessions"], {"mycredSession"}, set()),
    "require": (["require", "alice", "on"], set(), {"mycredRequire"}),
    "withdraw the rule": (["require", "alice", "none"], {"mycredRequire"}, set()),
    "methods": (["require", "alice", "--methods", "sms,email"], set(), {"mycredMethodAllowed"}),
}
FULL = {
    "mycredLoginMethod": "totp",
    "mycredTotp": "1 sha1/6/30 20261121201533Z k1:c2VhbGVk phone",
    "mycredRecovery": "01 k1:c2VhbGVk",
    "mycredApiPassword": "2 20261121000000Z - imap k1:c2VhbGVk laptop",
    "mycredTotpUsed": "20261121201500Z",
    "mycredTotpFailure": "20261121201533.123456Z",
    "mycredCodeFailure": "20261121201533.123456Z",
    "mycredRecoveryFailure": "20261121201533.123456Z",
    "mycredSession": "k1:aGFzaA 20261121201533Z 20261121201533Z - totp Firefox",
    "mycredRequire": "enrol",
    "mycredHelpAsked": HELP,
}
ANSWERS = {"unlock", "exempt", "devices"}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("role", ["security", "helpdesk", "web", "host", "person", "other"])
def test_mc_sec_92_who_may_do_what(site, roles, mail, role, act):
    """MC-SEC-92, MC-SEC-85: each act is done whole and told, or refused with one sentence and nothing changed."""
    words, gone, come = ACTS[act]
    full = {**FULL, **({"mycredExemptUntil": "20991231000000Z"} if act == "end exemption" else {})}
    put(site, "alice", **full)
    before, mails = site.entry("alice"), len(mail.arrived())
    # a host may take away recovery codes, since it does so when one is used
    may = role in ("security", "helpdesk", "web") or (role, act) == ("host", "recovery codes")
    done = do(site, *words, by=roles[role], status=0 if may else 2)
    after = site.entry("alice")
    if not may:
        assert re.fullmatch(r"mycred: this identity may not do that in the directory \(.*\)\. Cure: .*\.\n", done.stderr)
        assert after == before and len(mail.arrived()) == mails
        return
    gone = gone | ({"mycredHelpAsked"} if act in ANSWERS else set())
    assert set(before) - set(after) == gone and come <= set(after)
    assert done.stdout.startswith("alice: ") and done.stdout.count("\n") == 1 and done.stderr == ""
    poll(lambda: told(mail, mails, "alice@example.org"), 10, "the notice")
    assert "mycredNotice" not in after


def test_everything_is_reset_and_rules_stay(site, mail):
    put(site, "alice", **FULL)
    mails = len(mail.arrived())
    do(site, "reset", "alice", "--all")
    left = {name for name in site.entry("alice") if name.startswith("mycred")}
    assert left == {"mycredRequire", "mycredSendTime"}
    assert [value.split(" ")[1] for value in site.entry("alice")["mycredSendTime"]] == ["notice"]
    assert poll(lambda: told(mail, mails, "alice@example.org"), 10, "the notice") == ["Example: an administrator reset all your credentials"]


def test_one_device_of_two_goes(site, roles):
    site.enrol("carol", SECRET)
    site.enrol("carol", OTHER)
    done = do(site, "reset", "carol", "--device", "3", status=1)
    assert done.stderr == "mycred: carol has no such value with the number 3, or this identity may not see it.\n"
    assert do(site, "reset", "carol", "--device", "1", by=roles["helpdesk"], status=1).stderr == done.stderr.replace("3", "1")
    do(site, "reset", "carol", "--device", "1")
    (device,) = site.entry("carol")["mycredTotp"]
    assert device.startswith("2 ")


def test_several_things_are_reset_in_one_call(site):
    put(site, "alice", **FULL)
    done = do(site, "reset", "alice", "--device", "1", "--recovery", "--sessions")
    assert done.stdout.count("alice: ") == 3
    assert not {"mycredTotp", "mycredRecovery", "mycredSession"} & set(site.entry("alice"))


def test_off_takes_a_security_administrator(site, roles):
    """MC-SEC-155"""
    for role in ("helpdesk", "web"):
        do(site, "require", "alice", "off", by=roles[role], status=2)
    do(site, "require", "alice", "off", by=roles["security"])
    assert site.entry("alice")["mycredRequire"] == ["off"]
    do(site, "require", "alice", "on", by=roles["web"], status=2)
    assert site.entry("alice")["mycredRequire"] == ["off"]


def test_a_groups_rule(site):
    group = site.people.group_dn("people")
    said = do(site, "require", group, "enrol", "--group", "--methods", "totp").stdout
    assert said == f"{group}: requirement changed.\n{group}: allowed methods changed.\n"
    entry = site.admin.entry(group)
    assert entry["mycredRequire"] == ["enrol"] and entry["mycredMethodAllowed"] == ["totp"]
    do(site, "require", group, "none", "--group", "--methods", "none")
    assert not [name for name in site.admin.entry(group) if name.startswith("mycred")]
    missing = do(site, "require", f"cn=none,{site.slapd.suffix}", "on", "--group", status=1)
    assert "there is no entry" in missing.stderr


@pytest.mark.parametrize("until,attribute", [("2031-02-03", "20310203000000Z"), ("20310203120000Z", "20310203120000Z")])
def test_a_lock_until_a_time(site, until, attribute):
    do(site, "lock", "alice", "--until", until)
    assert site.entry("alice")["mycredLockedUntil"] == [attribute]


def test_an_exemption_has_a_limit(site):
    done = do(site, "exempt", "alice", "--until", "8d", status=1)
    assert done.stderr == "mycred: an exemption may last 168 hours at most (exempt_max).\n"
    do(site, "exempt", "alice", "--until", "2d")
    until = datetime.datetime.strptime(site.entry("alice")["mycredExemptUntil"][0], "%Y%m%d%H%M%SZ")
    assert abs((until - datetime.datetime.utcnow()).total_seconds() - 2 * 86400) < 120


def test_on_a_host_the_act_is_done_and_the_command_says_that_nobody_is_told(office):
    done = office.run("lock", "alice", *office.identity)
    assert done.returncode == 0
    assert done.stdout.endswith("alice is not told: the site's key file is not on this machine.\n")
    assert "mycredNotice" not in office.entry("alice")


def test_mc_sec_92_the_act_is_logged_with_actor_and_target(site):
    """MC-SEC-92: by whom, what, to whom."""
    line = site.logged("exempt", "alice", *site.identity)
    assert "event=administered" in line
    assert "act=exempt target=alice until=2" in line and f'by="{site.dn("sadmin")}"' in line


def test_new_keys_and_resealed_values_are_logged(site):
    """MC-SEC-165"""
    assert "event=key_added" in site.logged("keygen")
    assert "event=device_bound" in site.logged("enrol", "alice", "--import", SECRET, "--batch", *site.identity)
    assert site.run("keygen").returncode == 0
    assert "event=resealed" in site.logged("reseal", *site.identity)


@pytest.mark.parametrize(
    "words, act, reason",
    [
        (("lock", "bob"), "lock", "rights"),
        (("require", "bob", "optional"), "require", "rights"),
        (("invite", "bob", "bob@example.net"), "invite", "rights"),
        (("reset", "bob", "--password"), "one-time-password", "password-refused"),
    ],
)
def test_mc_sec_92_what_is_refused_is_logged_too(site, roles, words, act, reason):
    """MC-SEC-92: an act without the right to it, with actor and target."""
    line = site.logged(*words, *roles["host"], fails=True)
    assert f'event=administer_refused act={act} target=bob reason={reason} by="{roles["host"][1]}"' in line


# ---- one-time passwords


def test_mc_sec_102_a_one_time_password_must_be_changed(site, mail):
    """MC-SEC-102: random, shown once, and good for nothing but its change."""
    mails = len(mail.arrived())
    put(site, "alice", mycredSession=FULL["mycredSession"], mycredHelpAsked=HELP)
    site.admin.passwd_s(site.dn("alice"), None, PASSWORD)
    done = do(site, "reset", "alice", "--password")
    password = re.search(r"^([A-Z2-7]{5}(?:-[A-Z2-7]{5}){3})$", done.stdout, re.M)[1]
    connection = site.slapd.as_person(site.dn("alice"), password)
    with pytest.raises(ldap.INSUFFICIENT_ACCESS):
        connection.search_s(site.slapd.suffix, ldap.SCOPE_SUBTREE, "(uid=bob)")
    entry = site.admin.entry(site.dn("alice"), ["*", "+"])
    assert entry["pwdReset"] == ["TRUE"] and not {"mycredSession", "mycredHelpAsked"} & set(entry)
    connection.passwd_s(site.dn("alice"), password, "one of her own choice")
    connection = site.slapd.as_person(site.dn("alice"), "one of her own choice")
    assert connection.search_s(site.slapd.suffix, ldap.SCOPE_SUBTREE, "(uid=bob)")
    with pytest.raises(ldap.INVALID_CREDENTIALS):
        site.slapd.as_person(site.dn("alice"), password)
    poll(lambda: told(mail, mails, "alice@example.org"), 10, "the notice")


@pytest.mark.parametrize("role", ["helpdesk", "host", "person"])
def test_mc_sec_102_who_may_not_set_passwords_leaves_the_present_one(site, roles, role):
    """MC-SEC-102"""
    site.admin.passwd_s(site.dn("erin"), None, PASSWORD)
    do(site, "reset", "erin", "--password", by=roles[role], status=1)
    site.slapd.as_person(site.dn("erin"), PASSWORD)


# ---- invitations


def link_of(text):
    return re.search(r"https://login\.example\.org/mycred/invitation\?t=(\S+)", text)


def test_an_invitation_is_mailed(site, mail):
    mails = len(mail.arrived())
    done = do(site, "invite", "frank", "frank@example.net")
    assert done.stdout == "frank: invited; the link was mailed to frank@example.net.\n"
    message = read_mail(poll(lambda: mail.arrived()[mails:], 10, "the mail")[0])
    assert message.recipients == ["frank@example.net"] and message.subject == "Example: set your credentials"
    assert link_of(message.text) and "valid for 7 days" in message.text
    entry = site.entry("frank")
    assert entry["mycredChallenge"][0].startswith("invite/email ") and "mycredInviteUntil" in entry
    assert "frank@example.net" not in str(entry)


def test_an_invitation_is_printed_and_withdrawn(site, roles, mail):
    mails = len(mail.arrived())
    do(site, "invite", "frank", "frank@example.net", "--print")
    first = site.entry("frank")["mycredChallenge"]
    done = do(site, "invite", "frank", "frank@example.net", "--print", by=roles["web"])
    token = urllib.parse.unquote(link_of(done.stdout)[1])
    assert "frank" not in token and len(mail.arrived()) == mails
    (second,) = site.entry("frank")["mycredChallenge"]
    assert [second] != first
    do(site, "invite", "frank", "--withdraw")
    assert not {"mycredChallenge", "mycredInviteUntil"} & set(site.entry("frank"))
    assert "no invitation of frank is open" in do(site, "invite", "frank", "--withdraw", status=1).stderr


REFUSED = {
    "an address of somebody else": ({}, "bob@example.org", "somebody else has the address 'bob@example.org'"),
    "no address": ({}, "frank", "'frank' is no plain e-mail address"),
    "a locked account": ({"mycredLockedUntil": "99991231235959Z"}, "frank@example.net", "frank is locked; unlock first"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_who_is_not_invited(site, case):
    attributes, address, sentence = REFUSED[case]
    put(site, "frank", **attributes)
    before = site.entry("frank")
    assert do(site, "invite", "frank", address, status=1).stderr == f"mycred: {sentence}.\n"
    assert site.entry("frank") == before


@pytest.mark.parametrize("role", ["helpdesk", "host", "person"])
def test_who_may_not_invite(site, roles, role):
    do(site, "invite", "frank", "frank@example.net", by=roles[role], status=2)
    assert "mycredInviteUntil" not in site.entry("frank")


def test_a_host_cannot_invite(office):
    done = office.run("invite", "frank", "frank@example.net", *office.identity)
    assert done.returncode == 2 and "its key file (site_key_file) and its address (site_url) are needed" in done.stderr


# ---- lists


def report(office, *words, status=0):
    return do(office, "report", *words, status=status).stdout


def test_the_report_says_who_has_what(site):
    codes = site.enrol("carol", SECRET, "--choose")
    put(site, "alice", mycredHelpAsked=HELP, mycredLockedUntil="99991231235959Z")
    put(site, "bob", mycredApiPassword=FULL["mycredApiPassword"].replace("k1", "k9"))
    site.admin.replace(site.dn("bob"), mycredRequire="perhaps")
    people = {one["user"]: one for one in json.loads(report(site, "--json"))["people"]}
    assert set(people) == {"alice", "bob", "carol", "dave", "erin", "frank", "grace", "sadmin"}
    carol = people["carol"]
    assert (carol["method"], carol["devices"], carol["recovery_codes"]) == ("totp", 1, 10)
    assert carol["usable"] == ["totp", "email"] and carol["require"] == "optional"
    assert people["alice"]["asked_for_help"] == "device-lost" and people["alice"]["locked_until"] == "9999-12-31T23:59:59Z"
    assert people["grace"]["must_and_has_none"] is True and people["grace"]["require"] == "on"
    assert people["bob"]["damaged"] == "mycredRequire" and people["bob"]["sealed_with_old_key"] == 1
    whole = report(site) + report(site, "--csv") + report(site, "--json")
    assert "k1:" not in whole and not any(code[:4] in whole for code in codes)


def test_the_report_for_people_lists_names(site):
    put(site, "alice", mycredHelpAsked=HELP)
    text = report(site)
    assert "Must verify and have nothing bound: 1\n  grace\n" in text and "Asked for help: 1\n  alice\n" in text


def test_who_asks_and_who_is_invited_is_shown_until_it_is_over(site):
    """By status and every form of the report; an invitation that has run out is none."""
    put(site, "alice", mycredHelpAsked=HELP)
    put(site, "erin", mycredInviteUntil="20261101000000Z")
    do(site, "invite", "frank", "frank@example.net", "--print")
    until = do(site, "status", "frank").stdout
    assert re.search(r"^invited:? +until 20\S+ \S+ UTC$", until, re.M) and re.search(r"^pending code:? +invite/email, made ", until, re.M)
    assert re.search(r"^asked for help:? +device-lost on 2026-11-21$", do(site, "status", "alice").stdout, re.M)
    text = report(site)
    assert "Asked for help: 1\n  alice\n" in text and "Invited: 1\n  frank\n" in text
    people = {one["user"]: one for one in json.loads(report(site, "--json"))["people"]}
    assert {name for name, one in people.items() if one["invited_until"]} == {"frank"}
    assert {name for name, one in people.items() if one["asked_for_help"]} == {"alice"}
    do(site, "unlock", "alice")
    do(site, "invite", "frank", "--withdraw")
    text = report(site)
    assert "Asked for help: 0\n" in text and "Invited: 0\n" in text


def test_csv_is_what_spreadsheets_take(site):
    site.admin.replace(site.dn("alice"), mail='=cmd("x"),y@example.org')
    rows = list(csv.DictReader(io.StringIO(report(site, "--csv"), newline="")))
    people = {row["user"]: row for row in rows}
    assert len(rows) == 8 and people["carol"]["email"] == "carol@example.org"
    assert people["bob"]["mobile"] == "'+491511234542" and people["grace"]["must_and_has_none"] == "true"
    assert people["carol"]["dn"] == site.dn("carol")


def test_status_as_json_is_the_same_record(site):
    (record,) = [one for one in json.loads(report(site, "--json"))["people"] if one["user"] == "carol"]
    assert json.loads(do(site, "status", "carol", "--json").stdout) == record


def test_a_limit_of_the_servers_is_said(site, host):
    """A list that is not whole says so."""
    limit(site.slapd, host, 3)
    try:
        done = site.run("report", "--csv", "-D", host, "-y", site.password_file)
        assert done.returncode == 1 and "no more than 3 people" in done.stderr
    finally:
        limit(site.slapd, host, None)


def limit(slapd, dn, size):
    config = slapd.as_root()
    value = None if size is None else [f'dn.exact="{dn}" size.soft={size} size.hard={size} size.prtotal={size}'.encode()]
    config.modify_s("olcDatabase={1}mdb,cn=config", [(ldap.MOD_REPLACE, "olcLimits", value)])
