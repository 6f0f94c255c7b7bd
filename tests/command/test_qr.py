# SPDX-License-Identifier: Apache-2.0
"""The QR code of mycred enrol, read back from the terminal by a decoder, and the URI in it."""

import re
import shutil
import subprocess
from urllib.parse import parse_qs, unquote, urlsplit

import pexpect
import pytest

COLOURS = re.compile(r"\x1b\[([\d;]*)m")
HALVES = {"█": "11", "▀": "10", "▄": "01", " ": "00"}  # 1: light, upper and lower half
LIGHT = {"107": "1", "40": "0"}


def terminal(office, login, *words, locale="C.UTF-8", columns=100):
    """What enrol shows on a terminal before it asks for a code."""
    environment = {"LANG": locale, "TERM": "xterm-256color"}
    command, *arguments = office.words("enrol", login, *office.identity, *words)
    child = pexpect.spawn(
        command, arguments, env=environment, encoding="utf-8", dimensions=(80, columns), timeout=20
    )
    child.expect_exact("Code that the device shows: ")
    child.sendintr()
    child.close()
    return child.before.replace("\r\n", "\n")


def half_block_rows(lines):
    for line in lines:
        text = COLOURS.sub("", line)
        yield "".join(HALVES[mark][0] for mark in text)
        yield "".join(HALVES[mark][1] for mark in text)


def space_rows(lines):
    for line in lines:
        yield "".join(LIGHT[colour] for colour, blank in re.findall(r"\x1b\[(\d+)m(  )", line))


def decode(rows, tmp_path):
    """The text that zbarimg reads in a picture of the modules."""
    side = 4
    picture = [[int(mark) * 255 for mark in row for _ in range(side)] for row in rows for _ in range(side)]
    header = f"P5 {len(picture[0])} {len(picture)} 255\n".encode()
    file = tmp_path / "code.pgm"
    file.write_bytes(header + b"".join(map(bytes, picture)))
    command = ["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", file]
    return subprocess.run(command, capture_output=True, text=True, timeout=30).stdout.rstrip("\n")


def picture_lines(output):
    return [line for line in output.splitlines() if line.startswith("\x1b[") and len(line) > 40]


def uri_in(output):
    return re.search(r"^URI: +(\S+)$", output, re.M)[1]


needs_decoder = pytest.mark.skipif(not shutil.which("zbarimg"), reason="zbarimg is not installed")


@needs_decoder
def test_half_blocks_hold_the_uri(office, tmp_path):
    output = terminal(office, "carol")
    lines = picture_lines(output)
    assert all(line.startswith("\x1b[40;97m") and line.endswith("\x1b[0m") for line in lines)
    assert decode(list(half_block_rows(lines)), tmp_path) == uri_in(output)


@needs_decoder
def test_without_utf8_spaces_hold_the_uri(office, tmp_path):
    output = terminal(office, "carol", locale="C", columns=140)
    lines = picture_lines(output)
    assert not re.search(r"[^\x00-\x7f]", output)
    assert decode(list(space_rows(lines)), tmp_path) == uri_in(output)


def test_a_narrow_terminal_gets_no_torn_code(office):
    output = terminal(office, "carol", columns=40)
    assert "The QR code is wider than this terminal" in output and "█" not in output
    assert uri_in(output)


def test_what_is_no_terminal_gets_no_picture(office):
    done = office.run("enrol", "carol", *office.identity, input="")
    assert "\x1b" not in done.stdout and uri_in(done.stdout)


HOSTILE = [
    "Example & Sons?secret=AAAA#frag",
    "a:b%3Ac",
    "工商银行 ☂",
    "<script>\"'`",
    "100% +plus",
    "x" * 64,
]


@needs_decoder
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_names(office, tmp_path, name):
    """MC-SEC-52: nothing in issuer or account becomes a parameter, a path or a second account."""
    login = f"eve {name[:20]}"
    office.set(service_name=name)
    office.admin.modify_s(office.dn("frank"), [(0, "uid", [login.encode()])])
    output = terminal(office, login, columns=200)
    uri = decode(list(half_block_rows(picture_lines(output))), tmp_path)
    assert uri == uri_in(output)
    parts = urlsplit(uri)
    query = parse_qs(parts.query, strict_parsing=True)
    expected = name.replace(":", "-")
    assert (parts.scheme, parts.netloc, parts.fragment) == ("otpauth", "totp", "")
    assert unquote(parts.path) == f"/{expected}:{login.replace(':', '-')}"
    assert set(query) == {"secret", "issuer"} and query["issuer"] == [expected]
    assert re.fullmatch(r"[A-Z2-7]{32}", *query["secret"])


def test_unusual_parameters_are_in_the_uri(office):
    output = terminal(office, "carol", "--algorithm", "sha256", "--digits", "8", "--period", "60")
    query = parse_qs(urlsplit(uri_in(output)).query)
    assert [query[name] for name in ("algorithm", "digits", "period")] == [["SHA256"], ["8"], ["60"]]
