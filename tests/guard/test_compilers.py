# SPDX-License-Identifier: Apache-2.0
"""Both compilers take every file without a word; every header stands alone (MC-SEC-180)."""

import functools
import os
import re
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from guard import tree

CLANG_MORE = """
    -Wno-unknown-warning-option -Wunreachable-code -Wconditional-uninitialized -Wcomma -Wextra-semi
    -Wmissing-variable-declarations -Wnewline-eof -Wpointer-arith -Wshift-sign-overflow -Wunused-macros
    -Wimplicit-fallthrough -Wformat-pedantic
""".split()
GCC_MORE = "-Wduplicated-cond -Wlogical-op -Wnull-dereference -Wformat-overflow=2".split()
NOT_FOR_CLANG = "-ftrivial-auto-var-init=zero"  # takes a second flag there that only says so


@functools.cache
def flags(folder):
    """Preprocessor and warning flags that the Makefile compiles this folder's files with."""
    target = next(iter(tree.matching(f"{folder}/*.c")), None)
    made = f"unused/obj/{tree.name(target)[:-2]}.o"
    dry = subprocess.run(["make", "-n", "BUILD=unused", made], cwd=tree.ROOT, capture_output=True, text=True, check=True)
    line = next(line for line in dry.stdout.splitlines() if f"-o {made}" in line)
    words = shlex.split(line)[1:]
    return [word for word in words[: words.index("-MMD")] if word != NOT_FOR_CLANG]


def folder_of(path):
    return tree.name(path.parent)


def flags_of(path):
    """Files of the tests are compiled as the core is."""
    folder = folder_of(path)
    return flags(folder if tree.matching(f"{folder}/*.c") and not folder.startswith("tests") else "common")


def complaints(compiler, more, paths):
    def compile_one(path):
        # a header by itself would be told of every inline function it does not use
        what = ["-include", path, "/dev/null"] if path.suffix == ".h" else [path]
        command = [*compiler, *flags_of(path), *more, "-Werror", "-x", "c", *what]
        return subprocess.run(command, cwd=tree.ROOT, capture_output=True, text=True).stderr

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [text for text in pool.map(compile_one, paths) if text]


def shown(texts):
    return "\n".join(texts)[:6000]


def program_sources():
    # The catalogue needs files that only a build makes.
    return [path for path in tree.of_the_programs(tree.sources()) if path.name != "catalogue.c"]


def test_clang_has_nothing_to_say():
    found = complaints(["clang", "-fsyntax-only"], CLANG_MORE, program_sources())
    assert not found, shown(found)


def test_gcc_has_nothing_to_say(tmp_path):
    found = complaints(["gcc", "-o", "/dev/null", "-S"], GCC_MORE, program_sources())
    assert not found, shown(found)


@pytest.mark.long
def test_the_analyzer_of_gcc_finds_nothing():
    # leaks are for valgrind and LeakSanitizer: the analyzer of gcc 12 sees some that are none
    more = ["-fanalyzer", "-Wno-analyzer-malloc-leak"]
    found = complaints(["gcc", "-o", "/dev/null", "-S"], more, program_sources())
    assert not found, shown(found)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_headers_stand_alone(compiler):
    found = complaints([compiler, "-fsyntax-only"], [], tree.headers())
    assert not found, shown(found)


def test_headers_have_guards_of_their_path():
    bare = []
    for path in tree.headers():
        guard = "MYCRED_" + re.sub(r"[/.-]", "_", tree.name(path)).upper()
        if f"#ifndef {guard}\n#define {guard}\n" not in path.read_text():
            bare.append(tree.name(path))
    assert not bare
