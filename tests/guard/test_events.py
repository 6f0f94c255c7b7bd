# SPDX-License-Identifier: Apache-2.0
"""mycred-events(7) lists every event of the table, with its level and meaning, and how lines are taken apart."""

import re
import subprocess

from guard import tree

MANUAL = tree.ROOT / "common" / "mycred-events.7"
LEVELS = {"3": "err", "4": "warning", "5": "notice", "6": "info"}


def table():
    """[(word, level, meaning)] of event.h."""
    rows = re.findall(r'X\(\w+, "(\w+)", (\d),[\s\\]*"([^"]*)"\)', (tree.ROOT / "common" / "event.h").read_text())
    return [(word, LEVELS[priority], meaning.replace("`", "")) for word, priority, meaning in rows]


def test_the_table_is_read_whole():
    header = (tree.ROOT / "common" / "event.h").read_text()
    assert len(table()) == len(re.findall(r"^    X\(", header, re.MULTILINE)) > 30


def test_manual_is_clean():
    done = subprocess.run(["mandoc", "-T", "lint", MANUAL], capture_output=True, text=True)
    assert [line for line in done.stdout.splitlines() if "referenced manual not found" not in line] == []


def test_exactly_the_events_of_the_table_are_documented():
    listed = re.findall(r"^\.It Cm (\w+) Pq (\w+)\n((?:[^.].*\n)*)", MANUAL.read_text(), re.MULTILINE)
    assert [(word, level, " ".join(meaning.split())) for word, level, meaning in listed] == table()


def test_the_lines_of_the_module_are_documented():
    """What pam_mycred writes of itself, beside the events of the table."""
    sources = "\n".join(path.read_text() for path in (tree.ROOT / "pam_mycred").glob("*.c"))
    own = set(re.findall(r'(?:mc_log_event|start_line)\([^;]*?"(\w+)"', sources)) - {word for word, *_ in table()}
    assert own and own == set(re.findall(r"^\.Ql event=(\w+)[ .,]*$", MANUAL.read_text(), re.MULTILINE))


def test_a_test_sees_every_event():
    """MC-SEC-165: on a real directory or server, not in the table's own tests."""
    tests = "\n".join(path.read_text() for path in (tree.ROOT / "tests").rglob("*.py"))
    assert [word for word, *_ in table() if not re.search(rf"\b{word}\b", tests)] == []
