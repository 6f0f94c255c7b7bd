# SPDX-License-Identifier: Apache-2.0
"""The Debian packages, built once for all tests of this folder."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from stack.server import ROOT


def build(folder, **environment):
    """`make deb` into that folder, without a network; the finished process."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["unshare", "--net", "make", "--no-print-directory", "deb-build", f"DEB={folder}"],
        cwd=ROOT, env={**plain, **environment}, capture_output=True, text=True,
    )


@pytest.fixture(scope="session")
def built():
    """(folder with the packages, the finished process that built them)"""
    folder = Path(tempfile.mkdtemp(prefix="mycred-deb-"))
    yield folder, build(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def packages(built):
    """{name: file}"""
    folder, done = built
    assert done.returncode == 0, done.stdout + done.stderr
    return {file.name.split("_")[0]: file for file in folder.glob("*.deb") if "-dbgsym" not in file.name}
