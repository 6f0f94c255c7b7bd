# SPDX-License-Identifier: Apache-2.0
"""The project's own files, and C as the guards look at it: without comments and texts."""

import functools
import os
import re
import subprocess

from stack.server import ROOT

NOT_OURS = {"build", ".git", "__pycache__", ".pytest_cache"}


@functools.cache
def files():
    """Every file of the project as a path below ROOT: what git knows or would add; without git, what is there."""
    # The clone may belong to somebody else than the user who runs the tests.
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    names = listed.stdout.split("\0") if listed.returncode == 0 else walk()
    # A file may be named that somebody has just deleted.
    return sorted(ROOT / name for name in set(names) if name and (ROOT / name).is_file())


def walk():
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in NOT_OURS]
        yield from (os.path.relpath(os.path.join(folder, name), ROOT) for name in names)


def matching(*patterns):
    """Files whose path below the root matches one of the patterns; `*` stays within a folder, `**` does not."""
    expressions = [re.compile(as_expression(pattern)) for pattern in patterns]
    return [path for path in files() if any(one.fullmatch(name(path)) for one in expressions)]


def as_expression(pattern):
    parts = re.split(r"(\*\*/|\*)", pattern)
    meaning = {"**/": "(?:.*/)?", "*": "[^/]*"}
    return "".join(meaning.get(part, re.escape(part)) for part in parts)


def name(path):
    return str(path.relative_to(ROOT))


def sources():
    return matching("**/*.c")


def headers():
    return matching("**/*.h")


def of_the_programs(paths):
    """Those that end up in what is installed."""
    return [path for path in paths if not name(path).startswith("tests/")]


def includes(path):
    return re.findall(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', path.read_text(), re.MULTILINE)


LITERAL = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def code(path):
    """The text with comments and literals blanked; lines stay where they are."""
    return LITERAL.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), path.read_text())


def scripts():
    """Shell scripts, by their first line."""
    return [path for path in files() if re.match(rb"#!.*\b(?:sh|bash)\b", path.read_bytes()[:64])]
