# SPDX-License-Identifier: Apache-2.0
"""The stack gives tests what it promises."""

import hashlib
import smtplib
import ssl
import subprocess
import time
from pathlib import Path

import ldap
import pytest

from stack.login import SENDER
from stack.machine import pam_ldap
from stack.otp import totp
from stack.people import PEOPLE, add_person, hashed
from stack.talk import Conversation, converse
from stack.watch import code_in

PLAIN = """\
auth     required pam_unix.so nodelay
account  required pam_unix.so
session  required pam_mkhomedir.so umask=0077
"""


@pytest.fixture(scope="module")
def plain(stack, machine):
    """An sshd whose PAM service asks for the password alone."""
    return stack.start_sshd("plain", PLAIN)


def test_a_person_of_the_directory_is_a_login(ssh_login, stack, plain):
    session = ssh_login("alice", stack.password, port=plain.port)
    assert session.ok and "signed in as alice" in session.transcript


def test_a_wrong_password_is_refused(ssh_login, plain):
    session = ssh_login("alice", "wrong", port=plain.port)
    assert not session.ok and len(session.prompts) == 1


def test_the_password_method_of_ssh_reaches_pam(ssh_login, stack, plain):
    assert ssh_login("alice", stack.password, port=plain.port, methods="password").ok


def test_a_public_key_is_accepted(ssh, stack, plain):
    key, public = ssh.make_key("stack_test")
    plain.authorize("bob", public)
    assert ssh.login("bob", port=plain.port, methods="publickey", key=key).ok
    plain.authorize("bob", None)
    assert not ssh.login("bob", port=plain.port, methods="publickey", key=key).ok


def test_an_sshd_asks_the_pam_service_of_its_name(ssh_login, stack, machine, syslog):
    two = stack.start_sshd("second", "auth optional pam_warn.so\n" + PLAIN)
    assert ssh_login("alice", stack.password, port=two.port).ok
    assert syslog.wait(r"pam_warn\(second:auth\)")


def test_people_without_a_login_password_are_refused(ssh_login, stack, plain):
    for login in ("erin", "frank"):
        assert not ssh_login(login, stack.password, port=plain.port).ok


def test_sudo_and_su_are_the_real_ones(stack, machine):
    for service in ("sudo", "su"):
        machine.write_service(service, PLAIN)
    sudo = converse(Conversation(machine.talk(["sudo", "-k", "id", "-un"], user="alice")), stack.password)
    assert sudo.ok and sudo.transcript.strip().endswith("root")
    su = converse(Conversation(machine.talk(["su", "bob", "-c", "id -un"], user="alice")), stack.password)
    assert su.ok and su.transcript.strip().endswith("bob")
    assert not converse(Conversation(machine.talk(["su", "bob", "-c", "id"], user="alice")), "wrong").ok


def test_pamtester_runs_inside(stack, machine):
    machine.write_service("tried", PLAIN)
    for password, good in ((stack.password, True), ("wrong", False)):
        session = converse(Conversation(machine.talk(["pamtester", "tried", "carol", "authenticate"])), password)
        assert session.ok == good


def test_pam_ldap_is_at_hand_without_being_installed(stack, machine):
    module = pam_ldap()
    machine.write_service("bound", f"auth required {module}\naccount required {module}\n")
    for password, good in ((stack.password, True), ("wrong", False)):
        session = converse(Conversation(machine.talk(["pamtester", "bound", "carol", "authenticate"])), password)
        assert session.ok == good


def test_a_new_person_is_a_login_at_once(directory, machine, stack, ssh_login, plain):
    add_person(directory, stack.slapd.suffix, "henry", 10500, userPassword=hashed("henry's own"))
    assert ssh_login("henry", "henry's own", port=plain.port).ok


def test_what_a_test_changes_is_undone(stack, directory):
    alice, bob = stack.people.dn("alice"), stack.people.dn("bob")
    before = _sorted(directory.entry(alice)), _sorted(directory.entry(bob, ["*", "entryUUID"]))
    directory.replace(alice, mobile=None, mail=["a@example.org", "b@example.org"], userPassword=hashed("other"))
    assert directory.entry(alice, ["pwdReset"]) == {"pwdReset": ["TRUE"]}
    directory.delete_s(bob)
    add_person(directory, stack.slapd.suffix, "henry", 10500)
    stack.snapshot.restore()
    assert (_sorted(directory.entry(alice)), _sorted(directory.entry(bob, ["*", "entryUUID"]))) == before
    assert directory.entry(alice, ["pwdReset"]) == {}
    assert directory.entry(stack.people.dn("henry")) is None


def _sorted(entry):
    return {name: sorted(several) for name, several in entry.items()}


def test_the_state_of_the_password_policy_is_undone(stack, directory):
    bob = stack.people.dn("bob")
    with pytest.raises(ldap.INVALID_CREDENTIALS):
        stack.slapd.as_person(bob, "wrong")
    assert directory.entry(bob, ["pwdFailureTime"])
    stack.snapshot.restore()
    assert directory.entry(bob, ["pwdFailureTime", "pwdReset"]) == {}
    assert stack.slapd.as_person(bob, stack.password)


def test_a_password_set_for_a_test_needs_no_change(stack, directory):
    stack.people.set_password(directory, "bob", "amber-bridge-77")
    assert directory.entry(stack.people.dn("bob"), ["pwdReset"]) == {}
    assert stack.slapd.as_person(stack.people.dn("bob"), "amber-bridge-77")


@pytest.mark.parametrize("coding", [0, 2])
def test_an_sms_arrives_as_one_line(stack, sms, coding):
    number = PEOPLE["bob"][1]["mobile"]
    stack.kannel.send(number, "Your code is 492017.\n\n@example.org #492017" + " and more" * 40, coding)
    assert sms.wait("bob") == "Your code is 492017. @example.org #492017" + " and more" * 40
    stack.kannel.send(number, "code 112233", coding)
    assert sms.code("bob") == "112233"
    assert sms.all() == []


def test_an_sms_in_chinese_arrives(stack, sms):
    stack.kannel.send("+8613800138042", "您的验证码是 492017，5 分钟内有效。")
    assert sms.wait("+8613800138042") == "您的验证码是 492017，5 分钟内有效。"


@pytest.mark.parametrize("tls", ["none", "starttls", "implicit"])
def test_a_mail_arrives(stack, mails, tls):
    context = ssl.create_default_context(cafile=stack.authority.file)
    if tls == "implicit":
        client = smtplib.SMTP_SSL("127.0.0.1", stack.mail.tls_port, context=context)
    else:
        client = smtplib.SMTP("127.0.0.1", stack.mail.port)
    with client:
        if tls == "starttls":
            client.starttls(context=context)
        if tls != "none":
            client.login(stack.mail.user, stack.mail.password)
        client.sendmail("login@example.org", "dave@example.org", "Subject: code\n\nIt is 492017.\n")
    mail = mails.wait("dave")
    assert mail.subject == "code" and mail.recipients == ["dave@example.org"]
    assert "492017" in mail.text


def test_the_directory_offers_starttls_and_ldaps(stack):
    for uri, starttls in ((stack.slapd.uri, True), (stack.slapd.ldaps_uri, False)):
        connection = ldap.initialize(uri)
        connection.set_option(ldap.OPT_X_TLS_CACERTFILE, str(stack.authority.file))
        connection.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_DEMAND)
        connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
        if starttls:
            connection.start_tls_s()
        assert connection.simple_bind_s(stack.people.dn("alice"), stack.password)


def test_codes_follow_rfc_6238():
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    known = {59: "94287082", 1111111109: "07081804", 20000000000: "65353130"}
    assert {at: totp(secret, at=at, digits=8) for at in known} == known


def test_the_real_machine_stays_as_it_is(stack, machine, ssh_login, plain):
    before = _etc()
    machine.write_service("harmless", PLAIN)
    assert machine.run(["sh", "-c", "echo x >/etc/motd; useradd somebody"]).returncode == 0
    assert ssh_login("alice", stack.password, port=plain.port).ok
    assert machine.run(["touch", "/usr/local/x", "/root/x"]).returncode != 0
    assert _etc() == before and not Path("/home/alice").exists() and not Path("/root/x").exists()


def _etc():
    files = [file for file in Path("/etc").rglob("*") if file.is_file()]
    return {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def deliver(stack, job):
    sender = subprocess.run(
        [SENDER, "--conf", stack.login.conf], input=job, capture_output=True, text=True, timeout=20
    )
    assert sender.returncode == 0, sender.stdout + sender.stderr


@pytest.mark.parametrize("text", ["Your code is 492017.\nIt is valid for 5 minutes.", "您的验证码是 492017。"])
def test_the_configuration_delivers_an_sms(stack, sms, text):
    number = PEOPLE["bob"][1]["mobile"]
    deliver(stack, f"channel sms\nto {number}\nid 0123456789abcdef\n\n{text}")
    assert sms.wait("bob") == text.replace("\n", " ")


def test_the_configuration_delivers_an_email(stack, mails):
    head = "channel email\nto dave@example.org\nsubject 您的验证码\nmessage-id 0123456789abcdef@example.org\n"
    deliver(stack, f"{head}id 0123456789abcdef\n\nYour code is 492017.\n")
    mail = mails.wait("dave")
    assert mail.subject == "您的验证码" and code_in(mail.text) == "492017"


def test_people_can_log_in_as_soon_as_the_directory_is_back(stack, ssh_login, plain):
    stack.restart_directory()
    started = time.monotonic()
    assert ssh_login("alice", stack.password, port=plain.port).ok
    assert time.monotonic() - started < 3
