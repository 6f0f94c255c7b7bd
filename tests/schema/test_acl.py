# SPDX-License-Identifier: Apache-2.0
"""Who may do what: every role, attribute and operation against a real slapd with the shipped access rules."""

import itertools

import ldap
import pytest

from .harness import PASSWORD

TOTP = b"1 sha1/6/30 20261121201533Z k1:c2VhbGVk phone of Alice"
OTHER_TOTP = b"2 sha1/6/30 20261122201533Z k1:c2VhbGVl tablet"
LOGIN_CODE = b"login/sms 20261121200600Z 20261121210600Z w1 k1:aGFzaA"
INVITATION = b"invite/email 20261121200600Z 20261128200600Z w1 k1:aGFzaA"
RESET_CODE = b"reset/email 20261121200600Z 20261121210600Z w1 k1:aGFzaB"

# attribute: a value that is there, another to add
VALUES = {
    "mycredTotp": (TOTP, OTHER_TOTP),
    "mycredApiPassword": (b"1 20261121000000Z - imap k1:c2VhbGVk laptop", b"2 20261121000000Z - - k1:c2VhbGVl mail"),
    "mycredRecovery": (b"03 k1:c2VhbGVk", b"04 k1:c2VhbGVl"),
    "mycredVerified": (b"mobile 20261121210000Z k1:aGFzaA", b"mail 20261121210000Z k1:aGFzaB"),
    "mycredTotpUsed": (b"20261121201500Z", b"20261121201530Z"),
    "mycredTotpFailure": (b"20261121201533.123456Z", b"20261121201534.123456Z"),
    "mycredCodeFailure": (b"20261121201533.123456Z", b"20261121201534.123456Z"),
    "mycredRecoveryFailure": (b"20261121201533.123456Z", b"20261121201534.123456Z"),
    "mycredSendTime": (b"20261121201533.123456Z sms", b"20261121201534.123456Z sms"),
    "mycredLastUse": (b"totp 20261121000000Z", b"sms 20261121000000Z"),
    "mycredSession": (b"aGFzaA 20261121201533Z", b"aGFzaB 20261121201533Z"),
    "mycredNotice": (b"totp.added k1:c2VhbGVk", b"totp.removed k1:c2VhbGVl"),
    "mycredChallenge": (RESET_CODE, b"step/sms 20261121200600Z 20261121210600Z w1 k1:aGFzaC"),
    "mycredLoginMethod": (b"sms", b"totp"),
    "mycredRequire": (b"enrol", b"on"),
    "mycredMethodAllowed": (b"totp", b"email"),
    "mycredExemptUntil": (b"20261121201533Z", b"20261122201533Z"),
    "mycredLockedUntil": (b"20261121201533Z", b"20261122201533Z"),
    "mycredInviteUntil": (b"20261121201533Z", b"20261122201533Z"),
    "mycredHelpAsked": (b"20261121201533Z device-lost", b"20261122201533Z other"),
    "mycredReminded": (b"password 20261121201533Z", b"api-password/2 20261121201533Z"),
}

ROLES = ("host", "root", "web", "security", "both", "helpdesk", "person", "other", "setter", "anonymous", "replica")
SINGLE = {"mycredTotpUsed", *(name for name in VALUES if name.endswith("Until") or name in ("mycredLoginMethod", "mycredRequire", "mycredHelpAsked"))}

# r read (and compare), s search for presence, a add, z delete. Who is not named may nothing; `both`, a member of both
# groups, has the rights of a security administrator.
# On administrators' own entries the helpdesk keeps what is given in the last column.
STATE = {"host": "rsaz", "root": "rsaz", "web": "rsaz", "security": "rsaz", "helpdesk": "rsz", "replica": "rs"}
SECRET = {"host": "rs", "root": "rs", "web": "rsaz", "security": "rsaz", "helpdesk": "sz", "replica": "rs"}
RULE = {**dict.fromkeys(("host", "root", "person", "replica"), "rs"), **dict.fromkeys(("web", "security", "helpdesk"), "rsaz")}
ASKED = {"web": "rsaz", "security": "rsaz", "helpdesk": "rsz", "replica": "rs"}
MATRIX = {
    "mycredTotp": (SECRET, "s"),
    "mycredApiPassword": (SECRET, "s"),
    "mycredRecovery": ({**SECRET, "host": "rsz", "root": "rsz"}, "s"),
    "mycredVerified": ({**SECRET, "helpdesk": "rsz"}, "rs"),
    "mycredTotpUsed": (STATE, "rs"),
    "mycredTotpFailure": (STATE, "rs"),
    "mycredCodeFailure": (STATE, "rs"),
    "mycredRecoveryFailure": (STATE, "rs"),
    "mycredSendTime": (STATE, "rs"),
    "mycredLastUse": (STATE, "rs"),
    "mycredSession": ({"web": "rsaz", "security": "rsz", "helpdesk": "rsz", "replica": "rs"}, "rs"),
    "mycredNotice": ({"host": "a", "root": "rsaz", "web": "rsaz", "security": "a", "helpdesk": "a", "replica": "rs"}, ""),
    "mycredChallenge": ({"web": "rsaz", "security": "sz", "helpdesk": "sz", "replica": "rs"}, "s"),
    "mycredLoginMethod": (RULE, "rs"),
    "mycredRequire": (RULE, "rs"),
    "mycredMethodAllowed": (RULE, "rs"),
    "mycredExemptUntil": (RULE, "rs"),
    "mycredLockedUntil": (RULE, "rs"),
    "mycredInviteUntil": (RULE, "rs"),
    "mycredHelpAsked": (ASKED, "rs"),
    "mycredReminded": ({**ASKED, **dict.fromkeys(("host", "root"), "rs")}, "rs"),
}


def rights(role, attribute):
    return MATRIX[attribute][0].get("security" if role == "both" else role, "")


@pytest.fixture(scope="module")
def roles(loaded):
    """A connection for each role."""
    person, suffix = loaded.people.dn, loaded.suffix
    dns = {
        "host": f"cn=login1.example.org,ou=hosts,{suffix}",
        "web": f"cn=mycred-web,ou=services,{suffix}",
        "setter": f"cn=mycred-setter,ou=services,{suffix}",
        "replica": f"cn=replica,ou=services,{suffix}",
        "security": person("sally"),
        "both": person("sadmin"),
        "helpdesk": person("helen"),
        "person": person("alice"),
        "other": person("bob"),
    }
    connections = {role: loaded.as_person(dn, PASSWORD) for role, dn in dns.items()}
    return {**connections, "root": loaded.as_root(), "anonymous": loaded.as_person("", "")}


@pytest.fixture
def target(loaded):
    """Put an entry of people back to how the matrix expects it; returns its DN."""
    admin = loaded.as_admin()
    touched = []

    def prepare(login, **attributes):
        dn = loaded.people.dn(login)
        touched.append(dn)
        wanted = {"objectClass": ["inetOrgPerson", "posixAccount", "shadowAccount", "mycredAccount"]}
        cleared = dict.fromkeys(VALUES)
        admin.replace(dn, **{**cleared, **wanted, **attributes})
        return dn

    yield prepare
    plain = {"objectClass": ["inetOrgPerson", "posixAccount", "shadowAccount"], "pwdReset": None}
    for dn in touched:
        admin.replace(dn, **plain, **dict.fromkeys(VALUES))


def allowed(operation, *arguments):
    try:
        operation(*arguments)
        return True
    except (ldap.INSUFFICIENT_ACCESS, ldap.STRONG_AUTH_REQUIRED):
        return False


def may_read(connection, dn, attribute, value):
    return value in connection.search_s(dn, ldap.SCOPE_BASE, attrlist=[attribute])[0][1].get(attribute, [])


def may_search(connection, dn, attribute, _):
    return bool(connection.search_s(dn, ldap.SCOPE_BASE, f"({attribute}=*)", ["1.1"]))


def may_compare(connection, dn, attribute, value):
    try:
        return connection.compare_s(dn, attribute, value)
    except ldap.INSUFFICIENT_ACCESS:
        return False


def may_modify(connection, dn, operation, attribute, value):
    return allowed(connection.modify_s, dn, [(operation, attribute, value)])


def check(connection, dn, attribute, wanted, prepare):
    """What of the operations r c s a z differs from `wanted`, each tried on a fresh entry."""
    value, another = VALUES[attribute]

    def fresh(present=True):
        prepare(**({attribute: value} if present else {}))

    fresh()
    found = {
        "r": may_read(connection, dn, attribute, value),
        "c": may_compare(connection, dn, attribute, value),
        "s": may_search(connection, dn, attribute, value),
        "delete a value": may_modify(connection, dn, ldap.MOD_DELETE, attribute, value),
    }
    fresh()
    found["clear"] = may_modify(connection, dn, ldap.MOD_REPLACE, attribute, None)
    fresh()
    found["replace"] = may_modify(connection, dn, ldap.MOD_REPLACE, attribute, another)
    fresh(attribute not in SINGLE)
    found["a"] = may_modify(connection, dn, ldap.MOD_ADD, attribute, another)
    r, s, a, z = (letter in wanted for letter in "rsaz")
    expected = {"r": r, "c": r, "s": s, "delete a value": z, "clear": z, "replace": a and z, "a": a}
    return {name: may for name, may in found.items() if may != expected[name]}


def test_matrix_has_every_attribute(loaded):
    """MC-SEC-155: no attribute of the schema is left out here."""
    schema = loaded.run("ldapsearch", "-LLL", "-o", "ldif-wrap=no", "-b", "cn=subschema", "-s", "base", "attributeTypes").stdout
    names = {line.split("'")[1] for line in schema.splitlines() if "2.25.42071428893191506463594983714283773923" in line}
    assert names == set(MATRIX) == set(VALUES)


@pytest.mark.parametrize("attribute", MATRIX)
@pytest.mark.parametrize("role", ROLES)
def test_mc_sec_155_role_by_attribute(roles, target, role, attribute):
    """MC-SEC-155, MC-SEC-156: each identity does to a person's attributes what the matrix says and nothing else."""
    dn = target("alice")
    wrong = check(roles[role], dn, attribute, rights(role, attribute), lambda **values: target("alice", **values))
    assert not wrong, f"{role} {attribute}: {wrong}"


@pytest.mark.parametrize("attribute", MATRIX)
@pytest.mark.parametrize("login", ["sadmin", "sally", "helen"])
def test_mc_sec_155_helpdesk_on_administrators(roles, target, login, attribute):
    """MC-SEC-155: the helpdesk changes nothing of administrators, its own people included."""
    dn = target(login)
    wrong = check(roles["helpdesk"], dn, attribute, MATRIX[attribute][1], lambda **values: target(login, **values))
    assert not wrong, f"{login} {attribute}: {wrong}"


@pytest.mark.parametrize("attribute", MATRIX)
@pytest.mark.parametrize("login", ["sadmin", "helen"])
def test_mc_sec_155_security_on_administrators(roles, target, login, attribute):
    """MC-SEC-155: security administrators have the same rights on everybody's entry."""
    dn = target(login)
    wrong = check(roles["security"], dn, attribute, rights("security", attribute), lambda **values: target(login, **values))
    assert not wrong, f"{login} {attribute}: {wrong}"


VALUE_ROWS = [
    # role, operation, attribute, value, allowed; the entry holds both codes, and mycredRequire as said
    ("host", "read", "mycredChallenge", LOGIN_CODE, True),
    ("host", "read", "mycredChallenge", RESET_CODE, False),
    ("root", "read", "mycredChallenge", LOGIN_CODE, True),
    ("root", "read", "mycredChallenge", RESET_CODE, False),
    ("host", "delete", "mycredChallenge", LOGIN_CODE, True),
    ("host", "delete", "mycredChallenge", RESET_CODE, False),
    ("host", "add", "mycredChallenge", b"login/email 20261121200600Z 20261121210600Z w1 k1:eA", True),
    ("host", "add", "mycredChallenge", b"reset/sms 20261121200600Z 20261121210600Z w1 k1:eA", False),
    ("host", "add", "mycredChallenge", b"xlogin/sms 20261121200600Z 20261121210600Z w1 k1:eA", False),
    ("host", "clear", "mycredChallenge", None, False),
    ("host", "add", "mycredChallenge", INVITATION, False),
    ("helpdesk", "add", "mycredChallenge", INVITATION, False),
    ("security", "add", "mycredChallenge", INVITATION, True),
    ("security", "add", "mycredChallenge", b"xinvite/email 20261121200600Z 20261128200600Z w1 k1:eA", False),
    ("security", "add", "mycredChallenge", b"reset/sms 20261121200600Z 20261121210600Z w1 k1:eA", False),
    ("host", "add", "mycredChallenge;lang-en", b"reset/sms 20261121200600Z 20261121210600Z w1 k1:eA", False),
    ("helpdesk", "delete", "mycredChallenge", LOGIN_CODE, True),
    ("helpdesk", "add", "mycredChallenge", b"login/email 20261121200600Z 20261121210600Z w1 k1:eA", False),
    ("other", "read", "mycredChallenge", LOGIN_CODE, False),
    ("person", "read", "mycredChallenge", LOGIN_CODE, False),
    ("helpdesk", "add", "mycredRequire", b"off", False),
    ("helpdesk", "add", "mycredRequire", b" off ", False),
    ("helpdesk", "add", "mycredRequire", b"Off", False),
    ("helpdesk", "add", "mycredRequire;lang-en", b"off", False),
    ("helpdesk", "add", "mycredRequire", b"optional", True),
    ("security", "add", "mycredRequire", b"off", True),
    ("both", "add", "mycredRequire", b"off", True),
    ("web", "add", "mycredRequire", b"off", False),
    ("web", "add", "mycredRequire", b"OFF", False),
    ("web", "add", "mycredRequire", b" off ", False),
    ("web", "add", "mycredRequire;lang-en", b"off", False),
    ("web", "add", "mycredRequire", b"enrol", True),
    ("person", "add", "mycredRequire", b"off", False),
    ("person", "add", "mycredTotp;lang-en", TOTP, False),
    ("host", "add", "mycredTotp;lang-en", TOTP, False),
    # contacts, avatar and what finds people
    ("web", "replace", "mail", b"new@example.org", True),
    ("web", "replace", "mobile", b"+491511234599", True),
    ("web", "replace", "jpegPhoto", b"\xff\xd8\xff", True),
    ("web", "replace", "uidNumber", b"0", False),
    ("web", "replace", "uid", b"root", False),
    ("security", "replace", "mail", b"new@example.org", True),
    ("helpdesk", "replace", "mail", b"new@example.org", False),
    ("host", "replace", "mail", b"new@example.org", False),
    ("root", "replace", "uidNumber", b"0", False),
    ("host", "replace", "uidNumber", b"0", False),
    ("person", "replace", "mail", b"new@example.org", False),
    # the password
    ("setter", "replace", "userPassword", b"another long one", True),
    ("security", "replace", "userPassword", b"yet another long one", True),
    ("web", "replace", "userPassword", b"another long one", False),
    ("host", "replace", "userPassword", b"another long one", False),
    ("root", "replace", "userPassword", b"another long one", False),
    ("helpdesk", "replace", "userPassword", b"another long one", False),
    ("setter", "replace", "pwdReset", b"TRUE", False),
    ("security", "replace", "pwdReset", b"TRUE", True),
    ("web", "replace", "pwdReset", b"TRUE", True),
    ("host", "replace", "pwdReset", b"TRUE", False),
    ("helpdesk", "replace", "pwdReset", b"TRUE", False),
    ("setter", "replace", "mail", b"new@example.org", False),
    ("setter", "replace", "mycredLockedUntil", b"20261121201533Z", False),
    ("setter", "read-any", "userPassword", None, False),
    ("security", "read-any", "userPassword", None, False),
    ("web", "read-any", "userPassword", None, False),
    ("host", "read-any", "userPassword", None, False),
    ("root", "read-any", "userPassword", None, False),
]
OPERATIONS = {"add": ldap.MOD_ADD, "delete": ldap.MOD_DELETE, "replace": ldap.MOD_REPLACE, "clear": ldap.MOD_REPLACE}


def do(connection, dn, operation, attribute, value):
    if operation == "read":
        return may_read(connection, dn, attribute, value)
    if operation == "read-any":
        return bool(connection.search_s(dn, ldap.SCOPE_BASE, attrlist=[attribute])[0][1])
    return may_modify(connection, dn, OPERATIONS[operation], attribute, value)


@pytest.fixture
def alice(loaded, target):
    """alice with two codes pending; contacts and password as they were, afterwards."""
    admin = loaded.as_admin()
    dn = target("alice", mycredChallenge=[LOGIN_CODE, RESET_CODE])
    before = admin.entry(dn, ["mail", "mobile", "jpegPhoto", "userPassword"])
    yield dn
    admin.replace(dn, **{"jpegPhoto": None, **before})


@pytest.mark.parametrize("role,operation,attribute,value,expected", VALUE_ROWS)
def test_mc_sec_155_values(roles, alice, role, operation, attribute, value, expected):
    """MC-SEC-155: rights that depend on the value, and those to ordinary attributes."""
    assert do(roles[role], alice, operation, attribute, value) is expected


CLASS_ROWS = [
    # role, class, add, delete
    ("host", "mycredState", True),
    ("host", "mycredAccount", False),
    ("root", "mycredState", True),
    ("root", "mycredAccount", False),
    ("web", "mycredState", True),
    ("web", "mycredAccount", True),
    ("web", "mycredPolicy", True),
    ("web", "extensibleObject", False),
    ("host", "extensibleObject", False),
    ("security", "mycredAccount", True),
    ("security", "mycredState", True),
    ("security", "mycredPolicy", True),
    ("both", "mycredAccount", True),
    ("helpdesk", "mycredAccount", True),
    ("helpdesk", "mycredPolicy", True),
    ("helpdesk", "extensibleObject", False),
    ("setter", "mycredState", False),
    ("person", "mycredAccount", False),
    ("other", "mycredState", False),
    ("anonymous", "mycredState", False),
]


@pytest.mark.parametrize("role,name,expected", CLASS_ROWS)
@pytest.mark.parametrize("by_number", [False, True])
def test_mc_sec_155_classes(loaded, roles, target, role, name, expected, by_number):
    """MC-SEC-155: a class value goes in, by name or number, for whom needs it, and never out again."""
    numbers = {"mycredState": 1, "mycredAccount": 2, "mycredPolicy": 3}
    dn = target("alice", objectClass=["inetOrgPerson", "posixAccount", "shadowAccount"])
    value = name
    if by_number and name in numbers:
        value = f"2.25.42071428893191506463594983714283773923.2.{numbers[name]}"
    assert may_modify(roles[role], dn, ldap.MOD_ADD, "objectClass", value.encode()) is expected
    if expected:
        assert not may_modify(roles[role], dn, ldap.MOD_DELETE, "objectClass", name.encode())


def test_mc_sec_155_host_first_write_needs_no_preparation(roles, target):
    """MC-SEC-155: class and first attribute in one modify; the second host to do so learns that it lost."""
    dn = target("alice", objectClass=["inetOrgPerson", "posixAccount", "shadowAccount"])
    changes = [
        (ldap.MOD_ADD, "objectClass", b"mycredState"),
        (ldap.MOD_ADD, "mycredTotpUsed", b"20261121201500Z"),
    ]
    roles["host"].modify_s(dn, changes)
    with pytest.raises(ldap.TYPE_OR_VALUE_EXISTS):
        roles["host"].modify_s(dn, changes)


def test_mc_sec_155_one_forbidden_change_spoils_the_modify(roles, target, loaded):
    """MC-SEC-155: rights hold for each change of a modify."""
    dn = target("alice", mycredRecovery=b"03 k1:c2VhbGVk")
    changes = [(ldap.MOD_DELETE, "mycredRecovery", b"03 k1:c2VhbGVk"), (ldap.MOD_ADD, "mycredRecovery", b"03 k1:ZmFrZQ")]
    assert not allowed(roles["host"].modify_s, dn, changes)
    assert loaded.as_admin().entry(dn, ["mycredRecovery"]) == {"mycredRecovery": ["03 k1:c2VhbGVk"]}


@pytest.mark.parametrize("pattern", ["{0}=1 sha1*", "{0}=*phone*", "{0}>=0", "{0}<=z"])
def test_mc_sec_156_search_tells_presence_only(roles, target, pattern):
    """MC-SEC-156: who may search for a secret but not read it cannot find it out piece by piece."""
    dn = target("alice", mycredTotp=TOTP)
    assert may_search(roles["helpdesk"], dn, "mycredTotp", None)
    assert not roles["helpdesk"].search_s(dn, ldap.SCOPE_BASE, f"({pattern.format('mycredTotp')})", ["1.1"])


@pytest.mark.parametrize("role", ["person", "other", "anonymous", "setter"])
def test_mc_sec_156_secrets_are_unreadable_with_options_too(loaded, roles, target, role):
    """MC-SEC-156: an attribute with an option is the same attribute."""
    dn = target("alice", **{"mycredTotp;lang-en": TOTP})
    assert "mycredTotp;lang-en" in loaded.as_admin().entry(dn)
    found = roles[role].search_s(dn, ldap.SCOPE_BASE, attrlist=["*", "+", "mycredTotp;lang-en"])[0][1]
    loaded.as_admin().replace(dn, **{"mycredTotp;lang-en": None})
    assert not [name for name in found if name.startswith("mycred")]


def test_mc_sec_155_helpdesk_leaves_off_alone(roles, target):
    """MC-SEC-155: who is exempt by `off` is security administrators' affair, in both directions; the site's no more."""
    for role, word in itertools.product(("helpdesk", "web"), (b"off", b"OFF")):
        dn = target("alice", mycredRequire=word)
        assert not may_modify(roles[role], dn, ldap.MOD_DELETE, "mycredRequire", None)
        assert not may_modify(roles[role], dn, ldap.MOD_REPLACE, "mycredRequire", b"on")
    for role in ("security", "both"):
        target("alice", mycredRequire=b"off")
        assert may_modify(roles[role], dn, ldap.MOD_REPLACE, "mycredRequire", b"on")


@pytest.mark.parametrize("role", ["host", "root", "web", "security", "helpdesk", "person", "replica"])
def test_mc_sec_155_off_is_read_like_any_rule(roles, target, role):
    """MC-SEC-155: or the break-glass account would be asked for a code."""
    assert may_read(roles[role], target("alice", mycredRequire=b"off"), "mycredRequire", b"off")


GROUP_ROWS = [
    ("helpdesk", "finance", b"enrol", True),
    ("helpdesk", "finance", b"off", False),
    ("helpdesk", "security-admins", b"optional", False),
    ("helpdesk", "helpdesk", b"optional", False),
    ("security", "security-admins", b"on", True),
    ("security", "finance", b"off", True),
    ("web", "finance", b"optional", True),
    ("web", "finance", b"off", False),
    ("web", "security-admins", b"optional", True),
    ("host", "finance", b"optional", False),
    ("other", "finance", b"optional", False),
]


@pytest.mark.parametrize("role,group,value,expected", GROUP_ROWS)
def test_mc_sec_155_groups(loaded, roles, role, group, value, expected):
    """MC-SEC-155: rules of groups; administrators' groups are administrators too."""
    admin, dn = loaded.as_admin(), loaded.people.group_dn(group)
    before = {"mycredRequire": None, **admin.entry(dn, ["objectClass", "mycredRequire"])}
    admin.replace(dn, objectClass=["groupOfNames", "mycredPolicy"], mycredRequire=b"on")
    may = may_modify(roles[role], dn, ldap.MOD_REPLACE, "mycredRequire", value)
    admin.replace(dn, **before)
    assert may is expected


@pytest.mark.parametrize("role", [role for role in ROLES if role != "replica"])
def test_mc_sec_156_old_passwords_are_unreadable(loaded, roles, alice, role):
    """MC-SEC-156: the password policy's history holds hashes; slapd shows them to everybody who may read the entry."""
    roles["setter"].passwd_s(alice, None, f"one more for {role}")
    assert "pwdHistory" in loaded.as_admin().entry(alice, ["pwdHistory"])
    assert not may_search(roles[role], alice, "pwdHistory", None)
    assert not do(roles[role], alice, "read-any", "pwdHistory", None)
    assert do(roles["replica"], alice, "read-any", "pwdHistory", None)


def test_mc_sec_155_the_rest_is_left_to_the_site(roles, target):
    """MC-SEC-155: what everybody might read before may still be read."""
    dn = target("alice", pwdReset=b"TRUE")
    for role in ("anonymous", "other", "helpdesk"):
        for name in ("mycredState", "mycredAccount"):
            assert roles[role].search_s(dn, ldap.SCOPE_BASE, f"(objectClass={name})", ["1.1"])
        found = roles[role].search_s(dn, ldap.SCOPE_BASE, attrlist=["objectClass", "mail", "uid", "pwdReset"])[0][1]
        assert set(found) == {"objectClass", "mail", "uid", "pwdReset"}
        assert b"mycredAccount" in found["objectClass"]


@pytest.mark.parametrize("role", ["host", "root", "web"])
def test_mc_sec_155_services_find_people_and_groups(loaded, roles, role):
    """MC-SEC-155: what a login or a page needs is found and read."""
    found = roles[role].search_s(loaded.suffix, ldap.SCOPE_SUBTREE, "(uid=grace)", ["uid", "mail", "uidNumber", "entryUUID"])
    assert set(found[0][1]) == {"uid", "uidNumber", "entryUUID"}
    member = f"(&(objectClass=mycredPolicy)(member={loaded.people.dn('grace')}))"
    groups = roles[role].search_s(loaded.suffix, ldap.SCOPE_SUBTREE, member, ["mycredRequire"])
    assert groups == [(loaded.people.group_dn("finance"), {"mycredRequire": [b"on"]})]


def test_mc_sec_155_outside_people_nothing_is_planted(loaded, roles):
    """MC-SEC-155: services and hosts are no people: no password, contact or credential of theirs can be set."""
    dn = f"cn=mycred-web,ou=services,{loaded.suffix}"
    assert not allowed(roles["setter"].passwd_s, dn, None, "another long one")
    assert not may_modify(roles["web"], dn, ldap.MOD_ADD, "objectClass", b"mycredAccount")
    assert not may_modify(roles["security"], dn, ldap.MOD_REPLACE, "userPassword", b"another long one")


@pytest.fixture
def outsider(loaded):
    """A person outside the people's part of the tree who has everything."""
    dn, admin = f"uid=olga,ou=services,{loaded.suffix}", loaded.as_admin()
    values = {name: present for name, (present, _) in VALUES.items()}
    admin.create(dn, objectClass=["inetOrgPerson", "mycredAccount"], uid="olga", cn="Olga", sn="Orlow", **values)
    yield dn
    admin.delete_s(dn)


@pytest.mark.parametrize("role", ROLES)
def test_mc_sec_156_outside_people_nothing_is_seen(roles, outsider, role):
    """MC-SEC-156: the site's broad rule does not show what is not where it should be; a copy is complete all the same."""
    rules = {name for name, (who, _) in MATRIX.items() if "person" in who}
    seen = {name for name, (present, _) in VALUES.items() if may_read(roles[role], outsider, name, present)}
    expected = {"replica": set(VALUES), **dict.fromkeys(("host", "root", "web", "security", "both", "helpdesk"), rules)}
    assert seen == expected.get(role, set())


def test_mc_sec_155_setter_changes_by_the_exop_under_the_policy(loaded, roles, alice):
    """MC-SEC-155: the setter's exop works, and the password policy holds for it."""
    roles["setter"].passwd_s(alice, None, "one that was reset")
    loaded.as_person(alice, "one that was reset")
    with pytest.raises(ldap.CONSTRAINT_VIOLATION):
        roles["setter"].passwd_s(alice, None, "x")


def test_mc_sec_155_a_person_changes_the_own_password(loaded, alice):
    """MC-SEC-155: bind with the current password, then the exop with old and new."""
    connection = loaded.as_person(alice, PASSWORD)
    connection.passwd_s(alice, PASSWORD, "one of her own choice")
    loaded.as_person(alice, "one of her own choice")
