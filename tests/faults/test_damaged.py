# SPDX-License-Identifier: Apache-2.0
"""Values of the directory that are not what they should be: refused and reported, never taken as absent. (MC-SEC-158, F15)"""

from datetime import datetime, timedelta

import pytest

from .proxy import Proxy
from .wire import FIRST_FACTOR, Conversation

FORM = "%Y%m%d%H%M%S.%fZ"


def words(value):
    return value.split(" ")


def with_word(place, text):
    """The value with one of its words replaced; None drops it."""

    def change(value):
        parts = words(value)
        parts[place : place + 1] = [] if text is None else [text]
        return " ".join(parts)

    return change


def sealed_word(place):
    """Damages of a sealed or hashed text `k1:<base64url>`."""

    def on(change):
        return lambda value: with_word(place, change(words(value)[place]))(value)

    def flipped(position):
        def change(text):
            other = "A" if text[position] != "A" else "B"
            return text[:position] + other + (text[position + 1 :] if position != -1 else "")

        return change

    return {
        "its first byte": on(flipped(3)),
        "its middle": on(flipped(30)),
        "its last but one": on(flipped(-2)),
        "cut by one": on(lambda text: text[:-1]),
        "cut by four": on(lambda text: text[:-4]),
        "cut to the key id": on(lambda text: "k1:"),
        "longer by four": on(lambda text: text + "AAAA"),
        "of an unknown key": on(lambda text: "k9:" + text[3:]),
        "without a key id": on(lambda text: text[3:]),
        "of a key without a name": on(lambda text: ":" + text[3:]),
        "in another alphabet": on(lambda text: text[:10] + "+" + text[11:]),
        "padded": on(lambda text: text + "="),
        "of 60 kB": on(lambda text: "k1:" + "A" * 60000),
        "missing": with_word(place, None),
    }


DEVICE = {
    "no words": lambda value: "x",
    "id no number": with_word(0, "one"),
    "id zero": with_word(0, "0"),
    "id too large": with_word(0, "99999999999999999999"),
    "another id": with_word(0, "7"),
    "unknown algorithm": with_word(1, "md5/6/30"),
    "another algorithm": with_word(1, "sha256/6/30"),
    "five digits": with_word(1, "sha1/5/30"),
    "eleven digits": with_word(1, "sha1/11/30"),
    "no period": with_word(1, "sha1/6"),
    "period zero": with_word(1, "sha1/6/0"),
    "period negative": with_word(1, "sha1/6/-30"),
    "period of a day": with_word(1, "sha1/6/86400"),
    "created no time": with_word(2, "yesterday"),
    "created too far": with_word(2, "99999999999999Z"),
    **{f"secret: {name}": change for name, change in sealed_word(3).items()},
}

RECOVERY = {
    "another id": with_word(0, "77"),
    **{f"hash: {name}": change for name, change in sealed_word(1).items()},
}

CHALLENGE = {
    "created no time": with_word(1, "now"),
    "expiry no time": with_word(2, "later"),
    "no writer": with_word(3, None),
    "writer no number": with_word(3, "wx"),
    "writer zero": with_word(3, "w0"),
    "kind alone": lambda value: words(value)[0],
}

# Only seen when a code is compared.
CHALLENGE_HASH = {
    f"hash: {name}": change
    for name, change in sealed_word(4).items()
    if name not in ("its first byte", "its middle", "its last but one")  # those are just other codes
}


@pytest.mark.parametrize("change", DEVICE.values(), ids=DEVICE.keys())
def test_a_damaged_device_is_reported_and_is_not_no_device(site, pam, change):
    """MC-SEC-46 MC-SEC-158 F15"""
    value = site.values("carol", "mycredTotp")[0]
    site.directory.replace(site.dn("carol"), mycredTotp=change(value))
    run = pam.login("carol", site.code())
    assert run.code == "SERVICE_ERR"
    assert "attribute=mycredTotp" in run.log("event=value_damaged")


def test_a_damaged_device_does_not_hide_one_that_is_whole(site):
    value = site.values("carol", "mycredTotp")[0]
    site.directory.replace(site.dn("carol"), mycredTotp=[DEVICE["secret: its middle"](with_word(0, "9")(value)), value])
    assert site.login_once("carol", site.code()).result == "ok"
    reply = site.login_once("carol", "000000")
    assert reply.result == "bad-data" and "attribute=mycredTotp" in reply.log("event=value_damaged")


@pytest.mark.parametrize("change", RECOVERY.values(), ids=RECOVERY.keys())
def test_a_damaged_recovery_code_is_reported(site, pam, change):
    """MC-SEC-158 F15"""
    values = site.values("carol", "mycredRecovery")
    site.directory.replace(site.dn("carol"), mycredRecovery=[change(value) for value in values[:1]])
    run = pam.login("carol", site.carol_recovery[0])
    assert run.code == "SERVICE_ERR"
    assert "attribute=mycredRecovery" in run.log("event=value_damaged")


@pytest.mark.parametrize("change", CHALLENGE.values(), ids=CHALLENGE.keys())
def test_a_damaged_pending_code_is_reported_and_none_is_sent(site, pam, change):
    """MC-SEC-158 F15"""
    damage_pending(site, change)
    run = pam.login("bob")
    assert run.code == "SERVICE_ERR" and len(site.sent()) == 1
    assert "attribute=mycredChallenge" in run.log("event=value_damaged")


@pytest.mark.parametrize("change", CHALLENGE_HASH.values(), ids=CHALLENGE_HASH.keys())
def test_a_pending_code_with_a_damaged_hash_is_reported_at_the_answer(site, pam, change):
    """MC-SEC-158 F15"""
    damage_pending(site, change)
    run = pam.login("bob", site.sent_code())
    assert run.code == "SERVICE_ERR" and len(site.sent()) == 1
    assert "attribute=mycredChallenge" in run.log("event=value_damaged")


def damage_pending(site, change):
    assert site.login_once("bob").result == "ask"
    value = site.values("bob", "mycredChallenge")[0]
    site.directory.replace(site.dn("bob"), mycredChallenge=change(value))


def test_pending_codes_of_other_purposes_do_not_matter(site):
    assert site.login_once("bob").result == "ask"
    others = ["reset/sms x", "login/email", "login/fax 1 2 3", "", "login/smsx 1"]
    site.directory.replace(site.dn("bob"), mycredChallenge=[*site.values("bob", "mycredChallenge"), *filter(None, others)])
    assert site.login_once("bob", site.sent_code()).result == "ok"


# Words that nobody knows. (attribute, value, whom it is tried on)
POLICY = [
    ("mycredLoginMethod", "carrier-pigeon", "alice"),
    ("mycredLoginMethod", "SMS ", "alice"),
    ("mycredLoginMethod", "x" * 5000, "carol"),
    ("mycredLoginMethod", "none", "carol"),
    ("mycredRequire", "maybe", "alice"),
    ("mycredRequire", "offf", "carol"),
    ("mycredRequire", "no", "carol"),
    ("mycredMethodAllowed", "fax", "carol"),
    ("mycredMethodAllowed", ["totp", "anything"], "carol"),
]


@pytest.mark.parametrize("attribute, value, login", POLICY)
def test_an_unknown_word_in_a_rule_is_reported_and_is_not_off(site, pam, attribute, value, login):
    """MC-SEC-158 F15"""
    set_value(site, login, attribute, value)
    run = pam.login(login, "000000")
    assert run.code == "SERVICE_ERR"
    assert f"attribute={attribute}" in run.log("event=value_damaged")


@pytest.mark.parametrize("attribute, value", [("mycredRequire", "maybe"), ("mycredMethodAllowed", "fax")])
def test_an_unknown_word_in_a_groups_rule_is_reported(site, pam, attribute, value):
    """MC-SEC-158 F15"""
    site.directory.replace(site.people.group_dn("finance"), **{attribute: value})
    run = pam.login("grace", "000000")
    assert run.code == "SERVICE_ERR"
    assert "group" in run.log("event=value_damaged")


def set_value(site, login, attribute, value):
    if "mycredAccount" not in site.values(login, "objectClass"):
        site.directory.extend(site.dn(login), "mycredAccount", **{attribute: value})
    else:
        site.directory.replace(site.dn(login), **{attribute: value})


# Attributes whose syntax the server watches over: changed on the way. (attribute, how the login goes on)
TIMES = ["mycredTotpUsed", "mycredTotpFailure", "mycredLockedUntil", "mycredExemptUntil"]
NO_TIMES = [b"XXXXXXXXXXXXXXXXXXXXXX", b"20269999999999.000000Z", b"20261121201533.12\0456Z", b"-0261121201533.123456Z"]


@pytest.mark.parametrize("damage", NO_TIMES, ids=range(len(NO_TIMES)))
@pytest.mark.parametrize("attribute", TIMES)
def test_a_time_that_is_none_is_reported(site, pam, attribute, damage):
    """MC-SEC-158 F15: in the entry as read, and in the one that comes back from a write."""
    past = (datetime.utcnow() - timedelta(days=3)).strftime(FORM)
    site.directory.replace(site.dn("carol"), **{attribute: past})
    assert len(past) == 22

    def rule(_tag, message):
        return message.replace(past.encode(), damage[:22].ljust(22, b"Z"))

    with Proxy(site.folder, site.slapd.socket, rule) as proxy:
        run = pam.login("carol", site.code(), conf=site.quick(ldap_uri=proxy.uri))
    assert run.code == "SERVICE_ERR"
    assert f"attribute={attribute}" in run.log("event=value_damaged")


@pytest.mark.parametrize("value", ["sms", "now sms", "2026112120153Z sms", " sms", "x" * 3000])
def test_a_send_time_that_is_none_stops_sending(site, pam, value):
    """MC-SEC-35 MC-SEC-158: what was sent is not certain, so nothing is."""
    site.directory.extend(site.dn("bob"), "mycredState", mycredSendTime=value)
    run = pam.login("bob")
    assert run.code == "SERVICE_ERR" and not site.sent()
    assert "attribute=mycredSendTime" in run.log("event=value_damaged")


HARMLESS = [
    ("mycredLastUse", ["totp", "x", "totp x y z", "9" * 3000]),
    ("mycredVerified", ["mobile", "mail x", " ", "mobile 20261121210000Z k1:AAAA", "x" * 3000]),
    ("preferredLanguage", ["xx-\\u0000", "zz", "," * 200]),
    ("mobile", ["call me", "+", "+1" + "2" * 40, "+49 151 TEL"]),
    ("mail", ["nobody", "@", "a@b@c", "x" * 300 + "@example.org"]),
    ("displayName", ["\u202egnp", "x" * 2000]),
]


@pytest.mark.parametrize("attribute, values", HARMLESS)
def test_what_does_not_decide_does_not_stop_a_login(site, attribute, values):
    """MC-SEC-158"""
    for value in values:
        site.directory.replace(site.dn("carol"), **{attribute: value, "mycredTotpUsed": None})
        assert site.login_once("carol", site.code()).result == "ok", value


@pytest.mark.parametrize("value", ["call me", "+", "+1" + "2" * 40, "+49(151)/x", "+4915112345678901234567890"])
def test_a_number_that_is_none_is_no_way_to_verify(site, pam, value):
    """MC-SEC-37: and is not written to."""
    site.directory.replace(site.dn("bob"), mobile=value, mail=None)
    assert pam.login("bob").code == "AUTH_ERR"
    assert not site.sent()


def test_an_entry_of_a_thousand_values_is_read(site):
    """MC-SEC-158 MC-SEC-178"""
    first = datetime.utcnow() - timedelta(days=400)
    old = [(first + timedelta(minutes=n)).strftime(FORM) for n in range(1000)]
    site.directory.replace(site.dn("carol"), mycredCodeFailure=old, mycredChallenge=[f"reset/sms {n}" for n in range(1000)])
    assert site.login_once("carol", site.code()).result == "ok"


def test_an_api_password_that_is_damaged_opens_nothing(site, pam):
    """MC-SEC-158"""
    site.directory.replace(site.dn("carol"), mycredApiPassword=["x", "1 20261121201533Z - imap k1:AAAA label", "2"])
    for password in ("x", "mycred-1-AAAAAAAAAAAAAAAA", "", "1"):
        with site.helper() as helper:
            reply = Conversation(helper.ask, "carol", service="imap", flags=8, password=password.encode()).start()
            assert not reply.lets_in


def test_a_wrong_login_password_is_no_damage(site):
    """The first factor as a whole: wrong is wrong, empty never asks the server (MC-SEC-58)."""
    with site.helper() as helper:
        for password in (b"wrong", b"", b"\xff\xfe", b"x" * 1024):
            reply = Conversation(helper.ask, "carol", flags=FIRST_FACTOR, password=password).start()
            assert reply.result == "wrong", password
