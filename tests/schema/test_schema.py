# SPDX-License-Identifier: Apache-2.0
"""The schema: one table, three forms of it that say the same, and values that compare as they must."""

import subprocess

import ldap
import pytest
from ldap.schema.models import AttributeType, ObjectClass

from stack.slapd import BINARY

from .harness import SCHEMA

ROOT = "2.25.42071428893191506463594983714283773923"
FORMS = {
    "mycred.schema": ("attributetype ", "objectclass "),
    "mycred.ldif": ("olcAttributeTypes: ", "olcObjectClasses: "),
    "98mycred.ldif": ("attributeTypes: ", "objectClasses: "),
}

# Numbers are for ever: a new attribute gets the next one, and none is given again.
NUMBERS = {
    1: "mycredLoginMethod",
    2: "mycredRequire",
    3: "mycredMethodAllowed",
    4: "mycredExemptUntil",
    5: "mycredLockedUntil",
    6: "mycredInviteUntil",
    7: "mycredTotp",
    8: "mycredRecovery",
    9: "mycredApiPassword",
    10: "mycredVerified",
    11: "mycredTotpUsed",
    12: "mycredTotpFailure",
    13: "mycredCodeFailure",
    14: "mycredRecoveryFailure",
    15: "mycredChallenge",
    16: "mycredSendTime",
    17: "mycredSession",
    18: "mycredNotice",
    19: "mycredLastUse",
    20: "mycredHelpAsked",
    21: "mycredReminded",
}
CLASSES = {1: "mycredState", 2: "mycredAccount", 3: "mycredPolicy"}
TIMES = {name for name in NUMBERS.values() if name.endswith(("Until", "Failure", "TotpUsed"))}
SECRETS = {"mycredTotp", "mycredRecovery", "mycredApiPassword", "mycredSession", "mycredChallenge", "mycredNotice"}


def definitions(name):
    """(attribute types, object classes) of a generated file."""
    text = (SCHEMA / name).read_text()
    lines = text.replace("\n ", "").splitlines()
    types, classes = ([line[len(word) :] for line in lines if line.startswith(word)] for word in FORMS[name])
    return [AttributeType(line) for line in types], [ObjectClass(line) for line in classes]


def numbered(elements, branch):
    return {int(element.oid.removeprefix(f"{ROOT}.{branch}.")): element.names[0] for element in elements}


@pytest.fixture(scope="module")
def published(loaded):
    """What the running server says of itself, by name."""
    entry = loaded.as_root().entry("cn=subschema", ["attributeTypes", "objectClasses"])
    types = [AttributeType(line) for line in entry["attributeTypes"] if ROOT in line]
    classes = [ObjectClass(line) for line in entry["objectClasses"] if ROOT in line]
    return types, classes


def test_generated_files_are_those_of_the_table(tmp_path):
    subprocess.run([SCHEMA / "generate", tmp_path], check=True)
    assert {path.name for path in tmp_path.iterdir()} == set(FORMS)
    for name in FORMS:
        assert (tmp_path / name).read_text() == (SCHEMA / name).read_text(), f"{name}: run ldap-schema/generate"


def test_comment_of_the_389_form_belongs_to_its_entry():
    """That server takes an empty line for the end of an entry, finds it has no name, and does not start."""
    assert "" not in (SCHEMA / "98mycred.ldif").read_text().splitlines()


@pytest.mark.parametrize("name", FORMS)
def test_numbers_never_change(name):
    types, classes = definitions(name)
    assert numbered(types, 1) == NUMBERS
    assert numbered(classes, 2) == CLASSES


@pytest.mark.parametrize("name", FORMS)
def test_every_form_is_what_the_server_publishes(published, name):
    for of_form, of_server in zip(definitions(name), published, strict=True):
        for element in of_form:
            element.x_origin = ()
        assert sorted(map(str, of_form)) == sorted(map(str, of_server))


def test_rules_of_comparison(published):
    for attribute in published[0]:
        name = attribute.names[0]
        assert attribute.equality in ("generalizedTimeMatch", "caseExactMatch", "caseExactIA5Match"), name
        assert attribute.usage == 0, f"{name} must be a user attribute"
        assert (attribute.ordering == "generalizedTimeOrderingMatch") == (name in TIMES), name
        assert not (name in SECRETS and (attribute.substr or attribute.ordering)), f"{name} could be guessed by parts"


def test_classes_are_auxiliary_and_demand_nothing(published):
    classes = {element.names[0]: element for element in published[1]}
    assert all(element.kind == 2 and not element.must for element in classes.values())
    assert classes["mycredAccount"].sup == ("mycredState",)
    assert set(classes["mycredPolicy"].may) == {"mycredRequire", "mycredMethodAllowed"}
    assert set(classes["mycredAccount"].may) | set(classes["mycredState"].may) == set(NUMBERS.values())


def test_slapd_conf_takes_the_schema(tmp_path):
    conf = tmp_path / "slapd.conf"
    conf.write_text(f"include /etc/ldap/schema/core.schema\ninclude {SCHEMA}/mycred.schema\n")
    done = subprocess.run([BINARY, "-Ttest", "-u", "-f", conf], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def alice(loaded):
    """(connection, DN) of an entry with the class and nothing else of ours, as it is again afterwards."""
    admin, dn = loaded.as_admin(), loaded.people.dn("alice")
    classes = admin.entry(dn)["objectClass"]
    admin.extend(dn, "mycredAccount")
    yield admin, dn
    admin.replace(dn, objectClass=classes, **dict.fromkeys(NUMBERS.values()))


def sample(name):
    return "20261121201533.123456Z" if name in TIMES else "aA-_ k1:Zm9v"


@pytest.mark.parametrize("name", NUMBERS.values())
def test_a_value_is_deleted_by_its_exact_bytes(alice, name):
    """Without an EQUALITY rule this ends in inappropriateMatching (18)."""
    admin, dn = alice
    admin.replace(dn, **{name: sample(name)})
    admin.modify_s(dn, [(ldap.MOD_DELETE, name, sample(name).encode())])
    with pytest.raises(ldap.NO_SUCH_ATTRIBUTE):
        admin.modify_s(dn, [(ldap.MOD_DELETE, name, sample(name).encode())])


@pytest.mark.parametrize("name", sorted(set(NUMBERS.values()) - TIMES))
def test_case_tells_sealed_values_apart(alice, name):
    admin, dn = alice
    admin.replace(dn, **{name: sample(name)})
    with pytest.raises(ldap.NO_SUCH_ATTRIBUTE):
        admin.modify_s(dn, [(ldap.MOD_DELETE, name, sample(name).swapcase().encode())])


def test_labels_may_be_in_any_language(alice):
    admin, dn = alice
    value = "1 sha1/6/30 20261121201533Z k1:Zm9v 爱丽丝的手机 📱"
    admin.replace(dn, mycredTotp=value)
    assert admin.entry(dn)["mycredTotp"] == [value]


@pytest.mark.parametrize("form", ["2026112120Z", "202611212015Z", "20261121201533,5Z", "20261121211533.123456+0100"])
def test_times_that_people_type_are_kept_and_compared(alice, loaded, form):
    """RFC 4517 allows many forms; the bytes stay as typed and filters understand them."""
    admin, dn = alice
    admin.replace(dn, mycredLockedUntil=form)
    assert admin.entry(dn)["mycredLockedUntil"] == [form]
    for bounds, expected in (("(mycredLockedUntil>=20261121195959Z)", 1), ("(mycredLockedUntil>=20261121201534Z)", 0)):
        assert len(admin.search_s(loaded.suffix, ldap.SCOPE_SUBTREE, bounds, ["1.1"])) == expected


def test_what_people_mistype_is_refused(alice):
    admin, dn = alice
    for name, value in (("mycredLockedUntil", "tomorrow"), ("mycredExemptUntil", "2026-11-21"), ("mycredLoginMethod", "größer")):
        with pytest.raises(ldap.INVALID_SYNTAX):
            admin.replace(dn, **{name: value})
