# SPDX-License-Identifier: Apache-2.0
"""Functions that nobody may call, and more that a module in somebody else's process must not."""

import re
import subprocess

import pytest
from guard import tree

EVERYWHERE = """
    strcpy strcat stpcpy sprintf vsprintf gets scanf system popen alloca rand srand random srandom drand48 rand_r
    strtok tmpnam tempnam mktemp gethostbyname inet_ntoa ctime asctime localtime gmtime getpass
    select pselect FD_SET cuserid usleep vfork execlp execvp execl
""".split()

# What belongs to the process and not to us.
IN_A_MODULE = """
    setenv unsetenv putenv clearenv secure_getenv getenv setlocale chdir fchdir umask alarm setitimer timer_create
    sleep nanosleep signal sigaction setrlimit setuid seteuid setgid setegid setreuid setresuid initgroups exit abort
    atexit fork printf puts perror openlog closelog setlogmask dlopen pthread_create wait waitpid raise kill longjmp
    tzset srand getlogin localtime strerror
""".split()


def calls(path, names):
    """Lines that call one of these functions."""
    expression = re.compile(rf"(?<![\w.>])(?:{'|'.join(names)})\s*\(")
    lines = enumerate(tree.code(path).splitlines(), 1)
    return [f"{tree.name(path)}:{number}: {line.strip()}" for number, line in lines if expression.search(line)]


def test_banned_functions_are_not_called():
    paths = tree.of_the_programs(tree.sources() + tree.headers())
    assert not [call for path in paths for call in calls(path, EVERYWHERE)]


def test_the_pam_module_leaves_the_process_alone():
    """MC-SEC-60"""
    helpers_child = {"helper_start.c"}  # what runs between clone and exec is no longer the host's process
    paths = [path for path in tree.matching("pam_mycred/*.c") if path.name not in helpers_child]
    assert paths
    assert not [call for path in paths for call in calls(path, IN_A_MODULE)]


def test_no_shell_and_no_search_of_programs():
    """MC-SEC-133"""
    paths = tree.of_the_programs(tree.sources())
    names = ["system", "popen", "execlp", "execvp", "execvpe", "posix_spawnp", "wordexp"]
    assert not [call for path in paths for call in calls(path, names)]


def test_shell_scripts_are_clean():
    scripts = tree.scripts()
    assert scripts
    done = subprocess.run(["shellcheck", "--severity=style", *scripts], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[:4000]


@pytest.mark.parametrize("script", tree.scripts(), ids=tree.name)
def test_shell_scripts_stop_at_the_first_error(script):
    text = script.read_text()
    assert re.search(r"^set -eu", text, re.MULTILINE) or "-eu" in text.splitlines()[0]
