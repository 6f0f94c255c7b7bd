# SPDX-License-Identifier: Apache-2.0
"""Every manual is clean, and fits a terminal."""

import re
import shutil
import subprocess

import pytest

from guard import tree

MANUALS = sorted(path for path in tree.ROOT.glob("*_mycred/*.[1-8]")) + sorted((tree.ROOT / "common").rglob("*.[1-8]"))

pytestmark = pytest.mark.skipif(not shutil.which("mandoc"), reason="mandoc is not installed")


def mandoc(*words):
    return subprocess.run(["mandoc", *words], capture_output=True, text=True, timeout=30).stdout.splitlines()


def test_all_are_found():
    assert {path.name for path in MANUALS} >= {"mycred.1", "mycred.conf.5", "mycred-events.7", "mod_mycred.8", "pam_mycred.8"}


@pytest.mark.parametrize("manual", MANUALS, ids=lambda path: path.name)
def test_a_manual_is_clean(manual):
    assert [line for line in mandoc("-T", "lint", "-W", "style", manual) if "referenced manual not found" not in line] == []


@pytest.mark.parametrize("manual", MANUALS, ids=lambda path: path.name)
def test_a_manual_fits_a_terminal(manual):
    shown = [re.sub(".\b", "", line) for line in mandoc("-T", "utf8", manual)]  # bold is a letter typed twice
    assert shown and [line for line in manual.read_text().splitlines() + shown if len(line) > 80] == []
