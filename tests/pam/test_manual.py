# SPDX-License-Identifier: Apache-2.0
"""pam_mycred(8) says what the module does: its options, their phases and defaults, its return codes."""

import re
import subprocess

import pytest

from stack.server import ROOT


MANUAL = ROOT / "pam_mycred" / "pam_mycred.8"
OPTION = re.compile(r'^    \{"(\w+)",\s+MC_PAM_(\w+),\s+([A-Z| ]+),', re.MULTILINE)
PHASES = {"AUTH": "auth", "PASSWORD": "password"}


def table():
    """{name: (kind, phases)} of options.c."""
    found = {}
    for name, kind, phases in OPTION.findall((ROOT / "pam_mycred" / "options.c").read_text()):
        words = [PHASES[phase] for phase in phases.split(" | ")] if phases != "ALL" else ["auth", "account", "password"]
        found[name] = kind, words
    return found


def section(name):
    return re.search(rf"^\.Sh {name}$(.*?)^\.Sh ", MANUAL.read_text(), re.MULTILINE | re.DOTALL)[1]


def documented():
    """{name: (takes a value, phases)} of the manual."""
    items = re.findall(r"^\.It Cm (\w+)( Ns = .*?)? Pq (.*)$", section("OPTIONS"), re.MULTILINE)
    assert len(items) == section("OPTIONS").count("\n.It ")
    return {name: (bool(value), phases.split(", ")) for name, value, phases in items}


def test_manual_is_clean():
    done = subprocess.run(["mandoc", "-T", "lint", MANUAL], capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if "referenced manual not found" not in line]  # not installed here
    assert lines == []


def test_exactly_the_options_of_the_table_are_documented():
    expected = {name: (kind != "FLAG", phases) for name, (kind, phases) in table().items()}
    assert len(expected) == 19
    assert documented() == expected
    assert list(documented()) == sorted(documented())


@pytest.mark.parametrize("name, member", [("socket", "socket"), ("conf", "conf"), ("helper", "helper"), ("retry", "retry")])
def test_defaults_are_documented(name, member):
    source = (ROOT / "pam_mycred" / "options.c").read_text()
    preset = re.search(rf"^    \.{member} = (.*),$", source, re.MULTILINE)[1]
    value = preset.replace('MC_SYSCONFDIR "', "/etc").replace('MC_LIBEXECDIR "', "/usr/libexec/mycred").strip('"')
    item = re.search(rf"^\.It Cm {name} .*?(?=^\.It |^\.El)", section("OPTIONS"), re.MULTILINE | re.DOTALL)[0]
    assert f"The default is\n.Pa {value} ." in item or f"The default is {value}." in item


def test_exactly_the_codes_the_module_returns_are_documented():
    sources = "".join(path.read_text() for path in (ROOT / "pam_mycred").glob("*.c"))
    codes = set(re.findall(r"\bPAM_[A-Z_]+\b", sources))
    header = subprocess.run(["cc", "-dM", "-E", "-include", "security/pam_modules.h", "-"], input="", capture_output=True, text=True)
    numbers = dict(re.findall(r"#define (PAM_\w+) (\d+)\b", header.stdout))
    returned = {code for code in codes if code in numbers and re.search(rf"(return|[?:,=(])\s*{code}\b", sources)}
    items = {"PAM_TTY", "PAM_RUSER", "PAM_RHOST", "PAM_SERVICE", "PAM_USER", "PAM_CONV", "PAM_AUTHTOK", "PAM_OLDAUTHTOK"}
    styles = {"PAM_PROMPT_ECHO_OFF", "PAM_PROMPT_ECHO_ON", "PAM_ERROR_MSG", "PAM_TEXT_INFO"}
    assert set(re.findall(r"^\.It Dv (\w+)$", section("RETURN CODES"), re.MULTILINE)) == returned - items - styles


def test_examples_are_those_shipped():
    """Each auth line of the manual stands in a shipped stack."""
    shipped = "\n".join(path.read_text() for path in (ROOT / "pam_mycred" / "pam.d").iterdir())
    lines = {" ".join(line.split()) for line in shipped.splitlines()}
    examples = [" ".join(line.split()) for line in section("EXAMPLES").splitlines() if line.startswith("auth")]
    assert len(examples) == 8
    assert set(examples) <= lines
