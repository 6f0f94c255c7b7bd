# SPDX-License-Identifier: Apache-2.0
"""`load`: what it does to servers of every kind, what it says, and that a second run changes nothing."""

import ldap
import pytest

from stack.slapd import DEBIAN_ACCESS, ROOT_OVER_LDAPI

from .harness import PASSWORD, SCHEMA, run_load

DATABASE = "olcDatabase={1}mdb,cn=config"


def service(slapd, name):
    return slapd.as_person(f"{name},{slapd.suffix}", PASSWORD)


def config(slapd, dn=DATABASE, attribute="olcAccess"):
    return slapd.as_root().entry(dn, [attribute]).get(attribute, [])


def fingerprint(slapd):
    """Every entry of cn=config with the number of its last change."""
    return sorted(
        (dn, entry["entryCSN"][0]) for dn, entry in slapd.as_root().search_s("cn=config", ldap.SCOPE_SUBTREE, attrlist=["entryCSN"])
    )


def refused(connection, dn, **attributes):
    with pytest.raises(ldap.INSUFFICIENT_ACCESS):
        connection.replace(dn, **attributes)


def test_first_run_says_what_it_did_and_second_that_it_was_there(server):
    slapd = server()
    first = run_load(slapd).stdout
    for said in ("schema:", "added (21 attributes, 3 classes)", "loaded ppolicy", "added the overlay", "added cn=default,", "put before the site's 3"):
        assert said in first
    before = fingerprint(slapd)
    second = run_load(slapd).stdout
    assert fingerprint(slapd) == before
    said = {line.split(":")[0]: line for line in second.splitlines()}
    assert set(said) == {"database", "schema", "ppolicy", "indexes", "access"}
    assert all("there already" in said[part] for part in set(said) - {"database"})


def test_parts_can_be_left_out(server):
    slapd = server()
    said = run_load(slapd, "--no-ppolicy", "--no-acl", "--no-indexes").stdout
    assert [line.split(":")[0] for line in said.splitlines()] == ["database", "schema"]
    assert [value[3:] for value in config(slapd)] == list(DEBIAN_ACCESS)


def older_schema(folder):
    """The schema as an earlier release might have had it: fewer attributes, other rules and descriptions."""
    text = (SCHEMA / "mycred.ldif").read_text().replace("\n ", "")
    lines = [line for line in text.splitlines() if "NAME 'mycredVerified'" not in line]
    text = "\n".join(lines).replace(" $ mycredVerified", "").replace("Newest step", "Last step").replace("ORDERING caseExactOrderingMatch ", "")
    older = folder / "older.ldif"
    older.write_text(text + "\n")
    return older


def test_older_schema_in_use_is_brought_up_to_date(server, tmp_path):
    slapd = server()
    slapd.run("ldapadd", "-f", older_schema(tmp_path))
    admin, alice = slapd.as_admin(), slapd.people.dn("alice")
    admin.extend(alice, "mycredAccount", mycredTotpUsed="20261121201500Z", mycredLastUse="totp 20261121000000Z")
    assert "brought up to date" in run_load(slapd).stdout
    assert "was there already" in run_load(slapd).stdout
    admin.replace(alice, mycredVerified="mobile 20261121210000Z k1:aGFzaA")
    found = admin.search_s(slapd.suffix, ldap.SCOPE_SUBTREE, "(&(mycredTotpUsed>=20261121201400Z)(mycredLastUse>=totp 2026))", ["uid"])
    assert [dn for dn, _ in found] == [alice]
    slapd.stop()
    slapd.start()
    assert slapd.as_admin().entry(alice)["mycredTotpUsed"] == ["20261121201500Z"]


def test_own_rules_are_replaced_and_the_sites_kept(server):
    slapd = server()
    run_load(slapd)
    before = config(slapd)
    said = run_load(slapd, "--hosts", f"ou=machines,{slapd.suffix}", "--web", f"cn=site,ou=services,{slapd.suffix}").stdout
    after = config(slapd)
    assert f"note:            ou=machines,{slapd.suffix} does not exist yet" in said
    assert len(after) == len(before)
    assert after[-3:] == before[-3:]
    assert not [rule for rule in after if "ou=hosts" in rule or "mycred-web" in rule]


def test_names_given_once_are_kept(server):
    """An upgrade runs `load` again, and nobody remembers with what."""
    slapd = server()
    options = [
        *("--hosts", f"ou=machines of all,{slapd.suffix}", "--web", f"cn=site/1,ou=services,{slapd.suffix}"),
        *("--people", f"ou=staff,{slapd.suffix}", "--setter", f"cn=set,ou=services,{slapd.suffix}"),
        *("--helpdesk", f"cn=help,ou=groups,{slapd.suffix}", "--security-admins", f"cn=sec,ou=groups,{slapd.suffix}"),
        *("--replicator", f"cn=copy 1,{slapd.suffix}", "--replicator", f"cn=copy 2,{slapd.suffix}"),
        *("--contacts", "mail,telephoneNumber"),
    ]
    run_load(slapd, *options)
    rules = config(slapd)
    for name in options[1::2]:
        assert [rule for rule in rules if name in rule], name
    assert "access:          rules were there already" in run_load(slapd).stdout
    assert config(slapd) == rules
    run_load(slapd, "--replicator", "none", f"--web=cn=mycred-web,ou=services,{slapd.suffix}")
    after = config(slapd)
    assert not [rule for rule in after if "copy" in rule or "site/1" in rule]
    assert [rule for rule in after if "ou=machines of all" in rule and "cn=mycred-web" in rule]


def test_policy_comes_when_the_suffix_entry_is_there(bare):
    slapd = bare()
    done = run_load(slapd, check=False)
    assert done.returncode == 1 and f"create {slapd.suffix} first" in done.stderr
    slapd.as_admin().create(slapd.suffix, objectClass="domain", dc="example")
    said = run_load(slapd).stdout
    assert f"added cn=default,ou=policies,{slapd.suffix}" in said and "rules put before" in said


def test_site_rule_that_only_resembles_ours_is_kept(server):
    rule = 'to dn.subtree="ou=mycred,dc=example,dc=org" attrs=cn by * read'
    slapd = server(access=(rule, *DEBIAN_ACCESS))
    run_load(slapd)
    run_load(slapd)
    assert [value.split("}", 1)[1] for value in config(slapd)][-4] == rule


def test_database_without_rules_gets_the_usual_ones(server):
    """Without any rule everybody may read password hashes; with ours alone nobody could read anything."""
    slapd = server(access=())
    slapd.as_root().replace("olcDatabase={-1}frontend,cn=config", olcAccess=None)
    assert "everybody could read all" in run_load(slapd).stdout
    nobody = slapd.as_person("", "")
    found = nobody.search_s(slapd.people.dn("alice"), ldap.SCOPE_BASE)[0][1]
    assert "uid" in found and "userPassword" not in found


def test_services_find_people_where_the_site_lets_nobody_read(server):
    """MC-SEC-155: the rules bring what logins and pages need, whatever the site's own say."""
    slapd = server(access=("to attrs=userPassword by anonymous auth by * none", "to * by * none"))
    run_load(slapd)
    for connection in (service(slapd, "cn=login1.example.org,ou=hosts"), service(slapd, "cn=mycred-web,ou=services"), slapd.as_root()):
        assert connection.search_s(slapd.suffix, ldap.SCOPE_SUBTREE, "(uid=alice)", ["uid", "mail"])[0][1]["mail"] == [b"alice@example.org"]
    service(slapd, "cn=mycred-setter,ou=services").passwd_s(slapd.people.dn("alice"), None, "another long one")
    slapd.as_person(slapd.people.dn("alice"), "another long one")


def test_rights_that_the_site_gives_root_stay(server):
    slapd = server(access=(f"to * by dn.exact={ROOT_OVER_LDAPI} manage by * break", *DEBIAN_ACCESS))
    run_load(slapd)
    root, alice = slapd.as_root(), slapd.people.dn("alice")
    root.replace(alice, cn="Alice Anders")
    root.replace(alice, uidNumber="12345")
    refused(root, alice, objectClass=["inetOrgPerson", "posixAccount", "shadowAccount", "mycredAccount"])


def test_password_policy_entry_where_root_may_not_write_the_data(server):
    slapd = server()
    run_load(slapd)
    assert slapd.as_admin().entry(f"cn=default,ou=policies,{slapd.suffix}")["pwdMaxLength"] == ["256"]
    assert not [rule for rule in config(slapd) if "attrs=entry,children" in rule]
    refused(slapd.as_root(), f"cn=default,ou=policies,{slapd.suffix}", pwdMinLength="1")


def test_wrong_passwords_of_strangers_lock_nobody_out(server):
    """MC-SEC-25: or anybody could keep anybody from signing in."""
    slapd = server()
    run_load(slapd)
    alice = slapd.people.dn("alice")
    for _ in range(120):
        with pytest.raises(ldap.INVALID_CREDENTIALS):
            slapd.as_person(alice, "wrong")
    slapd.as_person(alice, PASSWORD)


def test_example_policy_refuses_weak_passwords_of_everybody_but_the_rootdn(server):
    slapd = server()
    run_load(slapd)
    alice, setter = slapd.people.dn("alice"), service(slapd, "cn=mycred-setter,ou=services")
    person = slapd.as_person(alice, PASSWORD)
    for connection, old, new in ((person, PASSWORD, "too short"), (setter, None, "too short"), (setter, None, "x" * 257)):
        with pytest.raises(ldap.CONSTRAINT_VIOLATION):
            connection.passwd_s(alice, old, new)
    person.passwd_s(alice, PASSWORD, "long enough now")
    setter.passwd_s(alice, None, "long enough again")
    assert "pwdReset" not in slapd.as_admin().entry(alice, ["pwdReset"])


def test_existing_password_policy_is_left_as_it_is(server):
    slapd = server(modules=("ppolicy",))
    overlay = f"dn: olcOverlay=ppolicy,{DATABASE}\nobjectClass: olcOverlayConfig\nobjectClass: olcPPolicyConfig\nolcOverlay: ppolicy\n"
    slapd.run("ldapadd", stdin=f"{overlay}olcPPolicyDefault: cn=mine,{slapd.suffix}\n")
    assert f"overlay was there already (default policy: cn=mine,{slapd.suffix})" in run_load(slapd).stdout
    assert slapd.as_admin().entry(f"cn=default,ou=policies,{slapd.suffix}") is None


def test_binds_with_a_password_too(server, tmp_path):
    slapd = server()
    password = tmp_path / "password"
    password.write_text(slapd.admin_password)
    said = run_load(slapd, "-D", slapd.config_dn, "-y", password).stdout
    assert "added cn=default" in said and "put before the site's" in said


def test_capitals_and_spaces_in_names_change_nothing(server):
    slapd = server(suffix="dc=Example,dc=Org")
    run_load(slapd, "--security-admins", "CN=security-admins, OU=Groups, DC=Example, DC=Org")
    admin = slapd.as_admin()
    admin.extend(slapd.people.group_dn("security-admins"), "mycredPolicy", mycredRequire="on")
    for login in ("sadmin", "alice"):
        admin.extend(slapd.people.dn(login), "mycredAccount")
    helen = slapd.as_person(slapd.people.dn("helen"), PASSWORD)
    helen.replace(slapd.people.dn("alice"), mycredLockedUntil="20991231235959Z")
    refused(helen, slapd.people.dn("sadmin"), mycredLockedUntil="20991231235959Z")
    refused(helen, slapd.people.group_dn("security-admins"), mycredRequire="optional")


@pytest.mark.parametrize("others", ["read", "none"])
def test_groups_of_unique_names_serve_as_well(server, others):
    """Also where root may read nothing, and sees the kind of group only when the rules are in."""
    person = "by dn.children=ou=people,dc=example,dc=org read"
    slapd = server(access=("to attrs=userPassword by anonymous auth by * none", f"to * {person} by * {others}"))
    admin, dn = slapd.as_admin(), slapd.people.group_dn("helpers")
    admin.create(dn, objectClass="groupOfUniqueNames", cn="helpers", uniqueMember=slapd.people.dn("bob"))
    run_load(slapd, f"--helpdesk={dn}")
    for login in ("alice", "bob"):
        admin.extend(slapd.people.dn(login), "mycredAccount")
    bob = slapd.as_person(slapd.people.dn("bob"), PASSWORD)
    bob.replace(slapd.people.dn("alice"), mycredLockedUntil="20991231235959Z")
    refused(bob, slapd.people.dn("bob"), mycredRequire="optional")


def test_second_database_must_be_named(server):
    slapd = server()
    (slapd.folder / "second").mkdir()
    second = "dn: olcDatabase=mdb,cn=config\nobjectClass: olcDatabaseConfig\nobjectClass: olcMdbConfig\nolcDatabase: mdb\n"
    slapd.run("ldapadd", stdin=f"{second}olcSuffix: dc=second,dc=org\nolcDbDirectory: {slapd.folder}/second\n")
    done = run_load(slapd, check=False)
    assert done.returncode == 1
    assert "--suffix" in done.stderr and "dc=second,dc=org" in done.stderr and slapd.suffix in done.stderr
    run_load(slapd, "--suffix", slapd.suffix)


ERRORS = [
    # options, what the one line names
    (["--no-such"], ["--no-such", "--help"]),
    (["--hosts"], ["--hosts", "needs a value"]),
    (["--web", "mycred-web"], ["'mycred-web'", "distinguished name"]),
    (["--web", 'cn="web",dc=example,dc=org'], ['cn="web"', "character"]),
    (["--suffix", "dc=other,dc=org"], ["dc=other,dc=org", "--suffix"]),
    (["-D", "cn=admin,cn=config"], ["-D", "-y"]),
    (["--uri", "ldapi://%2Fnonexistent"], ["ldapi://%2Fnonexistent", "Is it running"]),
]


@pytest.mark.parametrize("options,names", ERRORS)
def test_errors_are_one_line_with_the_cure(loaded, options, names):
    done = run_load(loaded, *options, check=False)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith("load: ")
    assert all(name in done.stderr for name in names), done.stderr


def test_identity_without_rights_on_the_configuration_is_told(loaded, tmp_path):
    password = tmp_path / "password"
    password.write_text(PASSWORD)
    done = run_load(loaded, "-D", loaded.people.dn("alice"), "-y", password, check=False)
    assert "alice" in done.stderr and "may not read cn=config" in done.stderr and "slapd.conf" in done.stderr


def test_indexes_are_added_where_missing(server):
    slapd = server(indexes=("uid,mail eq,sub",))
    run_load(slapd)
    indexes = config(slapd, attribute="olcDbIndex")
    assert "uid,mail eq,sub" in indexes and "mobile eq" in indexes and "mycredRequire pres,eq" in indexes
    assert len([line for line in indexes if "uid" in line.split()[0].split(",")]) == 1
