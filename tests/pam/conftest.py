# SPDX-License-Identifier: Apache-2.0
import shutil
import tempfile
from pathlib import Path

import pytest

from stack.server import BUILD, poll

from .harness import FakeHelper, Pam, Program, build


@pytest.fixture(scope="session")
def programs():
    folder = BUILD / "tests" / "pam"
    build(folder)
    return folder


@pytest.fixture
def folder():
    """Short, since the name of a socket file may have 107 characters; open to other users."""
    folder = Path(tempfile.mkdtemp(prefix="mycred-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def helper(folder):
    helper = FakeHelper(folder / "login.sock")
    yield helper
    helper.stop()


@pytest.fixture
def pam(folder, programs, helper):
    """The module with a helper that answers by script."""
    return Pam(folder, programs, helper)


@pytest.fixture
def lonely_pam(folder, programs):
    """The module with no service behind its socket."""
    return Pam(folder, programs, None)


@pytest.fixture
def program(folder):
    """What lonely_pam finds to start. None may be left running."""
    program = Program(folder)
    yield program
    poll(lambda: not program.left, 5, "the started programs to end")
