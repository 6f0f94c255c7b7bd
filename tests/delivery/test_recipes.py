# SPDX-License-Identifier: Apache-2.0
"""What mycred.conf(5) tells people to write, tried as it stands there: only addresses and files are changed."""

import json
import re
import subprocess
import time
from base64 import b64encode
from urllib.parse import parse_qsl

from stack.server import ROOT

from .gateway import Gateway, answer
from .sender import NUMBER

MANUAL = ROOT / "common" / "mycred.conf.5"
EXAMPLE = ROOT / "common" / "mycred.conf.example"
TEXT = 'Your "code" is 123456 & valid for 5 minutes: 验证码'


def literal(heading):
    """The literal block below a heading of the manual."""
    return re.search(rf"^\.S[sh] {heading}\n.*?^\.Bd -literal.*?\n(.*?)^\.Ed$", MANUAL.read_text(), re.M | re.S)[1]


def recipe(heading, url):
    """The block, with the gateway at another place and the password in a file of the test's."""
    lines = literal(heading)
    lines, urls = re.subn(r"^(sms_url = )https?://[^/]+", rf"\g<1>{url}", lines, flags=re.M)
    lines, files = re.subn(r"^(sms_password_file = ).*$", r"\g<1>PASSWORD_FILE", lines, flags=re.M)
    assert (urls, files) == (1, 1)
    return lines


def test_the_recipe_for_kannel_delivers(sender, kannel):
    url = kannel.url.removesuffix("/cgi-bin/sendsms")
    assert sender(recipe("Kannel", url), password=kannel.password).sms(TEXT).status == 0
    deadline = time.monotonic() + 5
    while f"{NUMBER}\t{TEXT}\n" not in kannel.sms_log.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_recipe_for_json_delivers(sender):
    with Gateway(answer(200, b'{"id": 7, "status": "queued"}')) as gateway:
        one = sender(recipe("A gateway that takes JSON", gateway.url))
        assert one.sms(TEXT).status == 0
        (request,) = gateway.requests
    assert request.target == "/v1/messages"
    assert request.header("authorization") == f"Bearer {one.password}"
    assert request.header("content-type") == "application/json"
    assert request.header("idempotency-key")
    assert json.loads(request.body) == {"to": [NUMBER], "from": "Example", "text": TEXT}


def test_the_recipe_for_json_reads_the_answer(sender):
    with Gateway(answer(200, b'{"status": "rejected"}')) as gateway:
        assert sender(recipe("A gateway that takes JSON", gateway.url)).sms(TEXT).cause == "answer"


def test_the_recipe_for_a_form_delivers(sender):
    with Gateway(answer(201)) as gateway:
        one = sender(recipe("A gateway that takes a form", gateway.url))
        assert one.sms(TEXT).status == 0
        (request,) = gateway.requests
    assert request.header("authorization") == f"Basic {b64encode(f'account:{one.password}'.encode()).decode()}"
    assert parse_qsl(request.body.decode()) == [("To", NUMBER), ("From", "Example"), ("Body", TEXT)]
    with Gateway(answer(200)) as gateway:
        assert sender(recipe("A gateway that takes a form", gateway.url)).sms(TEXT).cause == "answer"


def refuses_only_the_channel(sender, lines):
    """A whole configuration parses when all that is wrong is that SMS are not set up in it."""
    one = sender("")
    one.conf.write_text(lines)
    assert one.sms().reason == "sms_url is not set"


def test_the_manual_s_example_is_a_configuration(sender):
    refuses_only_the_channel(sender, literal("EXAMPLES"))


def test_the_example_file_is_a_configuration(sender):
    refuses_only_the_channel(sender, EXAMPLE.read_text())


def test_the_example_file_s_commented_lines_work(sender):
    with Gateway(answer(200)) as gateway:
        lines = re.sub(r"^#(sms_)", r"\1", EXAMPLE.read_text(), flags=re.M)
        one = sender("")
        one.conf.write_text(lines.replace("https://sms.example.org", gateway.url))
        assert one.sms(TEXT).status == 0
        assert json.loads(gateway.requests[0].body) == {"to": NUMBER, "text": TEXT}


def test_the_manual_is_clean():
    lint = subprocess.run(["mandoc", "-T", "lint", "-W", "style", MANUAL], capture_output=True, text=True)
    # the other manuals are not installed where tests run
    complaints = [line for line in lint.stdout.splitlines() if "referenced manual not found" not in line]
    assert complaints == []


def test_the_manual_names_every_placeholder():
    header = (ROOT / "common" / "sms_template.h").read_text()
    words = re.findall(r'^\s+X\([A-Z_]+, "(\w+)"', header, re.M)
    assert words
    listed = re.findall(r"^\.It Li %\{(\w+)\}", MANUAL.read_text(), re.M)
    assert listed == words
