# SPDX-License-Identifier: Apache-2.0
"""mycred check on PAM's stacks, httpd, the site's rights, password policy and replication."""

import ldap
import pytest
from stack.slapd import Slapd

from .findings import certificate_of, check, findings
from .office import PASSWORD
from .test_check_servers import office_of

# what stands in a service's file, and what the one line must say
STACKS = {
    "sufficient password": (
        "auth sufficient pam_unix.so\nauth [success=ok default=die] pam_mycred.so\naccount required pam_mycred.so\n",
        "after the right password, 'sufficient pam_unix.so' leads past pam_mycred.so, so no code is asked for. Cure: Write requisite",
    ),
    "password that ends the stack": (
        "auth [success=done default=die] pam_sss.so\nauth [success=ok default=die] pam_mycred.so\naccount required pam_mycred.so\n",
        "leads past pam_mycred.so",
    ),
    "a jump too far": (
        "auth [success=2 default=ignore] pam_unix.so\nauth requisite pam_deny.so\nauth [success=ok default=die] pam_mycred.so\n"
        "auth required pam_permit.so\naccount required pam_mycred.so\n",
        "leads past pam_mycred.so",
    ),
    "a password in an included file": ("@include common\nauth [success=ok default=die] pam_mycred.so\naccount required pam_mycred.so\n", "leads past pam_mycred.so"),
    "sufficient code": (
        "auth requisite pam_unix.so\nauth sufficient pam_mycred.so\nauth required pam_permit.so\naccount required pam_mycred.so\n",
        "with 'sufficient' a login goes on after pam_mycred.so refused it. Cure: Write [success=ok default=die]",
    ),
    "optional code": ("auth requisite pam_unix.so\nauth optional pam_mycred.so\naccount required pam_mycred.so\n", "with 'optional' a login goes on"),
    "refusal ignored": (
        "auth requisite pam_unix.so\nauth [success=ok default=ignore] pam_mycred.so\naccount required pam_mycred.so\n",
        "Cure: Write default=die instead of default=ignore",
    ),
    "code before the password": (
        "auth [success=ok default=die] pam_mycred.so\nauth requisite pam_unix.so\naccount required pam_mycred.so\n",
        "the code is asked for, and sent, before the password is checked. Cure: Put the line of pam_mycred.so behind",
    ),
    "no account line": ("auth requisite pam_unix.so\nauth [success=ok default=die] pam_mycred.so\naccount required pam_unix.so\n", "no line of account names pam_mycred.so"),
    "nobody asks for the password": (
        "auth requisite pam_unix.so nullok use_first_pass\nauth [success=ok default=die] pam_mycred.so\naccount required pam_mycred.so\n",
        "'pam_unix.so use_first_pass' is the first to need a password, and asks for none",
    ),
    "nullok without ignore": (
        "auth requisite pam_unix.so\nauth [success=ok default=die] pam_mycred.so nullok\naccount required pam_mycred.so\n",
        "nullok lets people without login verification in, but '[success=ok default=die]' does not",
    ),
}


@pytest.mark.parametrize("mistake", STACKS)
def test_a_stack_that_can_be_passed_is_found(good, mistake):
    text, sentence = STACKS[mistake]
    services = good.places["--pam-dir"]
    (services / "common").write_text("auth sufficient pam_unix.so\n")
    (services / "sshd").write_text(text)
    (line,) = findings(good)
    assert line.startswith(f"error: {services}/sshd: ") and sentence in line


DEBIAN = """\
auth [success=1 default=ignore] pam_unix.so nullok
auth requisite pam_deny.so
auth required pam_permit.so
auth [success=1 default=ignore] pam_localuser.so
auth [success=ok ignore=ignore default=die] pam_mycred.so nullok
"""


def test_stacks_that_are_right_are_silent(good):
    """The shipped examples are in the folder already; here are Debian's common files, and one that includes them."""
    services = good.places["--pam-dir"]
    (services / "common-auth").write_text(DEBIAN)
    (services / "common-account").write_text("account required pam_mycred.so\n")
    (services / "sshd").write_text("@include common-auth\n@include common-account\n")
    (services / "sshd~").write_text(STACKS["sufficient code"][0])
    assert check(good).stdout == "ok\n"
    (services / "common-account").write_text("account required pam_unix.so\n")
    (line,) = findings(good)
    assert "common-auth: no line of account names pam_mycred.so" in line


def test_a_folder_without_the_module_is_found(good):
    for file in good.places["--pam-dir"].iterdir():
        file.unlink()
    (line,) = findings(good)
    assert line.startswith(f"warning: no file in {good.places['--pam-dir']} names pam_mycred.so")


# ---- httpd


def edited(file, old, new):
    def plant(office):
        path = getattr(office, file)
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))

    return plant


HTTPD = {
    "module off": (edited("httpd", "LoadModule mycred_module", "#LoadModule mycred_module"), "the module mycred is not loaded. Cure: a2enmod mycred"),
    "no configuration": (edited("site", "MycredConfig", "#MycredConfig"), "MycredConfig is missing"),
    "another configuration": (edited("site", "MycredConfig /", "MycredConfig /other/"), "MycredConfig names /other/"),
    "no handler": (edited("site", "SetHandler mycred", "SetHandler mycredit"), "no Location has the handler mycred"),
    "another path": (edited("site", "/mycred/>", "/credentials/>"), "the handler mycred is at /credentials/, but site_url is https://login.example.org/mycred/"),
    "no TLS": (edited("site", "SSLEngine on", "SSLEngine off"), "site_url is https, but no server there has TLS. Cure: a2enmod ssl"),
    "no such file": (lambda office: office.httpd.unlink(), "cannot be read. Cure: Name httpd's configuration with --httpd"),
}


@pytest.mark.parametrize("mistake", HTTPD)
def test_a_site_that_is_not_set_up_is_found(web_server, mistake):
    plant, sentence = HTTPD[mistake]
    plant(web_server)
    (line,) = findings(web_server)
    assert line.startswith("error: ") and sentence in line


def test_the_configuration_may_be_named_by_a_relative_path(web_server):
    places = [word for pair in web_server.places.items() for word in pair]
    done = web_server.run("check", "--conf", web_server.conf.name, *places, cwd=web_server.conf.parent)
    assert done.stdout == "ok\n"


def test_the_site_with_a_hosts_rights_is_found(web_server, host):
    """The site's key is here, and the identity is a host's."""
    certificate_of(web_server, host, site_url="https://login.example.org/mycred/")
    (line,) = findings(web_server)
    assert "the site's key is here, but " in line and " may not: add mycredTotp, delete mycredTotp, " in line


def test_a_machine_of_both_has_two_identities(web_server, host):
    """Hosts' logins as the host, the site as itself; each is tried for what it must and must not do."""
    web = f"cn=mycred-web,ou=services,{web_server.slapd.suffix}"
    certificate_of(web_server, host, site_bind_dn=web, site_bind_password_file=web_server.secret("site.password", PASSWORD))
    web_server.set(site_url="https://login.example.org/mycred/")
    assert check(web_server).stdout == "ok\n"
    assert web_server.run("exempt", "alice").returncode == 0  # done as the site
    web_server.set(site_bind_dn=web_server.dn("alice"))
    found = findings(web_server)
    assert any("the site's key is here, but dn:uid=alice," in line for line in found), found


@pytest.mark.parametrize("option", ["site_bind", "ldap_setter"])
def test_an_identity_that_cannot_sign_in_is_found(web_server, host, option):
    """Beside the host's, which can: the line says which of them it is."""
    certificate_of(web_server, host, site_url="https://login.example.org/mycred/")
    web = f"cn=mycred-web,ou=services,{web_server.slapd.suffix}"
    for name in ("site_bind", "ldap_setter"):
        web_server.set(**{f"{name}_dn": web, f"{name}_password_file": web_server.secret(f"{name}.password", PASSWORD)})
    assert check(web_server).stdout == "ok\n"
    web_server.secret(f"{option}.password", "another")
    (line,) = findings(web_server)
    assert line.startswith(f"error: {option}_dn: {web} cannot sign in (cause=ldap_bind_refused ")
    assert line.endswith("Cure: See that the entry exists and that its password file is right.")
    if option == "ldap_setter":
        done = web_server.run("reset", "alice", "--password")
        assert done.returncode == 2 and "refuses ldap_setter_dn" in done.stderr and "that ldap_setter_password_file is right" in done.stderr


# ---- the password policy

POLICIES = {
    "a reset password stays": ({"pwdMustChange": "FALSE"}, "does not make people change a password that was reset"),
    "short passwords": ({"pwdMinLength": "5"}, "takes passwords of fewer than 8 characters"),
    "no look at passwords": ({"pwdCheckQuality": "0"}, "does not look at new passwords at all"),
}


@pytest.mark.parametrize("mistake", POLICIES)
def test_a_weak_password_policy_is_found(web_server, mistake):
    attributes, sentence = POLICIES[mistake]
    dn = f"cn=default,ou=policies,{web_server.slapd.suffix}"
    before = web_server.admin.entry(dn, list(attributes))
    web_server.admin.replace(dn, **attributes)
    try:
        (line,) = findings(web_server)
        assert line.startswith(f"warning: {dn} ") and sentence in line
        # people may be a part of the database, policies another
        web_server.set(ldap_base=f"ou=people,{web_server.slapd.suffix}")
        assert findings(web_server) == [line]
    finally:
        web_server.admin.replace(dn, **before)


# ---- replication, as far as root over ldapi may see the server's configuration

ACCESSLOG = """
dn: olcDatabase={{2}}mdb,cn=config
objectClass: olcDatabaseConfig
objectClass: olcMdbConfig
olcDatabase: {{2}}mdb
olcSuffix: cn=accesslog
olcDbDirectory: {folder}
{size}
"""


@pytest.mark.parametrize("size, seen", [("", True), ("olcDbMaxSize: 1073741824", False)], ids=["default", "large"])
def test_a_small_accesslog_is_found(tmp_path, size, seen):
    folder = tmp_path / "accesslog"
    folder.mkdir()
    more = ACCESSLOG.format(folder=folder, size=size).replace("\n\n", "\n").rstrip() + "\n"
    with Slapd(tmp_path / "slapd", more=f"\n{more.lstrip()}") as slapd:
        found = [line for line in findings(office_of(slapd, tmp_path)) if "cn=accesslog" in line]
        assert len(found) == seen
        if seen:
            assert "has room for 10485760 bytes" in found[0] and "Set olcDbMaxSize: 1073741824" in found[0]


@pytest.mark.parametrize("mode, seen", [("", True), (" syncdata=accesslog logbase=cn=accesslog", False)], ids=["plain", "delta"])
def test_plain_replication_of_two_providers_is_found(tmp_path, mode, seen):
    with Slapd(tmp_path / "slapd", modules=("syncprov",)) as slapd:
        office = office_of(slapd, tmp_path)
        config = slapd.as_root()
        consumer = f"rid=001 provider=ldap://127.0.0.1:1 searchbase={slapd.suffix} type=refreshAndPersist retry=\"60 +\" bindmethod=simple{mode}"
        config.modify_s("cn=config", [(ldap.MOD_REPLACE, "olcServerID", b"1")])
        config.modify_s(
            "olcDatabase={1}mdb,cn=config",
            [(ldap.MOD_REPLACE, "olcSyncrepl", consumer.encode()), (ldap.MOD_REPLACE, "olcMultiProvider", b"TRUE")],
        )
        found = [line for line in findings(office) if "plain syncrepl" in line]
        assert len(found) == seen and all("Cure: Use delta-syncrepl" in line for line in found)
