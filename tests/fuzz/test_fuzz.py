# SPDX-License-Identifier: Apache-2.0
"""Every fuzz target takes its corpus, and with --long a minute of new inputs (MC-SEC-182)."""

import os
import subprocess
from pathlib import Path

import pytest
from stack.server import BUILD, ROOT

HERE = Path(__file__).parent
TARGETS = sorted(path.name.removesuffix("_fuzz.c") for path in HERE.glob("*_fuzz.c"))
SECONDS = int(os.environ.get("FUZZ_SECONDS", 60))


def run(target, folder, *options):
    """Runs a target in a folder of its own, where it leaves an input that breaks it."""
    program = BUILD / "fuzz" / target
    assert program.exists(), f"{program} is not built: make fuzz-replay"
    done = subprocess.run([program, *options], cwd=folder, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stderr


@pytest.mark.parametrize("target", TARGETS)
def test_the_corpus_holds(target, tmp_path):
    corpus = sorted((HERE / "corpus" / target).iterdir())
    assert corpus
    assert f"Executed {corpus[-1]}" in run(target, tmp_path, *corpus)


@pytest.mark.parametrize("folder", sorted(path.name for path in (HERE / "corpus").iterdir()))
def test_every_corpus_has_a_target_and_is_small(folder):
    assert folder in TARGETS
    assert all(path.stat().st_size <= 4096 for path in (HERE / "corpus" / folder).iterdir())


@pytest.mark.long
@pytest.mark.parametrize("target", TARGETS)
def test_new_inputs_hold(target, tmp_path):
    found = tmp_path / "found"
    found.mkdir()
    run(target, tmp_path, f"-max_total_time={SECONDS}", "-print_final_stats=1", found, HERE / "corpus" / target)


@pytest.mark.long
def test_the_corpora_reach_the_parsers(capsys):
    """MC-SEC-182 at least nine lines of ten of what reads bytes of outside."""
    done = subprocess.run(["make", "-s", f"-j{os.cpu_count()}", "fuzz-coverage"], cwd=ROOT, capture_output=True, text=True)
    with capsys.disabled():
        print("\n" + done.stdout[done.stdout.find("%") - 6 :])
    assert done.returncode == 0, done.stderr[-4000:]
