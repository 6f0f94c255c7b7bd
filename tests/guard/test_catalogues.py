# SPDX-License-Identifier: Apache-2.0
"""Every text that people read is in the catalogues, in every language, and nothing else is."""

import re
import subprocess

import pytest
from guard import tree

FOLDER = tree.ROOT / "common" / "po"


def recipe():
    """The xgettext command of `make catalogues`."""
    dry = subprocess.run(["make", "-n", "catalogues"], cwd=tree.ROOT, capture_output=True, text=True, check=True)
    return next(line for line in dry.stdout.replace("\\\n", "").splitlines() if "xgettext" in line)


def entries(text):
    """A template without its header."""
    return re.sub(r"\A.*?\n\n", "", text, flags=re.DOTALL)


def test_the_template_is_current(tmp_path):
    made = tmp_path / "made.pot"
    command = re.sub(r"--output=\S+", f"--output={made}", recipe())
    subprocess.run(command, shell=True, cwd=tree.ROOT, check=True, capture_output=True)
    assert entries(made.read_text()) == entries((FOLDER / "mycred.pot").read_text()), "run `make catalogues`"


@pytest.mark.parametrize("catalogue", sorted(FOLDER.glob("*.po")), ids=lambda path: path.stem)
def test_every_message_is_translated(catalogue):
    compared = subprocess.run(
        ["msgcmp", catalogue, FOLDER / "mycred.pot"], capture_output=True, text=True, env={"LC_ALL": "C"}
    )
    assert compared.returncode == 0, compared.stderr
    command = ["msgfmt", "--check", "--statistics", "--output-file=/dev/null", catalogue]
    checked = subprocess.run(command, capture_output=True, text=True, env={"LC_ALL": "C"})
    assert checked.returncode == 0, checked.stderr
    assert re.search(r"^\d+ translated messages\.$", checked.stderr, re.MULTILINE), checked.stderr


@pytest.mark.parametrize("catalogue", sorted(FOLDER.glob("*.po")), ids=lambda path: path.stem)
def test_no_message_is_left_that_nobody_says(catalogue):
    assert "\n#~" not in catalogue.read_text()
