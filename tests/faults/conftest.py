# SPDX-License-Identifier: Apache-2.0
import shutil
import tempfile
from pathlib import Path

import pytest
from pam.harness import build
from stack.server import BUILD, poll, run

from . import processes
from .pam import RealPam
from .proxy import Proxy
from .site import Site


def short_folder():
    """A short name, since that of a socket file may have 107 characters; open to other users."""
    folder = Path(tempfile.mkdtemp(prefix="mycred-"))
    folder.chmod(0o755)
    return folder


@pytest.fixture(scope="session")
def whole_site():
    folder = short_folder()
    site = Site(folder)
    try:
        yield site.start()
    finally:
        site.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def site(whole_site):
    """A directory to break; as it was after each test, and nothing of ours still running."""
    yield whole_site
    whole_site.restore()
    poll(lambda: not processes.of(whole_site.folder), 5, f"the end of {processes.of(whole_site.folder)}")


@pytest.fixture
def proxy(site):
    """proxy(rule): a directory behind a proxy, and the configuration that uses it, with short deadlines."""
    started = []

    def start(*rule, **options):
        proxy = Proxy(site.folder, site.slapd.socket, *rule).__enter__()
        started.append(proxy)
        return proxy, site.quick(ldap_uri=proxy.uri, **options)

    yield start
    for one in started:
        one.__exit__()


@pytest.fixture(scope="session")
def programs():
    folder = BUILD / "tests" / "pam"
    build(folder)
    return folder


@pytest.fixture
def pam(site, programs):
    """The module in a host program, with the real helper."""
    folder = short_folder()
    yield RealPam(site, folder, programs)
    shutil.rmtree(folder, ignore_errors=True)


def preloaded(name):
    """A library of this folder, compiled to be preloaded."""
    library = BUILD / "tests" / "faults" / f"{name}.so"
    library.parent.mkdir(parents=True, exist_ok=True)
    source = Path(__file__).with_name(f"{name}.c")
    run(["cc", "-std=gnu11", "-D_GNU_SOURCE", "-shared", "-fPIC", "-O1", "-o", library, source])
    return library


class Clock:
    """.env makes a helper's wall clock wrong by what set(seconds) said last; pass_seconds lets time go by."""

    def __init__(self, library, file):
        self.file = file
        # the sanitizer wants to be first, and need not be
        self.env = {"LD_PRELOAD": str(library), "CLOCK_FILE": str(file), "ASAN_OPTIONS": "verify_asan_link_order=0"}
        self.passed = 0
        self.set(0)

    def set(self, seconds):
        self.offset = int(seconds)
        self.file.write_text(f"{self.offset} {self.passed}\n")

    def pass_seconds(self, seconds):
        self.passed += int(seconds)
        self.set(self.offset + int(seconds))


@pytest.fixture(scope="session")
def clock_library():
    return preloaded("clock")


@pytest.fixture
def clock(clock_library, tmp_path):
    return Clock(clock_library, tmp_path / "clock")
