# SPDX-License-Identifier: Apache-2.0
"""E-mail by a real mail server, and the bytes that a mail server sees."""

import email
import email.policy

import pytest
from stack.mail import read_mail

from .postoffice import PostOffice
from .sender import ADDRESS

LINES = """\
smtp_url = smtp://127.0.0.1:{mail.port}
smtp_user = {mail.user}
smtp_password_file = PASSWORD_FILE
smtp_ca_file = {authority.file}
mail_from = mycred@example.org
"""
STANDIN = "smtp_url = smtp://{name}\nsmtp_tls = plain\nmail_from = mycred@example.org\n"
PLAIN = {"EHLO": "250 standin"}
HEADERS = [
    "Auto-Submitted",
    "Content-Transfer-Encoding",
    "Content-Type",
    "Date",
    "From",
    "MIME-Version",
    "Message-ID",
    "Subject",
    "To",
]


def send_and_read(sender, mail_server, authority, **job):
    before = mail_server.arrived()
    result = sender(LINES.format(mail=mail_server, authority=authority), password=mail_server.password).mail(**job)
    assert (result.status, result.answered, result.tries) == (0, 250, "1"), result.line
    (new,) = set(mail_server.arrived()) - set(before)
    return read_mail(new)


def test_a_mail_arrives_as_it_was_written(sender, mail_server, authority):
    text = "123456 是您的验证码。\n.\n\n..完\n"
    mail = send_and_read(sender, mail_server, authority, text=text, subject="您的验证码是 123456")
    assert mail.recipients == [ADDRESS]
    assert mail.subject == "您的验证码是 123456"
    assert canonical(mail.text) == canonical(text)
    assert str(mail["From"]) == "Example <mycred@example.org>"
    assert str(mail["To"]) == ADDRESS
    assert mail["X-MailFrom"] == "mycred@example.org"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@example.org>")
    assert mail["MIME-Version"] == "1.0" and mail.get_content_type() == "text/plain"
    assert mail["Date"].datetime is not None


def test_a_mail_arrives_over_tls_from_the_first_byte(sender, mail_server, authority):
    lines = LINES.format(mail=mail_server, authority=authority).replace("smtp://", "smtps://")
    lines = lines.replace(str(mail_server.port), str(mail_server.tls_port)) + "smtp_tls = tls\n"
    assert sender(lines, password=mail_server.password).mail().status == 0


def test_a_wrong_password_is_told_apart(sender, mail_server, authority):
    """MC-SEC-163"""
    before = mail_server.arrived()
    result = sender(LINES.format(mail=mail_server, authority=authority)).mail()
    assert (result.status, result.outcome, result.cause, result.answered) == (1, "permanent", "credentials", 535)
    assert mail_server.arrived() == before


def test_check_signs_in_and_sends_nothing(sender, mail_server, authority):
    before = mail_server.arrived()
    lines = LINES.format(mail=mail_server, authority=authority)
    assert sender(lines, password=mail_server.password).run(b"", arguments=["--check", "email"]).status == 0
    assert sender(lines).run(b"", arguments=["--check", "email"]).cause == "credentials"
    assert mail_server.arrived() == before


# Texts and subjects that try to end the mail, begin another or add headers and receivers.
SMUGGLING = [
    ".",
    ".\n",
    "\n.\n",
    "\r\n.\r\n",
    "\r\n.\r\nMAIL FROM:<evil@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n",
    "\n.\r\nQUIT\r\n",
    "\r.\r",
    "\r\n.\n",
    "\n.\r",
    "..",
    "\nBcc: b@example.org\n\nbody",
    "\r\n\r\nContent-Type: text/html\r\n\r\n<b>",
    "--boundary--",
    "=?UTF-8?B?DQpCY2M6IGJAZXhhbXBsZS5vcmc=?=",
    "=0D=0ABcc: b@example.org",
    "\u2028.\u2028",
    "\u0085.\u0085",
    "Ａ\uff0e",
    "a" * 5000,
    ("." * 74 + "\r\n") * 40,
    "验" * 1500,
]


@pytest.mark.parametrize("text", SMUGGLING)
def test_no_text_leaves_its_mail(sender, text):
    """MC-SEC-125: the bytes on the wire are one mail of 7-bit lines, whatever the text."""
    with PostOffice(**PLAIN) as office:
        result = sender(STANDIN.format(name=office.name)).mail(text=text)
        assert result.status == 0, result.line
        (mail,) = office.mails
        (commands,) = office.sessions
    assert [line.split(" ")[0] for line in commands] == ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]
    assert commands[1].startswith("MAIL FROM:<mycred@example.org>")
    assert commands[2] == f"RCPT TO:<{ADDRESS}>"
    assert_clean(mail)
    message = email.message_from_bytes(mail.removesuffix(b".\r\n"), policy=email.policy.default)
    assert (message["Bcc"], message["To"]) == (None, ADDRESS)
    assert canonical(message.get_payload(decode=True).decode()) == canonical(text)


def canonical(text):
    """The last line of a mail always ends."""
    return text.replace("\r\n", "\n").removesuffix("\n")


def assert_clean(mail):
    assert mail.isascii()
    assert mail.count(b"\n") == mail.count(b"\r\n") == mail.count(b"\r")
    assert mail.count(b"\r\n.\r\n") == 1
    assert max(map(len, mail.split(b"\r\n"))) <= 78


@pytest.mark.parametrize(
    "subject",
    [
        "a",
        "=?UTF-8?B?DQpCY2M6IGJAZXhhbXBsZS5vcmc=?=",
        "x" * 900,
        "验证码" * 100,
        'a "quoted" <b@example.org>, c',
        "a: b: c",
        " lead",
        "\u2028x",
    ],
)
def test_no_subject_leaves_its_header(sender, subject):
    """MC-SEC-125"""
    with PostOffice(**PLAIN) as office:
        result = sender(STANDIN.format(name=office.name)).run(
            f"channel email\nto {ADDRESS}\nsubject {subject}\nmessage-id 1@example.org\nid 1\n\ntext"
        )
        assert result.status == 0, result.line
        (mail,) = office.mails
    assert_clean(mail)
    message = email.message_from_bytes(mail, policy=email.policy.default)
    assert str(message["Subject"]).strip() == subject.strip()
    assert sorted(message.keys()) == HEADERS


@pytest.mark.parametrize(
    "job",
    [
        "to alice@example.org\nto bob@example.org",
        "to alice@example.org,bob@example.org",
        "to alice@example.org\rbob",
        "to <alice@example.org>",
        "to alice@example.org> SIZE=1",
        "to @relay:alice@example.org",
        'to "alice bob"@example.org',
        "to alice@[127.0.0.1]",
        "to alice@exämple.org",
        "to alice@example.org\nbcc bob@example.org",
        "to alice@example.org\nsubject second",
    ],
)
def test_a_second_receiver_is_never_accepted(sender, job):
    """MC-SEC-125, MC-SEC-126"""
    with PostOffice(**PLAIN) as office:
        whole = f"channel email\n{job}\nsubject s\nmessage-id 1@example.org\nid 1\n\ntext"
        result = sender(STANDIN.format(name=office.name)).run(whole)
        assert (result.status, result.cause) == (2, "job")
        assert office.sessions == []


def test_a_repetition_has_the_same_message_id(sender):
    """F28"""
    with PostOffice(RCPT=["451 later", "250 ok"], **PLAIN) as office:
        result = sender(STANDIN.format(name=office.name)).mail()
        assert (result.status, result.tries, len(office.mails)) == (0, "2", 1)
        assert b"\r\nMessage-ID: <" in office.mails[0]
