# SPDX-License-Identifier: Apache-2.0
"""What codes do at a login by the real ssh client: right, wrong, old, used, asked for again, by another way."""

from conftest import wrong


def test_a_wrong_code_is_out_and_says_how_many_tries_are_left(ssh_login, password, carol_code):
    """MC-SEC-30: three prompts, whatever is typed."""
    bad = wrong(carol_code())
    session = ssh_login("carol", password, bad, bad, bad)
    assert not session.ok and len(session.prompts) == 4
    assert "2 tries left" in session.transcript and "1 try left" in session.transcript


def test_a_right_code_after_a_wrong_one_is_in(ssh_login, password, carol_code):
    code = carol_code()
    assert ssh_login("carol", password, wrong(code), code).ok


def test_a_code_used_twice_is_out(ssh_login, password, carol_code):
    """MC-SEC-14"""
    code = carol_code()
    assert ssh_login("carol", password, code).ok
    session = ssh_login("carol", password, code)
    assert not session.ok and "not right" in session.transcript


def test_the_step_before_is_good_and_two_before_is_not(ssh_login, password, carol_code):
    """MC-SEC-47"""
    assert not ssh_login("carol", password, carol_code(-2)).ok
    assert ssh_login("carol", password, carol_code(-1)).ok


def test_a_second_host_cannot_use_the_same_code(stack, ssh, password, carol_code):
    """MC-SEC-13: both have passed the password and stand at the prompt; the code counts once."""
    other = stack.start_sshd("otherhost", stack.login.service_file())
    first, second = ssh.open("carol"), ssh.open("carol", port=other.port)
    for session in (first, second):
        session.prompt()
        session.answer(password)
    for session in (first, second):
        session.prompt()
    code = carol_code()
    for session in (first, second):
        session.answer(code)
    assert sorted(session.finish().ok for session in (first, second)) == [False, True]


def test_a_code_typed_with_spaces_and_hyphens_is_the_code(ssh_login, password, carol_code):
    code = carol_code()
    assert ssh_login("carol", password, f" {code[:3]}-{code[3:]} ").ok


def test_a_leading_zero_is_a_digit(ssh_login, password, carol_code):
    """MC-SEC-08"""
    code = carol_code()
    session = ssh_login("carol", password, str(int(code)) + "0", "٠١٢٣٤٥", "+" + code)
    assert not session.ok and session.transcript.count("not right") == 3


def test_an_empty_answer_asks_again_and_never_skips(ssh_login, password):
    session = ssh_login("carol", password, "", "", "")
    assert not session.ok and len(session.prompts) == 4


def test_a_pending_code_is_not_sent_twice(ssh, ssh_login, sms, password):
    """F42: whoever hangs up at the prompt signs in with the same code afterwards."""
    session = ssh.open("bob")
    session.prompt()
    session.answer(password)
    session.prompt()
    session.hang_up()
    code = sms.code("bob")
    again = ssh_login("bob", password, code)
    assert again.ok and "already sent" in again.transcript
    assert sms.all() == []


def test_asking_again_at_once_says_when(ssh_login, sms, password):
    session = ssh_login("bob", password, "resend", lambda _: sms.code("bob"))
    assert session.ok and "Please wait" in session.transcript
    assert sms.all() == []


def test_a_code_asked_for_again_replaces_the_one_before(stack, ssh_login, directory, person, sms, password):
    """MC-SEC-06: the first code is dead, the second counts."""
    codes = []

    def resend(_):
        codes.append(sms.code("bob"))
        directory.replace(person("bob"), mycredSendTime=None)  # as if a minute had passed
        return "Resend"

    def both(_):
        codes.append(sms.code("bob"))
        return codes[0]

    session = ssh_login("bob", password, resend, both, lambda _: codes[1])
    assert session.ok and "not right" in session.transcript


def test_the_quota_ends_sending_and_says_so(ssh_login, sms, password):
    """MC-SEC-34: a new code only a minute after the last."""
    assert ssh_login("bob", password, lambda _: sms.code("bob")).ok
    session = ssh_login("bob", password, "000000")
    assert not session.ok and "A new code can be sent in" in session.transcript
    assert sms.all() == []


def test_a_question_mark_offers_the_other_ways(ssh_login, sms, mails, password):
    session = ssh_login("bob", password, "?", "2", lambda _: mails.code("bob"))
    assert session.ok, session.transcript
    assert "1  SMS to a number ending in 42" in session.transcript
    assert "2  e-mail to an address beginning with b" in session.transcript


def test_a_way_chosen_at_the_last_prompt_sends_nothing(ssh_login, mails, password):
    """Nobody could type that code."""
    session = ssh_login("bob", password, "000000", "?", "2")
    assert not session.ok and "last answer of this login" in session.transcript
    assert mails.count_after(0.5) == 0


def test_a_choice_may_be_a_word_in_any_case(ssh_login, mails, password):
    assert ssh_login("carol", password, "?", "Email", lambda _: mails.code("carol")).ok


def test_a_recovery_code_is_known_by_its_form_at_any_prompt(stack, ssh_login, password):
    """MC-SEC-15, MC-SEC-101"""
    one = stack.carol_recovery[3]
    session = ssh_login("carol", password, one.lower())
    assert session.ok and "You have 9 recovery codes left." in session.transcript
    assert not ssh_login("carol", password, one).ok
    assert ssh_login("carol", password, "?", stack.carol_recovery[4].replace("-", "")).ok


def test_after_too_many_wrong_codes_even_the_right_one_waits(ssh_login, directory, person, password, carol_code):
    """MC-SEC-22, MC-SEC-24, MC-SEC-27: five wrong ones over two logins, then a wait that is told."""
    bad = wrong(carol_code())
    ssh_login("carol", password, bad, bad, bad)
    ssh_login("carol", password, bad, bad)
    assert len(directory.entry(person("carol"))["mycredTotpFailure"]) == 5
    session = ssh_login("carol", password, carol_code())
    assert not session.ok and "Too many wrong codes. Try again in" in session.transcript
    directory.replace(person("carol"), mycredTotpFailure=None)
    assert ssh_login("carol", password, carol_code()).ok


def test_success_clears_its_own_failures_alone(ssh_login, directory, person, password, carol_code):
    """MC-SEC-26"""
    code = carol_code()
    directory.replace(person("carol"), mycredCodeFailure="20200101000000Z")
    assert ssh_login("carol", password, wrong(code), code).ok
    entry = directory.entry(person("carol"))
    assert "mycredTotpFailure" not in entry and len(entry["mycredCodeFailure"]) == 1


def test_messages_are_in_the_persons_language(ssh_login, directory, person, sms, password):
    directory.replace(person("bob"), preferredLanguage="zh-CN, en;q=0.5")
    session = ssh_login("bob", password, "重发", lambda _: sms.code("bob"))
    assert session.ok and "验证码已通过短信发送到尾号为 42 的手机" in session.transcript
