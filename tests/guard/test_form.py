# SPDX-License-Identifier: Apache-2.0
"""How every file looks: format, licence line, size, words that must not stay behind."""

import re
import subprocess

import pytest
from guard import tree

FILE_LINES = 600
FUNCTION_LINES = 70
USUAL_LINES = 40
COMPLEXITY = 15
PARAMETERS = 6
TAKES_MORE = {"mc_call_begin"}  # all that PAM hands to an entry point, and what it says back


def test_c_is_formatted_as_the_project_says():
    paths = tree.sources() + tree.headers()
    done = subprocess.run(["clang-format-14", "--dry-run", "-Werror", *paths], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[:4000]


def test_every_source_begins_with_its_licence():
    scripts = [path for path in tree.files() if path.read_bytes()[:2] == b"#!"]
    marks = {
        r"// SPDX-License-Identifier: Apache-2\.0\n": tree.sources() + tree.headers(),
        r"(#!.*\n)?# SPDX-License-Identifier: Apache-2\.0\n": tree.matching("**/*.py") + scripts,
    }
    bare = [
        tree.name(path)
        for mark, paths in marks.items()
        for path in paths
        if path.stat().st_size and not re.match(mark, path.read_text())
    ]
    assert not bare


def test_no_file_is_longer_than_600_lines():
    paths = tree.sources() + tree.headers() + tree.matching("**/*.py")
    lengths = {tree.name(path): len(path.read_text().splitlines()) for path in paths}
    assert not {name: lines for name, lines in lengths.items() if lines > FILE_LINES}


def functions():
    """(name, complexity, lines) of every function, as pmccabe counts them; a switch is one decision."""
    done = subprocess.run(["pmccabe", *tree.sources()], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        complexity, _, _, _, lines, place = line.split("\t")
        yield place.replace(f"{tree.ROOT}/", ""), int(complexity), int(lines)


def test_functions_fit_a_screen():
    lines = {name: count for name, _, count in functions() if not is_table_of_tests(name)}
    assert not {name: count for name, count in lines.items() if count > FUNCTION_LINES}
    usual = sum(count < USUAL_LINES for count in lines.values())
    assert usual >= 0.9 * len(lines), f"{usual} of {len(lines)} functions are under {USUAL_LINES} lines"


def is_table_of_tests(name):
    """Tables within tests are as long as what they list."""
    return name.startswith("tests/unit/")


def test_no_function_is_too_complex():
    assert not [(name, complexity) for name, complexity, _ in functions() if complexity > COMPLEXITY]


def test_functions_take_few_parameters():
    definition = re.compile(r"^[a-z][\w \t*]*?\b(\w+)\(([^;{}]*?)\)\s*\{", re.MULTILINE)
    many = [
        f"{tree.name(path)}: {found[1]}"
        for path in tree.sources()
        for found in definition.finditer(tree.code(path))
        if len(re.sub(r"\([^()]*\)", "", found[2]).split(",")) > PARAMETERS and found[1] not in TAKES_MORE
    ]
    assert not many


# Written in parts, so that this file does not hold them.
LEFT_BEHIND = ["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"]
WORKPLACE = ["/wo" + "rk/", "/tmp/br" + "ief", "/home/[a-z]+/sr" + "c"]


@pytest.mark.parametrize("words", [LEFT_BEHIND, WORKPLACE], ids=["unfinished", "workplace"])
def test_nothing_of_the_workshop_is_left(words):
    expression = re.compile(r"|".join(rf"\b{word}\b" if word.isalpha() else word for word in words))
    found = [
        f"{tree.name(path)}:{number}: {line.strip()[:100]}"
        for path in tree.files()
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if "/fuzz/corpus/" not in str(path) and expression.search(line)
    ]
    assert not found


def test_text_files_have_no_trailing_blanks_and_end_with_a_newline():
    kinds = ("*.c", "*.h", "*.py", "*.md", "*.mk", "*.schema", "*.ldif", "*.po", "*.service", "*.socket")
    untidy = []
    for path in tree.matching("Makefile", *(f"**/{kind}" for kind in kinds)):
        text = path.read_text()
        if text and (not text.endswith("\n") or text.endswith("\n\n") or re.search(r"[ \t]+$", text, re.MULTILINE)):
            untidy.append(tree.name(path))
    assert not untidy


def test_the_licence_is_there_and_the_readme_names_the_two_commands():
    assert "Apache License" in (tree.ROOT / "LICENSE").read_text()
    readme = (tree.ROOT / "README.md").read_text()
    for command in ("make demo", "make test"):
        assert command in readme
