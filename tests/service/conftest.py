# SPDX-License-Identifier: Apache-2.0
import shutil
import tempfile
from pathlib import Path

import pytest
from stack.server import runs

from .harness import Service


@pytest.fixture
def folder():
    """Short, since the name of a socket file may have 107 characters; open to other users."""
    folder = Path(tempfile.mkdtemp(prefix="mycred-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def service(folder):
    """service(...) starts mycred-logind. Afterwards it must end in order and leave nobody behind."""
    started = []

    def start(**options):
        started.append(Service(folder, **options).start())
        return started[-1]

    yield start
    alive = [one for one in started if one.process.poll() is None]
    for one in started:
        one.stop()
    for one in started:
        print(one.log())
        assert one not in alive or one.process.returncode == 0
        assert not any(runs(pid) for pid in one.started())
        assert "Sanitizer" not in one.log() and "runtime error" not in one.log()
