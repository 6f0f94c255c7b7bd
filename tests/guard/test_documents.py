# SPDX-License-Identifier: Apache-2.0
"""README, SECURITY.md and CHANGELOG.md: what they name is there."""

import re

import pytest
from guard import tree

DOCUMENTS = ["README.md", "SECURITY.md", "CHANGELOG.md"]


def text(name):
    return (tree.ROOT / name).read_text()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_paths_that_are_named_exist(name):
    """Words in backquotes with a slash are paths of the tree, of a system, or of the web server."""
    words = re.findall(r"`([\w.@/-]+/[\w.@/-]*)`", text(name))
    ours = [word for word in words if not word.startswith("/") and not word.startswith("build/")]
    assert [word for word in ours if not (tree.ROOT / word).exists()] == []
    links = re.findall(r"\]\(([^)#:]+)\)", text(name))
    assert [link for link in links if not (tree.ROOT / link).exists()] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_make_commands_that_are_named_exist(name):
    makefile = text("Makefile")
    for target in re.findall(r"(?:^ {4}|`)make ([a-z][\w-]*)", text(name), re.MULTILINE):
        assert re.search(rf"^(?:[\w-]+ )*{re.escape(target)}(?: [\w-]+)*:", makefile, re.MULTILINE), target


def test_security_policy():
    """MC-SEC-185 contact, answer, supported versions, advisories, what is inside, threat model, assurance."""
    policy = text("SECURITY.md")
    for words in ("privately", "14 days", "| version |", "dvisories", ".buildinfo", "## Threat model", "**What does not:**", "## How it is assured"):
        assert words in policy, words


def test_what_readme_tells_newcomers_to_run_is_run():
    """The two commands are those that the tests of the demo and of the whole use; the installation is tests/package's."""
    readme = text("README.md")
    assert re.findall(r"^    (\S.*)$", readme, re.MULTILINE) == ["make demo", "make test"]
    blocks = re.findall(r"^ *```(\w*)$", readme, re.MULTILINE)
    assert blocks and set(blocks[::2]) == {"sh"} and set(blocks[1::2]) == {""}
    assert "follow_readme" in text("tests/package/test_install.py")
