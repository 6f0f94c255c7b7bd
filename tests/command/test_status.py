# SPDX-License-Identifier: Apache-2.0
"""mycred status: what is bound, which rules apply, what is pending, and what of it is damaged."""

import time

import pytest

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
OTHER = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def at(seconds):
    """(as the directory holds it, as people read it)"""
    moment = time.gmtime(int(time.time()) + seconds)
    return time.strftime("%Y%m%d%H%M%SZ", moment), time.strftime("%Y-%m-%d %H:%M:%S UTC", moment)


def status(office, login, expected=0):
    done = office.run("status", login)
    assert (done.returncode, done.stderr) == (expected, ""), done.stderr
    return done.stdout


def lines(output, name):
    return [line[len(name) + 1 :].strip() for line in output.splitlines() if line.startswith(f"{name}:")]


def put(office, login, **attributes):
    """Attributes on the person, with the class they need."""
    entry = office.entry(login)
    if "mycredAccount" in entry["objectClass"]:
        office.admin.replace(office.dn(login), **attributes)
    else:
        office.admin.extend(office.dn(login), "mycredAccount", **attributes)


def test_everything_that_is_bound_is_shown_and_no_secret(office):
    codes = office.enrol("carol", SECRET, "--choose", "--label", "phone of 爱丽丝")
    output = status(office, "carol")
    assert lines(output, "account") == [office.dn("carol")]
    assert lines(output, "next login") == ["asks for a code by totp"]
    assert lines(output, "chosen method") == ["totp"]
    assert lines(output, "required") == ["optional (configuration)"]
    assert lines(output, "allowed methods") == ["totp (configuration)"]
    assert lines(output, "usable methods") == ["totp"]
    assert lines(output, "mobile") == ["none"]
    assert lines(output, "e-mail") == ["carol@example.org (messages go there)"]
    assert lines(output, "device")[0].startswith("1, 'phone of 爱丽丝', sha1/6/30, bound 20")
    assert lines(output, "recovery codes") == ["10 of 10 left"]
    assert SECRET not in output and "k1:" not in output
    assert not any(code[:4] in output for code in codes)


def test_a_request_for_help_is_shown(office):
    put(office, "alice", mycredHelpAsked="20261121201533Z device-lost")
    shown = [office.run("status", "alice", *office.identity).stdout]
    put(office, "alice", mycredHelpAsked="now")
    shown.append(office.run("status", "alice", *office.identity).stdout)
    assert [lines(one, "asked for help") for one in shown] == [
        ["device-lost on 2026-11-21"],
        ["DAMAGED: a value of mycredHelpAsked: 'now'; correct or delete it"],
    ]
    assert lines(status(office, "alice"), "asked for help") == []  # a host need not see it


def test_nobody_of_that_name(office):
    done = office.run("status", "nobody")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "mycred: there is no account 'nobody' below dc=example,dc=org.\n"


def test_two_of_that_name_are_an_error(office):
    office.admin.modify_s(office.dn("frank"), [(0, "uid", [b"carol"])])
    done = office.run("status", "carol")
    assert done.returncode == 2 and "more than one entry has this login name" in done.stderr


NEXT = {
    "nothing": ({}, "verification is off: no method is chosen and none is required"),
    "chosen and not bound": (
        {"mycredLoginMethod": "totp"},
        "refused: verification is chosen, but no usable method is bound",
    ),
    "required and not bound": (
        {"mycredRequire": "on"},
        "refused: verification is required, but no usable method is bound",
    ),
    "to be enrolled": ({"mycredRequire": "enrol"}, "refused until the person chooses a method on the site"),
    "off": ({"mycredRequire": "off"}, "asks for no code: mycredRequire is off"),
    "locked": ({"mycredLockedUntil": at(3600)[0], "mycredExemptUntil": at(60)[0]}, "refused: locked until "),
    "exempt": ({"mycredExemptUntil": at(3600)[0]}, "asks for no code: exempt until "),
    "exempt too far ahead": ({"mycredExemptUntil": at(30 * 86400)[0]}, "verification is off"),
    "damaged": ({"mycredRequire": "sometimes"}, "refused: a value marked DAMAGED below decides about access"),
}


@pytest.mark.parametrize("case", NEXT)
def test_next_login_is_foretold(office, case):
    attributes, expected = NEXT[case]
    if attributes:
        put(office, "alice", **attributes)
    assert lines(status(office, "alice"), "next login")[0].startswith(expected)


def test_another_usable_method_is_named(office):
    office.set(methods="totp sms email", sms_url="http://127.0.0.1:1/?to=%{to}&text=%{text}")
    put(office, "alice", mycredLoginMethod="totp")
    output = status(office, "alice")
    assert lines(output, "next login") == ["asks for a code by sms, as the chosen method is not usable"]
    assert lines(output, "usable methods") == ["sms email"]


def test_rules_name_where_they_come_from(office):
    finance = office.people.group_dn("finance")
    assert lines(status(office, "grace"), "required") == [f"on (group {finance})"]
    office.admin.replace(finance, mycredMethodAllowed="totp")
    assert lines(status(office, "grace"), "allowed methods") == [f"totp (group {finance})"]
    put(office, "grace", mycredRequire="optional", mycredMethodAllowed=["sms", "totp"])
    output = status(office, "grace")
    assert lines(output, "required") == ["optional (the person's own)"]
    assert lines(output, "allowed methods") == ["totp (the person's own)"]
    office.set(require="enrol")
    assert lines(status(office, "alice"), "required") == ["enrol (configuration)"]


def test_times_are_shown_with_their_meaning(office):
    over, far, soon = at(-60), at(30 * 86400), at(3600)
    put(office, "alice", mycredLockedUntil=over[0], mycredExemptUntil=far[0], mycredInviteUntil=soon[0])
    output = status(office, "alice")
    assert lines(output, "locked") == [f"until {over[1]}, which is over"]
    assert lines(output, "exempt") == [f"until {far[1]}, too far ahead: counts as absent (exempt_max)"]
    assert lines(output, "invited") == [f"until {soon[1]}"]


def times(count, seconds=0):
    return [f"{at(seconds)[0][:-1]}.{number:06}Z" for number in range(count)]


def test_failures_say_when_the_next_try_counts(office):
    put(office, "alice", mycredTotpFailure=times(4), mycredCodeFailure=times(6), mycredRecoveryFailure=times(50))
    output = lines(status(office, "alice"), "failures")
    assert output[0] == "virtual MFA: 4 of 5"
    assert output[1].startswith("codes that are sent: 6; next try from 20")
    assert output[2] == "recovery codes: 50; disabled until an administrator deletes mycredRecoveryFailure"


def test_pending_codes_quota_and_uses_are_shown(office):
    made, ends, over, spent = at(-60), at(240), at(-1), at(-30)
    put(
        office,
        "alice",
        mycredChallenge=[
            f"login/sms {made[0]} {ends[0]} w1 k1:aGFzaA",
            f"login/email {made[0]} {over[0]} w1 k9:aGFzaA",
        ],
        mycredSendTime=[f"{stamp} sms" for stamp in times(3, -10)],
        mycredLastUse=["totp 20261121000000Z", "sms 20251121000000Z"],
        mycredTotpUsed=spent[0],
    )
    output = status(office, "alice")
    pending = sorted(lines(output, "pending code"))
    assert pending[1] == f"login/sms, made {made[1]}, ends {ends[1]}"
    assert pending[0].endswith("(over); made with a key that is not in login_key_file")
    assert lines(output, "sent")[0].startswith("sms: 3 in 24 hours; next from 20")
    assert sorted(lines(output, "last used")) == ["sms on 2025-11-21", "totp on 2026-11-21"]
    assert lines(output, "newest step") == [spent[1]]


def test_a_step_that_lies_ahead_is_clock_trouble(office):
    """MC-SEC-48: an administrator learns how to clear it."""
    put(office, "alice", mycredTotpUsed=at(7200)[0])
    assert "a clock was wrong" in lines(status(office, "alice"), "newest step")[0]


def test_api_passwords_are_listed_by_id_and_label(office):
    ends = at(3600)
    value = f"2 20261121000000Z {ends[0]} imap,api k1:c2VhbGVk laptop"
    over = "3 20261121000000Z 20261122000000Z - k7:c2VhbGVk old one"
    put(office, "alice", mycredApiPassword=[value, over])
    first, second = sorted(lines(status(office, "alice"), "API password"))
    assert first.startswith(f"2, 'laptop', for imap,api, made 2026-11-21 00:00:00 UTC, ends {ends[1]}; DAMAGED")
    assert "3, 'old one', for every API door" in second and "key that is not in login_key_file" in second


DAMAGED = {
    "mycredLoginMethod": "fax",
    "mycredRequire": "sometimes",
    "mycredMethodAllowed": "pigeon",
    "mycredTotp": "JBSWY3DPEHPK3PXP",
    "mycredApiPassword": "laptop",
    "mycredChallenge": "login/sms tomorrow",
    "mycredSendTime": "yesterday sms",
    "mycredLastUse": "totp lately",
}


@pytest.mark.parametrize("attribute", DAMAGED)
def test_damaged_values_are_named(office, attribute):
    """MC-SEC-158, F15"""
    put(office, "alice", **{attribute: DAMAGED[attribute]})
    output = status(office, "alice")
    assert f"DAMAGED: a value of {attribute}" in output
    shown = attribute not in ("mycredTotp", "mycredApiPassword", "mycredSendTime")
    assert (f"'{DAMAGED[attribute]}'" in output) == shown


def test_a_groups_damaged_rule_is_named_with_the_group(office):
    finance = office.people.group_dn("finance")
    office.admin.replace(finance, mycredRequire="maybe")
    output = status(office, "grace")
    assert lines(output, "required") == [
        "DAMAGED: a value of mycredRequire: 'maybe'; correct or delete it",
        f"that is in the entry {finance}",
    ]
    assert lines(output, "next login")[0].startswith("refused")


def test_a_device_of_another_entry_or_with_a_flipped_bit_is_damaged(office):
    """MC-SEC-46: never "no device"."""
    office.enrol("carol", SECRET)
    value = office.entry("carol")["mycredTotp"][0]
    fields = value.split(" ")
    sealed = fields[3]
    flipped = sealed[:-1] + ("A" if sealed[-1] != "A" else "E")
    for login, planted in (
        ("alice", value),
        ("carol", " ".join([*fields[:3], flipped, *fields[4:]])),
        ("carol", value.replace("sha1/6/30", "sha1/8/30")),
        ("carol", f"2{value[1:]}"),
    ):
        put(office, login, mycredTotp=planted)
        (line,) = lines(status(office, login), "device")
        assert "DAMAGED, or copied from another entry" in line


def test_a_key_that_is_gone_is_named_by_value(office):
    """MC-SEC-150: old values open while their key is there, and are counted when it is not."""
    office.enrol("carol", SECRET)
    office.run("keygen")
    office.enrol("carol", OTHER)
    assert "not in login_key_file" not in status(office, "carol")
    newest = office.login_key.read_text().splitlines()[1]
    office.login_key.write_text(f"{newest}\n")
    first, second = sorted(lines(status(office, "carol"), "device"))
    assert "sealed with a key that is not in login_key_file" in first and "sealed" not in second


def test_contacts_tell_why_nothing_is_sent(office):
    office.admin.replace(office.dn("alice"), mobile=["+491511234511", "+491511234512"])
    assert lines(status(office, "alice"), "mobile")[-1].startswith("messages go nowhere")
    office.admin.replace(office.dn("alice"), mobile="0151 1234511")
    office.set(default_country="+49")
    assert lines(status(office, "alice"), "mobile") == ["0151 1234511", "messages go to +491511234511"]


def test_what_a_terminal_would_obey_is_shown_as_bytes(office):
    office.enrol("carol", SECRET)
    value = office.entry("carol")["mycredTotp"][0]
    put(office, "carol", mycredTotp=value.replace("virtual MFA device", "evil \x1b]0;x\x07 \u202e label\\"))
    (line,) = lines(status(office, "carol"), "device")
    assert "evil \\x1b]0;x\\x07 \\xe2\\x80\\xae label\\x5c" in line and "\x1b" not in line


def test_a_directory_that_is_down_is_said_with_its_cure(office):
    office.set(ldap_uri="ldapi://%2Fnonexistent")
    done = office.run("status", "carol")
    assert done.returncode == 2 and done.stderr.startswith("mycred: the directory does not answer (cause=ldap_down")
