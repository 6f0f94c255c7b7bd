# SPDX-License-Identifier: Apache-2.0
import shutil
import tempfile
from pathlib import Path

import pytest

from .site import Site


@pytest.fixture(scope="session")
def whole_site():
    # A short path: the name of a socket file may have 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="mycred-"))
    folder.chmod(0o755)
    site = Site(folder)
    try:
        yield site.start()
    finally:
        site.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def site(whole_site):
    """A directory to break; as it was after each test."""
    yield whole_site
    whole_site.restore()
