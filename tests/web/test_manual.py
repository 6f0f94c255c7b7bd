# SPDX-License-Identifier: Apache-2.0
"""mod_mycred(8) says what the module does: directives, handlers, what other locations can use, figures."""

import re
import subprocess

from stack.server import ROOT

from .test_health import FIGURES

FOLDER = ROOT / "mod_mycred"
MANUAL = FOLDER / "mod_mycred.8"


def source(name="mod_mycred.c"):
    return (FOLDER / name).read_text()


def section(name):
    return re.search(rf"^\.Sh {name}$(.*?)^\.Sh ", MANUAL.read_text(), re.MULTILINE | re.DOTALL)[1]


def items(name):
    return re.findall(r"^\.It (?:Cm|Ic) (.*)$", section(name), re.MULTILINE)


def test_manual_is_clean():
    done = subprocess.run(["mandoc", "-T", "lint", MANUAL], capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if "referenced manual not found" not in line]  # not installed here
    assert lines == []


def test_exactly_the_directives_there_are_are_documented():
    directives = re.findall(r'^    AP_INIT_\w+\("(\w+)"', source(), re.MULTILINE)
    assert directives and [item.split()[0] for item in items("DIRECTIVES")] == directives


def test_exactly_the_handlers_there_are_are_documented():
    handlers = re.findall(r'strcmp\(r->handler, "([\w-]+)"\)', source())
    assert sorted(items("HANDLERS")) == sorted(handlers)


def test_what_other_locations_can_use_is_documented():
    providers = re.findall(r'(AUTH[NZ])_PROVIDER_GROUP, "([\w-]+)"', source())
    words = {"AUTHN": "AuthBasicProvider", "AUTHZ": "Require"}
    expected = {f"{words[kind]} {name}" for kind, name in providers} | {"AuthType mycred", "Require valid-user"}
    assert set(items("OTHER LOCATIONS")) == expected


def test_headers_that_are_removed_are_documented():
    table = re.search(r"trusted_headers\[\] = \{(.*?)\};", source("access.c"), re.DOTALL)[1]
    headers = re.findall(r'"([\w-]+)"', table)
    text = section("OTHER LOCATIONS")
    assert headers and all(f".Ql {header}" in text for header in headers)


def test_every_figure_is_documented():
    names = [name for item in items("HEALTH") for name in item.split(" , ")]
    assert names == ["status", "directory", "directory_server", "login_key", "site_key", *FIGURES]


def test_what_debian_enables_is_what_the_manual_shows():
    """The example of the manual is part of the package's configuration."""
    shipped = (FOLDER / "apache2" / "mycred.conf").read_text()
    example = section("SYNOPSIS")
    lines = re.findall(r"^(?:Mycred\w+ .*|<Location .*|    SetHandler .*)$", example, re.MULTILINE)
    assert len(lines) >= 3
    for line in lines:
        assert line in shipped
