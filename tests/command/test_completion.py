# SPDX-License-Identifier: Apache-2.0
"""Completion in bash: every command and option, as the program itself knows them."""

import re
import shutil
import subprocess

import pytest
from stack.server import ROOT

from .office import COMMAND

FILE = ROOT / "common" / "command" / "mycred.bash-completion"
SCRIPT = """\
source "$1"; shift
complete -p mycred >/dev/null || exit 1
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_mycred
printf '%s\\n' "${COMPREPLY[@]}"
"""


def completed(*words):
    environment = {"PATH": f"{COMMAND.parent}:/usr/bin:/bin"}
    command = ["bash", "-c", SCRIPT, "bash", FILE, "mycred", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def shown(*words):
    return subprocess.run([COMMAND, "help", *words], capture_output=True, text=True, timeout=10).stdout


def test_every_command():
    commands = [line.split()[0] for line in shown().splitlines() if line.startswith("  ")]
    assert completed("") == completed("help", "") == completed("--conf", "x", "") == commands
    assert completed("re") == [name for name in commands if name.startswith("re")]


@pytest.mark.parametrize("command", ["check", "enrol", "invite", "reset", "require", "report", "remind", "reseal", "lock"])
def test_every_option_of_a_command(command):
    options = [f"--{name}" for name in re.findall(r"--([\w-]+)", "".join(re.findall(r"^  .{4}--[\w-]+", shown(command), re.M)))]
    assert completed(command, "--") == completed(command, "alice", "--") == options != []


def test_values_that_are_known():
    assert completed("require", "alice", "") == ["optional", "enrol", "on", "off", "none"]
    assert completed("reset", "alice", "--device", "") == ["all"]
    assert "root" in completed("unlock", "ro")


@pytest.mark.parametrize("command", ["check", "enrol", "exempt", "keygen", "remind", "report", "reseal", "version"])
def test_people_only_where_a_person_stands(command):
    wants_person = f"usage: mycred {command} USER" in shown(command)
    assert ("root" in completed(command, "")) == wants_person
    for name in re.findall(r"^  .{4}--([\w-]+) [A-Z]", shown(command), re.M):
        assert ("root" in completed(command, f"--{name}", "")) == (name == "user"), name
        assert ("root" in completed(command, f"--{name}", "value", "")) == wants_person, name
    assert completed("enrol", "alice", "") == []
    assert "root" in completed("require", "--group", "-D", "cn=x", "-y", "file", "ro")


def test_files(tmp_path):
    (tmp_path / "some.conf").write_text("")
    assert completed("--conf", f"{tmp_path}/so") == [f"{tmp_path}/some.conf"]


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="shellcheck is not installed")
def test_the_script_is_clean():
    subprocess.run(["shellcheck", FILE], check=True)
