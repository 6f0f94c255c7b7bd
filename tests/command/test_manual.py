# SPDX-License-Identifier: Apache-2.0
"""mycred(1) says what the command's own tables say."""

import re
import shutil
import subprocess

import pytest
from stack.server import ROOT

from .office import COMMAND

MANUAL = ROOT / "common" / "command" / "mycred.1"


def shown(*words):
    return subprocess.run([COMMAND, *words], capture_output=True, text=True, timeout=10).stdout


def commands():
    return [line.split()[0] for line in shown("help").splitlines() if line.startswith("  ")]


def options(command):
    """{long name: (letter, what its value is)}"""
    found = re.findall(r"^  (?:-(\w), |    )--([\w-]+)(?: ([A-Z]+))?", shown("help", command), re.M)
    return {name: (letter, value) for letter, name, value in found}


def synopses():
    """{command: its macro lines in the SYNOPSIS}"""
    section = re.search(r"^\.Sh SYNOPSIS\n(.*?)^\.Sh", MANUAL.read_text(), re.M | re.S)[1]
    parts = re.split(r"^\.Nm\n\.Cm (\w+)\n", section, flags=re.M)[1:]
    return dict(zip(parts[::2], parts[1::2]))


def documented(macro):
    return re.findall(rf"^\.It {macro} (.*)$", MANUAL.read_text(), re.M)


def test_every_command_is_documented_once():
    assert documented("Cm") == commands() == list(synopses())


def test_every_option_is_documented_with_its_value_and_no_other():
    known = {name: one for command in commands() for name, one in options(command).items()}
    expected = {
        (f"{letter} , Fl Fl " if letter else "Fl ") + name + (f" Ar {value}" if value else "")
        for name, (letter, value) in known.items()
    }
    found = documented("Fl")
    assert set(found) == expected and len(found) == len(expected)


@pytest.mark.parametrize("command", commands())
def test_synopsis_names_the_commands_options_and_no_other(command):
    by_letter = {letter: name for name, (letter, _) in options(command).items() if letter}
    words = synopses()[command]
    named = set(re.findall(r"Fl Fl (\S+)", words))
    named |= {by_letter[letter] for letter in re.findall(r"Fl (\w)\b", words) if letter in by_letter}
    assert named == set(options(command))


@pytest.mark.skipif(not shutil.which("mandoc"), reason="mandoc is not installed")
def test_manual_is_clean():
    done = subprocess.run(["mandoc", "-T", "lint", MANUAL], capture_output=True, text=True, timeout=30)
    # which other pages are installed depends on the machine
    complaints = [line for line in done.stdout.splitlines() if "referenced manual not found" not in line]
    assert complaints == []
