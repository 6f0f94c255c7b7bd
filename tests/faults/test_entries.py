# SPDX-License-Identifier: Apache-2.0
"""The directory answers, but not what it should: missing rights or schema, two entries, aliases, referrals, entries that go."""

import ldap
import pytest
from service import frames
from stack.slapd import Slapd

from .proxy import BIND
from .servers import listening
from .site import PASSWORD
from .wire import FIRST_FACTOR, Conversation

DATABASE = "olcDatabase={1}mdb,cn=config"
ROOT_DN = "gidNumber=0+uidNumber=0,cn=peercred,cn=external,cn=auth"


@pytest.fixture
def database(site):
    """database(olcReadOnly="TRUE"): other settings of the database, for this test."""
    access = site.config.entry(DATABASE, ["olcAccess"])["olcAccess"]

    def change(**settings):
        site.config.replace(DATABASE, **settings)

    yield change
    site.config.replace(DATABASE, olcAccess=access, olcReadOnly="FALSE")


@pytest.fixture
def rule(site, database):
    """rule("to attrs=... by * none"): an access rule before all others."""
    kept = site.config.entry(DATABASE, ["olcAccess"])["olcAccess"]

    def put(text):
        database(olcAccess=[f"{{0}}{text}", *(f"{{{n}}}{line.split('}', 1)[1]}" for n, line in enumerate(kept, 1))])

    return put


def only_root_may_not(attribute, level="none"):
    return f"to attrs={attribute} by dn.exact={ROOT_DN} {level} by * break"


# ---- a server that cannot be written to


def test_a_server_that_is_read_only_admits_nobody(site, database, pam):
    """F09: the attempt cannot be charged."""
    database(olcReadOnly="TRUE")
    run = pam.login("carol", site.code())
    assert run.code == "AUTHINFO_UNAVAIL"
    assert "cause=writer_readonly" in run.log("event=directory_fault")


def test_a_server_that_is_read_only_has_nothing_sent(site, database, pam):
    """F09 MC-SEC-35"""
    database(olcReadOnly="TRUE")
    assert pam.login("bob").code == "AUTHINFO_UNAVAIL"
    assert not site.sent()


def test_a_server_that_is_read_only_lets_in_whom_nothing_is_asked_of(site, database):
    database(olcReadOnly="TRUE")
    assert site.login_once("alice").result == "off"


# ---- rights and schema


@pytest.mark.parametrize("attribute", ["mycredLoginMethod", "mycredRequire", "mycredLockedUntil"])
def test_what_is_hidden_is_not_taken_as_absent(site, rule, pam, attribute):
    """F14 MC-SEC-55: never "off", and the line names the attribute."""
    rule(only_root_may_not(attribute))
    run = pam.login("alice")
    assert run.code == "AUTHINFO_UNAVAIL"
    assert f"attribute={attribute}" in run.log("event=directory_fault")
    assert pam.login("bob", "0", "0", "0").code in ("AUTHINFO_UNAVAIL", "AUTH_ERR")
    assert site.login_once("alice", flags=0).result == "ask"  # the decoy needs no certainty


@pytest.mark.parametrize("attribute", ["mycredTotpFailure", "mycredTotpUsed", "mycredTotp", "entryUUID", "objectClass"])
def test_a_device_whose_state_is_hidden_admits_nobody(site, rule, attribute):
    """F14 MC-SEC-21: a count that cannot be seen is no count."""
    assert site.login_once("carol", site.code(steps=-1)).result == "ok"
    rule(only_root_may_not(attribute))
    assert not site.login_once("carol", site.code(steps=0)).lets_in
    rule(only_root_may_not(attribute, "=w"))
    assert not site.login_once("carol", site.code(steps=0)).lets_in


@pytest.mark.parametrize("attribute", ["mycredCodeFailure", "mycredChallenge", "mycredSendTime"])
def test_a_code_whose_state_is_hidden_admits_nobody_and_is_sent_once_at_most(site, rule, attribute):
    """F14 MC-SEC-35"""
    rule(only_root_may_not(attribute, "=w"))
    for _ in range(3):
        assert not site.login_once("bob", lambda: (site.sent() and site.sent_code()) or "000000").lets_in
    assert len(site.sent()) <= 1


@pytest.mark.parametrize("attribute", ["mycredTotpFailure", "mycredTotpUsed"])
def test_what_may_not_be_written_is_a_refusal_that_says_so(site, rule, pam, attribute):
    """F14"""
    rule(only_root_may_not(attribute, "read"))
    run = pam.login("carol", site.code())
    assert run.code == "AUTHINFO_UNAVAIL"
    assert "cause=ldap_rights_missing" in run.log("event=directory_fault")


def test_a_directory_without_our_schema_lets_nobody_in(site, pam, tmp_path):
    """F14 MC-SEC-55: a person is there, nothing of ours can be."""
    with Slapd(tmp_path / "bare") as bare:
        connection = bare.as_admin()
        site.people.add_all(connection)
        run = pam.login("alice", conf=site.variant(ldap_uri=bare.ldapi))
    assert run.code == "AUTHINFO_UNAVAIL"
    assert "attribute=mycredLoginMethod" in run.log("event=directory_fault")


def test_an_identity_that_sees_nobody_knows_nobody(site, rule, pam):
    """F14"""
    rule(f"to dn.subtree=ou=people,{site.slapd.suffix} by dn.exact={ROOT_DN} none by * break")
    assert pam.login("alice", "1", "1", "1").code in ("USER_UNKNOWN", "AUTHINFO_UNAVAIL")


def test_groups_that_are_gone_are_no_absence_of_rules(site, pam):
    """F14 MC-SEC-55"""
    conf = site.variant(ldap_group_base=f"ou=nowhere,{site.slapd.suffix}")
    run = pam.login("alice", conf=conf)
    assert run.code == "AUTHINFO_UNAVAIL"
    assert "ldap_no_such_object" in run.log("event=directory_fault")


def test_a_base_that_is_gone_is_no_unknown_person(site, pam):
    run = pam.login("alice", conf=site.variant(ldap_base="dc=nowhere"))
    assert run.code == "AUTHINFO_UNAVAIL"
    assert "event=directory_fault" in run.log("event=directory_fault")


# ---- not exactly one entry


def test_two_entries_with_one_name_are_refused(site, pam):
    """MC-SEC-157"""
    site.directory.create(
        f"cn=twin,ou=people,{site.slapd.suffix}", objectClass="inetOrgPerson", cn="twin", sn="Twin", uid="alice"
    )
    run = pam.login("alice")
    assert run.code == "SERVICE_ERR"
    assert "cause=two_entries" in run.log("event=value_damaged")


def test_a_second_value_of_the_name_is_the_same_person(site):
    site.directory.modify_s(site.dn("carol"), [(ldap.MOD_ADD, "uid", b"carola")])
    assert site.login_once("carola", site.code(-1)).result == "ok"
    assert site.login_once("carol", site.code(0)).result == "ok"


def test_no_name_of_a_person_leads_out_of_a_group(site):
    """MC-SEC-55: groups that hold names hold the person, whichever name signs in."""
    conf = site.variant("names", ldap_group_attribute="memberUid", ldap_group_member="name")
    site.directory.create(
        f"cn=careful,ou=groups,{site.slapd.suffix}",
        objectClass=["posixGroup", "mycredPolicy"],
        cn="careful",
        gidNumber="7001",
        memberUid="alice",
        mycredRequire="on",
    )
    site.directory.modify_s(site.dn("alice"), [(ldap.MOD_ADD, "uid", b"alicia")])
    assert site.login_once("alice", conf=conf).result == "ask"
    assert site.login_once("alicia", conf=conf).result == "ask"


@pytest.mark.parametrize("name", ["CAROL", "carol ", "\uff43arol"])
def test_a_name_in_another_spelling_is_nobody_that_may_be_ignored(site, pam, name):
    """MC-SEC-55: where the system's names know no case, such a login is that person's."""
    run = pam.login(name, site.code(), site.code(), site.code(), options="ignore_unknown_user")
    assert run.code == "AUTH_ERR"
    assert pam.login("nobody-at-all", "1", "1", "1", options="ignore_unknown_user").code == "IGNORE"


def test_a_name_nobody_has_is_bound_as_if_somebody_had(site, proxy):
    """MC-SEC-57: a connection and a bind take longer than all else, and would tell who is known."""
    between, conf = proxy()
    with site.helper(conf) as helper:
        for user, result in (("carol", "wrong"), ("nobody-at-all", "unknown-user"), ("CAROL", "wrong")):
            before = between.connections, between.count(BIND)
            reply = Conversation(helper.ask, user, flags=FIRST_FACTOR, password=b"not the password").start()
            own = 0 if before[0] else 1  # the first brings the helper's own connection
            assert reply.result == result
            assert (between.connections - before[0] - own, between.count(BIND) - before[1] - own) == (1, 1)


@pytest.fixture
def two_at_most(site):
    """A server that shows two entries at most, whatever is asked for."""
    frontend = "olcDatabase={-1}frontend,cn=config"
    before = site.config.entry(frontend, ["olcSizeLimit"])["olcSizeLimit"]
    site.config.replace(frontend, olcSizeLimit="2")
    yield
    site.config.replace(frontend, olcSizeLimit=before)


def test_groups_that_a_server_leaves_out_are_no_absence_of_rules(site, two_at_most, pam):
    """MC-SEC-55"""
    for number, rule in enumerate(("optional", "optional", "on")):
        site.directory.create(
            f"cn=group{number},ou=groups,{site.slapd.suffix}",
            objectClass=["groupOfNames", "mycredPolicy"],
            cn=f"group{number}",
            member=site.dn("alice"),
            mycredRequire=rule,
        )
    run = pam.login("alice")
    assert run.code == "AUTHINFO_UNAVAIL"
    assert "ldap=4" in run.log("event=directory_fault")


def test_an_alias_is_not_followed(site, pam):
    """MC-SEC-157 F08"""
    site.directory.create(
        f"uid=zed,ou=people,{site.slapd.suffix}",
        objectClass=["alias", "extensibleObject"],
        uid="zed",
        aliasedObjectName=site.dn("alice"),
    )
    run = pam.login("zed", "1", "1", "1")
    assert run.code == "SERVICE_ERR"
    assert "alias" in run.log("event=value_damaged")


def test_a_referral_is_not_followed(site, pam):
    """MC-SEC-157 F08: nobody is asked whom the configuration does not name."""
    asked = []
    with listening(lambda connection: asked.append(connection.recv(100))) as port:
        control = ldap.controls.simple.ManageDSAITControl()
        for name, dn in (("zed", f"uid=zed,ou=people,{site.slapd.suffix}"), ("away", f"ou=away,{site.slapd.suffix}")):
            entry = [("objectClass", [b"referral", b"extensibleObject"]), ("ref", [f"ldap://127.0.0.1:{port}/{dn}".encode()])]
            site.directory.add_ext_s(dn, [*entry, (dn.split("=")[0], [name.encode()])], serverctrls=[control])
        try:
            assert pam.login("zed", "1", "1", "1").code == "USER_UNKNOWN"
            assert site.login_once("carol", site.code()).result == "ok"
        finally:
            for dn in (f"uid=zed,ou=people,{site.slapd.suffix}", f"ou=away,{site.slapd.suffix}"):
                site.directory.delete_ext_s(dn, serverctrls=[control])
    assert not asked


@pytest.mark.parametrize("attribute", ["mycredRequire", "mycredMethodAllowed"])
def test_a_rule_of_a_group_that_is_hidden_is_not_taken_as_absent(site, rule, pam, attribute):
    """F14 MC-SEC-55"""
    assert pam.login("grace").code == "AUTH_ERR"
    rule(f"to dn.subtree=ou=groups,{site.slapd.suffix} attrs={attribute} by dn.exact={ROOT_DN} none by * break")
    run = pam.login("grace")
    assert run.code == "AUTHINFO_UNAVAIL"
    assert f"attribute={attribute}" in run.log("event=directory_fault")


def test_groups_at_another_server_are_no_absence_of_rules(site, pam):
    """F08 MC-SEC-55: a rule that nobody read may be the one that counts."""
    control = ldap.controls.simple.ManageDSAITControl()
    dn = f"ou=away,ou=groups,{site.slapd.suffix}"
    entry = [("objectClass", [b"referral", b"extensibleObject"]), ("ou", [b"away"])]
    site.directory.add_ext_s(dn, [*entry, ("ref", [b"ldap://127.0.0.1:9/ou=away"])], serverctrls=[control])
    try:
        run = pam.login("alice")
    finally:
        site.directory.delete_ext_s(dn, serverctrls=[control])
    assert run.code == "AUTHINFO_UNAVAIL"
    assert "cause=ldap_referral" in run.log("event=directory_fault")
    assert site.login_once("alice").result == "off"


# ---- entries that change while the person types


def at_the_prompt(site, helper, login="carol"):
    conversation = Conversation(helper.ask, login)
    assert conversation.start().result == "ask"
    return conversation


def test_an_entry_deleted_at_the_prompt_is_out(site):
    """F48"""
    with site.helper() as helper:
        conversation = at_the_prompt(site, helper)
        site.directory.delete_s(site.dn("carol"))
        assert conversation.answer(site.code()).result in ("ask", "wrong")


def test_an_entry_renamed_at_the_prompt_is_out(site):
    """F48"""
    with site.helper() as helper:
        conversation = at_the_prompt(site, helper)
        site.directory.rename_s(site.dn("carol"), "uid=carol2")
        assert conversation.answer(site.code()).result in ("ask", "wrong")


def test_an_entry_that_became_another_persons_is_out(site):
    """F48 MC-SEC-112: the name is the same, the entry is not; nothing of the old one opens it."""
    before = site.entry("carol")
    with site.helper() as helper:
        conversation = at_the_prompt(site, helper)
        site.directory.delete_s(site.dn("carol"))
        kept = {name: values for name, values in before.items() if name != "entryUUID"}
        site.directory.create(site.dn("carol"), **kept)
        assert not conversation.answer(site.code()).lets_in
    assert not site.login_once("carol", site.code()).lets_in
    site.directory.delete_s(site.dn("carol"))  # what is put in its place has the former identity


def test_a_device_replaced_at_the_prompt_is_out(site):
    with site.helper() as helper:
        conversation = at_the_prompt(site, helper)
        site.directory.replace(site.dn("carol"), mycredTotp=None)
        assert not conversation.answer(site.code()).lets_in


@pytest.mark.parametrize("attribute, value", [("mycredLockedUntil", "20991231235959Z"), ("mycredMethodAllowed", "email")])
def test_rules_that_change_at_the_prompt_count(site, attribute, value):
    """Every rule is read again at the answer."""
    with site.helper() as helper:
        conversation = at_the_prompt(site, helper)
        site.directory.replace(site.dn("carol"), **{attribute: value})
        assert not conversation.answer(site.code()).lets_in


def set_new(conversation, site, new):
    return conversation.ask(conversation.request(frames.SET_NEW, password=PASSWORD.encode(), new_password=new)).result


def test_a_lock_set_at_the_new_password_counts(site):
    """Every rule is read again before a password is changed."""
    with site.helper() as helper:
        conversation = Conversation(helper.ask, "carol", password=PASSWORD.encode())
        assert conversation.start(frames.CHECK_OLD).result == "ask"
        conversation.fields = {}
        assert conversation.answer(site.code()).result == "ok"
        before = site.values("carol", "userPassword")
        site.directory.replace(site.dn("carol"), mycredLockedUntil="20991231235959Z")
        assert set_new(conversation, site, b"correct-horse-4471") == "locked"
        assert site.values("carol", "userPassword") == before


@pytest.mark.parametrize("other", [False, True], ids=["same-entry", "other-entry"])
def test_a_proof_is_for_one_entry(site, other):
    """F48: what was proved for an entry sets no password of one that took its name."""
    before = site.entry("alice")
    with site.helper() as helper:
        conversation = Conversation(helper.ask, "alice", password=PASSWORD.encode())
        assert conversation.start(frames.CHECK_OLD).result == "ok"
        conversation.fields = {}
        if other:
            site.directory.delete_s(site.dn("alice"))
            site.directory.create(site.dn("alice"), **{k: v for k, v in before.items() if k != "entryUUID"})
        assert set_new(conversation, site, b"correct-horse-4471") == ("wrong" if other else "ok")
    site.directory.delete_s(site.dn("alice"))  # what is put in its place has the former identity


def test_the_contact_changed_at_the_prompt_voids_the_code(site):
    """MC-SEC-04: a code is for the address it was sent to."""
    with site.helper() as helper:
        conversation = at_the_prompt(site, helper, "bob")
        code = site.sent_code()
        site.directory.replace(site.dn("bob"), mobile="+491511234599")
        assert not conversation.answer(code).lets_in


def test_states_of_other_conversations_are_refused(site):
    """MC-SEC-04: of another person, of another login, cut, turned, old or made up."""
    with site.helper() as helper:
        carols, bobs = at_the_prompt(site, helper), at_the_prompt(site, helper, "bob")
        code = site.code()
        own = carols.state
        for foreign in (bobs.state, own[:-1], own[::-1], b"x", b"", own + b"A", own[:9] + b"A" + own[10:]):
            carols.state = foreign
            assert not carols.answer(code).lets_in
        carols.state = own
        carols.id = bobs.id
        assert not carols.answer(code).lets_in
        assert site.values("carol", "mycredTotpFailure") == []
