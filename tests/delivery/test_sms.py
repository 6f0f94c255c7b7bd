# SPDX-License-Identifier: Apache-2.0
"""SMS by the real gateway, and what a gateway receives for whatever is put into a message."""

import json
import re
import time
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.etree import ElementTree

import pytest

from .gateway import Gateway, answer
from .sender import NUMBER

KANNEL = """\
sms_url = {kannel.url}
sms_header = Content-Type: text/plain; charset=UTF-8
sms_header = X-Kannel-Username: %{{user}}
sms_header = X-Kannel-Password: %{{password}}
sms_header = X-Kannel-From: mycred
sms_header = X-Kannel-To: %{{to}}
sms_header = X-Kannel-Coding: %{{coding}}
sms_body = %{{text}}
sms_user = {kannel.user}
sms_password_file = PASSWORD_FILE
"""


def arrives(kannel, line, seconds=5):
    deadline = time.monotonic() + seconds
    while line not in kannel.sms_log.read_text().splitlines():
        assert time.monotonic() < deadline, kannel.sms_log.read_text()
        time.sleep(0.01)


@pytest.mark.parametrize(
    "text", ["123456 is your code for Example.", "123456 是您的验证码，5 分钟内有效。", "Ünïcode € [123456] ~ ê"]
)
def test_an_sms_arrives_as_it_was_written(sender, kannel, text):
    result = sender(KANNEL.format(kannel=kannel), password=kannel.password).sms(text)
    assert (result.status, result.answered, result.tries) == (0, 202, "1")
    arrives(kannel, f"{NUMBER}\t{text}")


def test_the_gateway_refusing_the_password_is_told_apart(sender, kannel):
    """F18, MC-SEC-163: causes of the account and of the number are kept apart; no credential in the line."""
    result = sender(KANNEL.format(kannel=kannel)).sms()
    assert (result.status, result.cause, result.answered, result.tries) == (1, "credentials", 403, "1")
    assert result.gateway == urlsplit(kannel.url).netloc


def test_check_reaches_the_gateway_and_sends_nothing(sender, kannel):
    before = kannel.sms_log.read_text()
    result = sender(KANNEL.format(kannel=kannel), password=kannel.password).run(b"", arguments=["--check", "sms"])
    assert result.status == 0
    assert kannel.sms_log.read_text() == before


# What must stay a value: ends of strings, tags, headers and lines, other receivers, template and format tricks.
PAYLOADS = [
    "plain",
    "&to=%2B10000000000",
    "&to=+1&text=other",
    '","to":"+10000000000',
    '"}],"to":["+1',
    "\\",
    '\\"',
    "\\u0022",
    "</text><to>+1</to><text>",
    "]]>",
    "<!--",
    "&amp;",
    "&#10;",
    "<?php echo 1 ?>",
    "a\nX-Kannel-To: +10000000000",
    "a\r\nBcc: b@example.org",
    "a\r\n\r\nGET / HTTP/1.1\r\n",
    "%{to}%{password}",
    "%{",
    "%%{text}",
    "%s%n%x",
    "{{7*7}}",
    "${IFS}",
    "$(id)",
    "`id`",
    "; rm -rf /",
    "' OR 1=1 --",
    "100% + 1 = ?#/&;",
    "tab\there",
    "  spaces  ",
    "\u202egnp.exe",
    "\u0000".replace("\u0000", "\u2400"),
    "验证码 123456，请勿泄露",
    "emoji 🔐 end",
    "é" * 300,
    "x" * 3000,
]


def recorded(gateway, sender, lines, text):
    result = sender(f"sms_url = {gateway.url}/send{lines}").sms(text)
    assert result.status == 0, result.line
    (request,) = gateway.requests
    return request


@pytest.mark.parametrize("text", PAYLOADS)
def test_a_form_holds_the_text_and_nothing_else(sender, text):
    """MC-SEC-127"""
    with Gateway(answer(200)) as gateway:
        request = recorded(gateway, sender, "\nsms_body = to=%{to}&text=%{text}&n=%{to_digits}\n", text)
    assert request.header("content-type") == "application/x-www-form-urlencoded"
    wanted = [("to", NUMBER), ("text", text), ("n", NUMBER[1:])]
    assert parse_qsl(request.body.decode(), strict_parsing=True) == wanted


@pytest.mark.parametrize("text", PAYLOADS)
def test_json_holds_the_text_and_nothing_else(sender, text):
    """MC-SEC-127"""
    body = '{"to": ["%{to}"], "text": "%{text}", "ucs2": %{coding}}'
    with Gateway(answer(200)) as gateway:
        request = recorded(gateway, sender, f"\nsms_header = Content-Type: application/json\nsms_body = {body}\n", text)
    message = json.loads(request.body)
    assert message == {"to": [NUMBER], "text": text, "ucs2": message["ucs2"]}


@pytest.mark.parametrize("text", PAYLOADS)
def test_xml_holds_the_text_and_nothing_else(sender, text):
    """MC-SEC-127"""
    body = '<sms to="%{to}"><text>%{text}</text><note a="%{text}"/></sms>'
    with Gateway(answer(200)) as gateway:
        request = recorded(gateway, sender, f"\nsms_header = Content-Type: text/xml\nsms_body = {body}\n", text)
    sms = ElementTree.fromstring(request.body)
    assert [child.tag for child in sms] == ["text", "note"]
    assert (sms.get("to"), sms[0].text, sms[1].get("a")) == (NUMBER, text, text)


@pytest.mark.parametrize("text", PAYLOADS)
def test_an_address_holds_the_text_and_nothing_else(sender, text):
    """MC-SEC-127"""
    with Gateway(answer(200)) as gateway:
        request = recorded(gateway, sender, "/%{text}?to=%{to}&text=%{text}\nsms_http_method = GET\n", text)
    assert request.method == "GET" and request.body == b""
    split = urlsplit(request.target)
    assert unquote(split.path) == f"/send/{text}"
    assert parse_qsl(split.query, strict_parsing=True) == [("to", NUMBER), ("text", text)]


@pytest.mark.parametrize("text", [text for text in PAYLOADS if re.search(r"[\x00-\x1f]", text)])
def test_a_line_break_in_a_header_is_never_sent(sender, text):
    """MC-SEC-127, MC-SEC-131"""
    with Gateway(answer(200)) as gateway:
        result = sender(f"sms_url = {gateway.url}/%{{to}}\nsms_header = X-Text: %{{text}}\n").sms(text)
        assert (result.status, result.cause) == (2, "configuration")
        assert gateway.connections == 0


def test_no_header_is_sent_that_nobody_asked_for(sender):
    with Gateway(answer(200)) as gateway:
        request = recorded(gateway, sender, "\nsms_body = %{to}%{text}\nsms_header = X-One: 1\n", "the text")
    assert set(request.headers) == {"host", "accept", "x-one", "content-length", "content-type"}


def test_put_and_other_statuses_can_be_chosen(sender):
    lines = "\nsms_http_method = PUT\nsms_body = %{to}%{text}\nsms_accept_status = 409\n"
    with Gateway(answer(409)) as gateway:
        request = recorded(gateway, sender, lines, "the text")
    assert request.method == "PUT" and request.body


def test_the_answer_s_body_can_decide(sender):
    lines = "sms_url = {url}/\nsms_body = %{{to}}%{{text}}\nsms_accept_body = \"code\": ?0[,}}]\n"
    for body, status in ((b'{"code": 0}', 0), (b'{"code": 17, "why": "quota"}', 1), (b"", 1), (b"\0{\"code\": 0}", 1)):
        with Gateway(answer(200, body)) as gateway:
            result = sender(lines.format(url=gateway.url)).sms()
        assert result.status == status, result.line
        assert result.cause == ("answer" if status else "accepted")


NOT_E164 = (
    "13800138042",
    "+86 138",
    "+0613800138042",
    "+8613800138042,+10000000000",
    "+1;ext=2",
    "tel:+8613800138042",
)


def test_the_number_is_all_that_is_called(sender):
    """MC-SEC-37: what is not E.164 is refused before anything is sent."""
    with Gateway(answer(200)) as gateway:
        lines = f"sms_url = {gateway.url}/\nsms_body = to=%{{to}}&text=%{{text}}\n"
        for number in NOT_E164:
            result = sender(lines).run(f"channel sms\nto {number}\nid 1\n\ntext")
            assert (result.status, result.cause) == (2, "job")
        assert gateway.connections == 0
