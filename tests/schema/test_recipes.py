# SPDX-License-Identifier: Apache-2.0
"""Each recipe of the administrators' README, taken from it and run as it stands there, by who should be able to."""

import datetime
import re
import subprocess

import ldap
import pytest

from .harness import PASSWORD, SCHEMA, run_load

ALICE = "uid=alice,ou=people,dc=example,dc=org"
API_LAPTOP = "2 20261121000000Z - imap k1:c2VhbGVkIGhhc2g laptop"
API_OTHER = "3 20261121000000Z - - k2:c2VhbGVk phone"
TOTP_OLD = "1 sha1/6/30 20261121201533Z k1:c2VhbGVk 爱丽丝的手机"
TOTP_NEW = "2 sha1/6/30 20261121201533Z k2:c2VhbGVk k1: is what this label says"
FULL = {
    "mycredLoginMethod": "totp",
    "mycredTotp": TOTP_OLD,
    "mycredRecovery": ["01 k1:c2VhbGVk", "02 k2:c2VhbGVk"],
    "mycredApiPassword": [API_LAPTOP, API_OTHER],
    "mycredVerified": "mobile 20261121210000Z k1:aGFzaA",
    "mycredTotpUsed": "20261121201500Z",
    "mycredTotpFailure": ["20261121201533.123456Z", "20261121201534.123456Z"],
    "mycredCodeFailure": "20261121201533.123456Z",
    "mycredRecoveryFailure": "20261121201533.123456Z",
    "mycredChallenge": "login/sms 20261121200600Z 20261121210600Z w1 k1:aGFzaA",
    "mycredSendTime": "20261121201533.123456Z sms",
    "mycredSession": "aGFzaA 20261121201533Z",
    "mycredLastUse": ["totp 20261121000000Z", "sms 20251121000000Z"],
    "mycredRequire": "enrol",
    "mycredNotice": "totp.added k1:c2VhbGVk",
    "mycredInviteUntil": "20261128201533Z",
}
STATE_AND_SECRETS = set(FULL) - {"mycredRequire", "mycredNotice"}


def recipes():
    """{heading: its blocks of commands}"""
    text = (SCHEMA / "README.md").read_text()
    sections = re.split(r"^### ", text, flags=re.M)[1:]
    return {part.split("\n")[0]: re.findall(r"^```sh\n(.*?)^```$", part, flags=re.M | re.S) for part in sections}


RECIPES = recipes()
TRIED = set()


def execute(slapd, heading, commands, dn, password, folder):
    """What the commands print, with the environment that the README asks for."""
    TRIED.add(heading)
    file = folder / "password"
    file.write_text(password)
    environment = {"LDAPURI": slapd.ldapi, "LDAPBASE": slapd.suffix, "LDAPBINDDN": dn, "pw": str(file), "PATH": "/usr/bin:/bin"}
    shell = ["bash", "-euo", "pipefail", "-c", commands]
    done = subprocess.run(shell, env=environment, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Desk:
    """Runs a recipe as a person of the helpdesk, or another."""

    def __init__(self, slapd, folder):
        self.slapd, self.folder = slapd, folder
        self.admin = slapd.as_admin()

    def run(self, heading, block=0, by="helen", **replaced):
        commands = RECIPES[heading][block]
        for old, new in replaced.items():
            commands = commands.replace(old, new)
        return execute(self.slapd, heading, commands, self.slapd.people.dn(by), PASSWORD, self.folder)

    def found(self, heading, block=0, by="helen"):
        """Login names in the answer of a search."""
        return set(re.findall(r"^dn: uid=(\w+),", self.run(heading, block, by), flags=re.M))

    def alice(self, **attributes):
        self.person("alice", **attributes)

    def person(self, login, **attributes):
        self.admin.extend(self.slapd.people.dn(login), "mycredAccount", **attributes)

    def entry(self):
        return {name: value for name, value in self.admin.entry(ALICE).items() if name.startswith("mycred")}


@pytest.fixture
def desk(loaded, tmp_path):
    """People as in the sample directory; what a test adds to anybody is gone afterwards."""
    desk = Desk(loaded, tmp_path)
    people = [dn for dn, _ in desk.admin.search_s(f"ou=people,{loaded.suffix}", 2, "(objectClass=person)", ["1.1"])]
    before = {dn: desk.admin.entry(dn) for dn in people}
    yield desk
    for dn, entry in before.items():
        changed = desk.admin.entry(dn)
        names = {name for name in {*entry, *changed} if name.startswith("mycred")} | {"objectClass"}
        desk.admin.replace(dn, **{name: entry.get(name) for name in names})


def at(**ahead):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**ahead)
    return moment.strftime("%Y%m%d%H%M%SZ")


def near(value, **ahead):
    minute = datetime.timedelta(minutes=1)
    wanted = datetime.timedelta(**ahead)
    return at(**{"seconds": (wanted - minute).total_seconds()}) <= value <= at(**{"seconds": (wanted + minute).total_seconds()})


def test_create_the_identities(bare, tmp_path):
    heading, slapd = "Create the identities", bare()
    admin = slapd.as_admin()
    admin.create(slapd.suffix, objectClass="domain", dc="example")
    for unit in ("people", "groups"):
        admin.create(f"ou={unit},{slapd.suffix}", objectClass="organizationalUnit", ou=unit)
    assert run_load(slapd).stdout.count("does not exist yet") == 5
    execute(slapd, heading, RECIPES[heading][0], slapd.admin_dn, slapd.admin_password, tmp_path)
    assert "note:" not in run_load(slapd).stdout
    for name in ("cn=login1.example.org,ou=hosts", "cn=mycred-web,ou=services", "cn=mycred-setter,ou=services"):
        file = tmp_path / f"{name.split(',')[0]}.password"
        assert file.stat().st_mode & 0o777 == 0o600
        slapd.as_person(f"{name},{slapd.suffix}", file.read_text())


def test_identities_that_are_there_are_kept(bare, tmp_path):
    """After the README's installation, which makes the site's identity alone; pasted, so without set -e."""
    heading, slapd = "Create the identities", bare()
    admin = slapd.as_admin()
    admin.create(slapd.suffix, objectClass="domain", dc="example")
    for unit in ("people", "groups", "services"):
        admin.create(f"ou={unit},{slapd.suffix}", objectClass="organizationalUnit", ou=unit)
    web = f"cn=mycred-web,ou=services,{slapd.suffix}"
    admin.create(web, objectClass=["organizationalRole", "simpleSecurityObject"], cn="mycred-web", userPassword=PASSWORD)
    for _ in range(2):
        execute(slapd, heading, f"set +e\n{RECIPES[heading][0]}", slapd.admin_dn, slapd.admin_password, tmp_path)
        assert "note:" not in run_load(slapd).stdout
        slapd.as_person(web, PASSWORD)
        slapd.as_person(f"cn=login1.example.org,ou=hosts,{slapd.suffix}", (tmp_path / "cn=login1.example.org.password").read_text())
    assert not (tmp_path / "cn=mycred-web.password").exists()


def test_prepare_a_person(desk):
    desk.run("Prepare a person")
    assert "mycredAccount" in desk.admin.entry(ALICE)["objectClass"]


def test_unprepared_person_gets_the_answer_that_the_page_names(desk):
    with pytest.raises(AssertionError, match=r"Object class violation \(65\)"):
        desk.run("Lock now")


def test_reset_a_device(desk):
    desk.alice(**FULL)
    desk.run("Reset a device")
    assert set(FULL) - set(desk.entry()) == {"mycredTotp", "mycredTotpUsed", "mycredTotpFailure"}


def test_reset_everything(desk):
    desk.alice(**FULL)
    desk.run("Reset everything")
    assert set(FULL) - set(desk.entry()) == STATE_AND_SECRETS


@pytest.mark.parametrize("heading", ["Reset a device", "Reset everything", "Unlock", "Clock trouble"])
def test_what_takes_away_works_where_nothing_is(desk, heading):
    desk.alice()
    desk.run(heading, block=-1)
    assert desk.entry() == {}


def test_unlock(desk):
    desk.alice(**FULL, mycredLockedUntil="99991231235959Z")
    desk.run("Unlock")
    gone = {"mycredLockedUntil", "mycredTotpFailure", "mycredCodeFailure", "mycredRecoveryFailure"}
    assert set(FULL) - set(desk.entry()) == gone - {"mycredLockedUntil"}
    assert "mycredLockedUntil" not in desk.entry()


def test_lock_now(desk):
    desk.alice(**FULL)
    desk.run("Lock now")
    assert desk.entry()["mycredLockedUntil"] == ["99991231235959Z"]
    assert "mycredSession" not in desk.entry()
    assert desk.found("Locked or exempt now") == {"alice"}


def test_lock_until_a_day(desk):
    desk.alice(mycredLockedUntil="20270101000000Z")
    desk.run("Lock until a day")
    assert desk.entry() == {"mycredLockedUntil": ["20280101000000Z"]}


def test_lost_phone_until_tomorrow(desk):
    desk.alice()
    desk.run("Lost phone until tomorrow")
    (until,) = desk.entry()["mycredExemptUntil"]
    assert near(until, days=1)
    assert desk.found("Locked or exempt now") == {"alice"}


def test_force_a_method(desk):
    desk.alice(mycredLoginMethod="sms", mycredMethodAllowed=["sms", "totp"])
    desk.run("Force a method")
    assert desk.entry() == {"mycredLoginMethod": ["email"], "mycredMethodAllowed": ["email"]}


def test_require_of_a_person(desk):
    desk.alice()
    desk.run("Require verification of a person")
    assert desk.entry() == {"mycredRequire": ["on"]}


def test_off_takes_a_security_administrator(desk):
    desk.alice()
    with pytest.raises(AssertionError, match="Insufficient access"):
        desk.run("Require verification of a person", **{": on": ": off"})
    desk.run("Require verification of a person", by="sadmin", **{": on": ": off"})
    assert desk.entry() == {"mycredRequire": ["off"]}


def test_require_of_a_group(desk, loaded):
    group = loaded.people.group_dn("staff")
    desk.admin.create(group, objectClass="groupOfNames", cn="staff", member=ALICE)
    desk.run("Require verification of a group")
    entry = desk.admin.entry(group)
    desk.admin.delete_s(group)
    assert entry["mycredRequire"] == ["enrol"] and "mycredPolicy" in entry["objectClass"]


def test_invite(desk):
    desk.alice()
    desk.run("Invite")
    (until,) = desk.entry()["mycredInviteUntil"]
    assert near(until, days=7)


def test_withdraw_an_invitation(desk):
    desk.alice(mycredInviteUntil=at(days=3), mycredChallenge="invite/email 20261121200600Z 20261128210600Z w1 k1:aGFzaA")
    desk.run("Withdraw an invitation")
    assert desk.entry() == {}


def test_one_time_password(desk, loaded):
    """MC-SEC-102"""
    desk.alice(mycredSession=FULL["mycredSession"])
    before = desk.admin.entry(ALICE, ["userPassword"])
    desk.run("One-time password", by="sadmin")
    password = (desk.folder / "one-time.password").read_text()
    connection = loaded.as_person(ALICE, password)
    with pytest.raises(ldap.INSUFFICIENT_ACCESS):
        connection.search_s(loaded.suffix, ldap.SCOPE_SUBTREE, "(uid=bob)")
    connection.passwd_s(ALICE, password, "one of her own choice")
    assert loaded.as_person(ALICE, "one of her own choice").search_s(loaded.suffix, ldap.SCOPE_SUBTREE, "(uid=bob)")
    desk.admin.replace(ALICE, **before)
    assert desk.entry() == {}


def test_revoke_one_api_password(desk):
    desk.alice(**FULL)
    seen = desk.run("Revoke one API password or device", block=0, by="sadmin")
    assert f"mycredApiPassword: {API_LAPTOP}\n" in seen and "mycredTotp:: " in seen
    desk.run("Revoke one API password or device", block=1, by="sadmin")
    assert desk.entry()["mycredApiPassword"] == [API_OTHER]


def test_revoke_one_device_by_the_value_as_printed(desk):
    desk.alice(mycredTotp=[TOTP_OLD, TOTP_NEW])
    seen = desk.run("Revoke one API password or device", block=0, by="sadmin")
    printed = next(line for line in seen.splitlines() if line.startswith("mycredTotp:: "))
    change = {f"mycredApiPassword: {API_LAPTOP}": printed, "delete: mycredApiPassword": "delete: mycredTotp"}
    desk.run("Revoke one API password or device", block=1, by="sadmin", **change)
    assert desk.entry()["mycredTotp"] == [TOTP_NEW]


def test_clock_trouble(desk):
    desk.alice(mycredTotpUsed=at(days=30))
    desk.person("carol", mycredTotpUsed=at(seconds=30))
    assert desk.found("Clock trouble", block=0) == {"alice"}
    desk.run("Clock trouble", block=1)
    assert desk.entry() == {}


def test_who_has_no_factor(desk):
    desk.person("grace", mycredTotp=TOTP_OLD)
    assert desk.found("Who has no factor") == {"frank"}


def test_who_must_have_one_and_has_none(desk):
    desk.person("frank", mycredRequire="on")
    desk.alice(mycredRequire="on")
    assert desk.found("Who must have one and has none", block=0) == {"frank"}
    assert desk.found("Who must have one and has none", block=1) == {"grace"}
    desk.person("grace", mycredTotp=TOTP_OLD)
    assert desk.found("Who must have one and has none", block=1) == set()


def test_who_asked_for_help(desk):
    desk.alice(mycredHelpAsked="20261121201533Z device-lost")
    assert desk.found("Who asked for help") == {"alice"}
    desk.run("Who asked for help", block=1)
    assert desk.found("Who asked for help") == set()


def test_recent_wrong_codes(desk):
    desk.alice(mycredCodeFailure=[at(hours=-5), at(minutes=-5).replace("Z", ".123456Z")])
    desk.person("carol", mycredTotpFailure=at(hours=-2))
    desk.person("erin", mycredRecoveryFailure=at(minutes=-1))
    assert desk.found("Recent wrong codes") == {"alice", "erin"}


def test_locked_or_exempt_now(desk):
    desk.alice(mycredLockedUntil=at(hours=-1))
    desk.person("carol", mycredExemptUntil=at(hours=1))
    desk.person("grace", mycredExemptUntil=at(hours=-1))
    desk.person("erin", mycredLockedUntil="20990101000000+0100")
    assert desk.found("Locked or exempt now") == {"carol", "erin"}


def test_last_use_before_a_day(desk):
    desk.alice(mycredLastUse=["totp 20251231000000Z", "sms 20241231000000Z"])
    desk.person("carol", mycredLastUse=["totp 20251231000000Z", "sms 20260101000000Z"])
    assert desk.found("Last use before a day") == {"alice"}
    assert "20251231000000Z" in desk.run("Last use before a day")


def test_sealed_with_an_old_key(desk):
    desk.alice(**FULL)
    desk.person("carol", mycredTotp=TOTP_NEW, mycredRecovery="01 k2:c2VhbGVk", mycredApiPassword=API_OTHER)
    left = sorted(desk.run("Sealed with an old key", by="sadmin").splitlines())
    assert left == [f"dn: {ALICE} mycredApiPassword: 2", f"dn: {ALICE} mycredRecovery: 01", f"dn: {ALICE} mycredTotp: 1"]


def test_every_recipe_was_tried():
    assert TRIED == set(RECIPES)


def test_every_attribute_is_explained():
    text = (SCHEMA / "README.md").read_text()
    names = re.findall(r"^attribute +\d+ +(\w+)", (SCHEMA / "mycred.table").read_text(), flags=re.M)
    explained = re.findall(r"mycred\w+", "".join(line.split("|")[1] for line in text.splitlines() if line.startswith("| mycred")))
    assert sorted(names) == sorted(explained)


def test_options_of_the_page_exist():
    text = (SCHEMA / "README.md").read_text().split("## Recipes")[0]
    usage = subprocess.run([SCHEMA / "load", "--help"], capture_output=True, text=True, check=True).stdout
    assert all(option in usage for option in re.findall(r"`(--[a-z-]+)`", text))
