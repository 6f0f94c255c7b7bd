# SPDX-License-Identifier: Apache-2.0
"""The C tests again, under tools that watch memory and threads: valgrind, ASan with UBSan, TSan (MC-SEC-181)."""

import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from guard import tree
from stack.server import BUILD

pytestmark = pytest.mark.long

TESTS = sorted(path.stem for path in tree.matching("tests/unit/*_test.c"))
# What a tool cannot run, or takes hours over.
NOT_UNDER_VALGRIND = {
    "nonce_test": "64 children",
    "random_test": "100,000 codes",
    "picture_test": "valgrind knows no pidfd_open",
}
THREADED = ["attempt_test", "challenge_test"]

SANITIZED = {
    "asan": "-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined",
    "tsan": "-O1 -g -fsanitize=thread",
}


def run(*command, **variables):
    environment = {**os.environ, **variables}
    done = subprocess.run(command, cwd=tree.ROOT, env=environment, capture_output=True, text=True, errors="replace")
    return None if done.returncode == 0 else f"{command[-1]}: {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}"


def assert_all_run(commands, **variables):
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        failures = [text for text in pool.map(lambda command: run(*command, **variables), commands) if text]
    assert not failures, "\n".join(failures)[:8000]


def build(kind, *targets):
    folder = f"{BUILD}/{kind}"
    flags = [f"BUILD={folder}", f"CFLAGS={SANITIZED[kind]}", "LDFLAGS="]
    command = ["make", "-s", f"-j{os.cpu_count()}", *flags, *(target.format(folder) for target in targets)]
    done = subprocess.run(command, cwd=tree.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    assert not re.search(r"\bwarning: (?!header field)", done.stderr), done.stderr[-4000:]
    return f"{folder}/tests/unit"


def test_the_unit_tests_under_valgrind():
    options = "-q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite,possible".split()
    names = [name for name in TESTS if name not in NOT_UNDER_VALGRIND]
    assert_all_run([("valgrind", *options, BUILD / "tests" / "unit" / name) for name in names])


def test_the_unit_tests_under_address_and_undefined_behaviour_sanitizers():
    folder = build("asan", "unit-tests", "all")
    options = {"ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1", "UBSAN_OPTIONS": "print_stacktrace=1"}
    assert_all_run([(f"{folder}/{name}",) for name in TESTS], **options)


def test_the_races_under_the_thread_sanitizer():
    folder = build("tsan", *(f"{{}}/tests/unit/{name}" for name in THREADED))
    assert_all_run([(f"{folder}/{name}",) for name in THREADED], TSAN_OPTIONS="halt_on_error=1")
