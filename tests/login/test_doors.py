# SPDX-License-Identifier: Apache-2.0
"""The ways in: ssh's own methods, sudo, su, and a password that must change."""

from conftest import wrong
from stack.talk import Conversation, converse

def code_only(stack, options=""):
    """A service that asks for the second step alone, as after a public key."""
    return stack.login.service_file(first="", options=options)


def test_public_key_then_the_code(stack, ssh, password, carol_code):
    door = stack.start_sshd("keyhost", code_only(stack), "AuthenticationMethods publickey,keyboard-interactive")
    key, public = ssh.make_key("doors")
    door.authorize("carol", public)
    methods = "publickey,keyboard-interactive"
    assert not ssh.login("carol", "000000", port=door.port, methods=methods, key=key).ok
    session = ssh.login("carol", carol_code(), port=door.port, methods=methods, key=key)
    assert session.ok and len(session.prompts) == 1
    door.authorize("carol", None)
    assert not ssh.login("carol", carol_code(1), port=door.port, methods=methods, key=key).ok


def test_a_password_only_client_gets_in_only_where_no_code_is_asked(ssh_login, directory, person, password):
    """The password method answers every prompt with the password: not a wrong guess."""
    assert ssh_login("alice", password, methods="password").ok
    assert not ssh_login("carol", password, methods="password").ok
    assert "mycredTotpFailure" not in directory.entry(person("carol"))


def test_a_blind_client_is_not_counted_where_codes_are_hidden(stack, ssh, directory, person, syslog, password):
    door = stack.start_sshd("hiddencode", stack.login.service_file(options="nullok noecho"))
    assert not ssh.login("carol", password, port=door.port, methods="password").ok
    assert "mycredTotpFailure" not in directory.entry(person("carol"))


def test_a_user_sshd_refuses_is_sent_nothing(stack, ssh, sms, password):
    """sshd answers for such users with a filler: nothing is sent, nothing counts."""
    first = "auth required pam_unix.so nodelay"
    door = stack.start_sshd("denied", stack.login.service_file(first=first), "DenyUsers bob")
    session = ssh.login("bob", password, "123456", "123456", "123456", port=door.port)
    assert not session.ok and len(session.prompts) == 4
    assert sms.count_after(0.5) == 0


def test_an_unknown_user_sees_a_prompt_like_everybody(stack, ssh, syslog):
    """MC-SEC-57: and the name goes into no log line of ours."""
    door = stack.start_sshd("strangers", code_only(stack))
    first = ssh.login("nobodyhere", "123456", "123456", "123456", port=door.port)
    again = ssh.login("nobodyhere", "123456", port=door.port)
    assert not first.ok and len(first.prompts) == 3
    assert first.prompts[0] == again.prompts[0]
    assert "That code is not right. 2 tries left." in first.transcript


def test_everybody_must_verify_without_nullok(stack, ssh, password, carol_code):
    """MC-SEC-56: that nothing is asked takes an option, and is never the default."""
    door = stack.start_sshd("strict", stack.login.service_file(control="[success=ok default=die]", options=""))
    assert ssh.login("carol", password, carol_code(), port=door.port).ok
    session = ssh.login("alice", password, "123456", port=door.port)
    assert not session.ok and len(session.prompts) > 1


def test_sudo_asks_for_the_code_too(stack, machine, password, carol_code):
    code = carol_code()
    session = converse(Conversation(machine.talk(["sudo", "-k", "id", "-un"], user="carol")), password, code)
    assert session.ok and session.transcript.strip().endswith("root")
    refused = converse(Conversation(machine.talk(["sudo", "-k", "id", "-un"], user="carol")), password, code)
    assert not refused.ok


def test_sudo_shows_the_other_ways(stack, machine, mails, password):
    """sudo wants modules to be silent; the menu comes with the prompt then."""
    talk = Conversation(machine.talk(["sudo", "-k", "id", "-un"], user="bob"))
    session = converse(talk, password, "?", "2", lambda _: mails.code("bob"))
    assert session.ok and "2  e-mail to an address beginning with b\n" in session.transcript.replace("\r", "")


def test_su_verifies_the_target(stack, machine, password, carol_code):
    session = converse(Conversation(machine.talk(["su", "carol", "-c", "id -un"], user="alice")), password, carol_code())
    assert session.ok and session.transcript.strip().endswith("carol")
    refused = converse(
        Conversation(machine.talk(["su", "carol", "-c", "id"], user="alice")), password, wrong(carol_code(1))
    )
    assert not refused.ok


def test_one_module_is_the_whole_stack(stack, ssh, password, carol_code, sms):
    """first_factor: password by LDAP bind, then the code; nothing is sent after a wrong password."""
    control = "[success=done default=die]"
    door = stack.start_sshd("whole", stack.login.service_file(first="", control=control, options="first_factor"))
    assert ssh.login("alice", password, port=door.port).ok
    assert ssh.login("carol", password, carol_code(), port=door.port).ok
    session = ssh.login("bob", "wrong", port=door.port)
    assert not session.ok and len(session.prompts) == 1
    assert not ssh.login("erin", "anything", port=door.port).ok
    assert not ssh.login("nobodyhere", "anything", port=door.port).ok
    assert sms.count_after(0.5) == 0


def test_a_code_may_stand_at_the_end_of_the_password(stack, ssh, directory, person, password, carol_code):
    """forward_pass, for clients with one box; a wrong password charges no attempt."""
    control, options = "[success=done default=die]", "first_factor forward_pass"
    door = stack.start_sshd("onebox", stack.login.service_file(first="", control=control, options=options))
    code = carol_code()
    assert not ssh.login("carol", "wrong" + code, port=door.port, methods="password").ok
    assert "mycredTotpFailure" not in directory.entry(person("carol"))
    assert ssh.login("carol", password + code, port=door.port, methods="password").ok
    assert not ssh.login("carol", password + code, port=door.port, methods="password").ok


def test_a_password_that_must_change_is_changed_at_the_login(stack, ssh, directory, person, password, syslog):
    """MC-SEC-165: first_factor with the directory's own policy: current password, then the new one by its rules."""
    control = "[success=done default=die]"
    text = stack.login.service_file(first="", control=control, options="first_factor")
    door = stack.start_sshd("expired", text)
    directory.replace(person("alice"), pwdReset="TRUE")
    fresh = "a rather long new password 7"
    session = ssh.login("alice", password, password, "x", "x", fresh, fresh, port=door.port)
    assert session.ok, session.transcript
    assert "too short" in session.transcript
    assert "user=alice" in syslog.wait("event=password_refused") and "user=alice" in syslog.wait("event=password_changed")
    assert ssh.login("alice", fresh, port=door.port).ok
    assert not ssh.login("alice", password, port=door.port).ok
