# SPDX-License-Identifier: Apache-2.0
"""Private directories for the schema's tests."""

import shutil
import tempfile
from pathlib import Path

import pytest

from stack.slapd import Slapd

from .harness import fill, run_load


@pytest.fixture(scope="session")
def loaded():
    """One directory for all tests that leave it as it was: sample people, and everything `load` brings."""
    folder = Path(tempfile.mkdtemp(prefix="mycred-schema-"))
    try:
        with Slapd(folder / "slapd") as slapd:
            slapd.people = fill(slapd)
            run_load(slapd, "--replicator", f"cn=replica,ou=services,{slapd.suffix}")
            slapd.people.add_mycred(slapd.as_admin())
            yield slapd
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def bare():
    """bare(...) starts an empty directory, with nothing of mycred; the arguments are Slapd's."""
    # A short path: the name of a socket file may have 107 characters.
    folder, started = Path(tempfile.mkdtemp(prefix="mycred-schema-")), []

    def start(**options):
        slapd = Slapd(folder / f"slapd{len(started)}", **options)
        started.append(slapd)
        return slapd.start()

    yield start
    for slapd in started:
        slapd.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def server(bare):
    """server(...) starts a directory of the sample people, with nothing of mycred."""

    def start(**options):
        slapd = bare(**options)
        slapd.people = fill(slapd)
        return slapd

    return start
