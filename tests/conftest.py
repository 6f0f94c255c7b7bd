# SPDX-License-Identifier: Apache-2.0
"""Fixtures that give tests the running stack, C unit tests as tests of pytest, and the line that counts all."""

import shutil
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stack.snapshot import Snapshot  # noqa: E402
from stack.ssh import SshClient  # noqa: E402
from stack.stack import Stack, refusal  # noqa: E402
from stack.unit import UnitTestFile  # noqa: E402
from stack.watch import Log, Mails, Sms  # noqa: E402

# ---- the stack


@pytest.fixture(scope="session")
def stack():
    """One stack for the whole run. People and groups are as they were after each test that uses it.

    Where the machine refuses a private mount namespace, .machine is None; tests that need it ask
    for the fixture `machine`.
    """
    # A short path: the name of a socket file may have 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="mycred-"))
    folder.chmod(0o755)
    # Notices that wait are a test's own to send: no other httpd looks for them meanwhile.
    stack = Stack(folder, machine=not refusal(), notice_interval="1h")
    try:
        stack.start()
        bases = [f"ou={unit},{stack.slapd.suffix}" for unit in ("people", "groups")]
        stack.snapshot = Snapshot(stack.slapd.as_admin(), bases)
        yield stack
    finally:
        stack.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def _as_before(request):
    stack = request.getfixturevalue("stack") if "stack" in request.fixturenames else None
    yield
    if stack is not None:
        stack.snapshot.restore()


@pytest.fixture(scope="session")
def machine(stack):
    """The private machine: sshd, su, sudo, PAM services, commands as people of the directory."""
    if stack.machine is None:
        pytest.skip(f"this machine refuses a private mount namespace: {refusal()}")
    return stack.machine


@pytest.fixture
def directory(stack):
    """A connection to the directory that may do all; see slapd.Connection for its short forms."""
    return stack.directory


@pytest.fixture(scope="session")
def ssh(stack, machine):
    """The real ssh client: ssh.login("bob", password, code) and ssh.open("bob")."""
    return SshClient(stack.folder / "client", stack.sshd)


@pytest.fixture
def ssh_login(ssh):
    """ssh_login(user, *answers, **options): the finished conversation; .ok says whether it is in."""
    return ssh.login


@pytest.fixture
def sms(stack):
    """SMS that arrive during the test: sms.wait("bob"), sms.code("bob"), sms.all()."""
    return Sms(stack.kannel.sms_log)


@pytest.fixture
def mails(stack):
    """E-mails that arrive during the test: mails.wait("dave"), mails.code("dave"), mails.all()."""
    return Mails(stack.mail)


@pytest.fixture
def syslog(machine):
    """What programs of the private machine log during the test."""
    return Log(machine.syslog)


# ---- what is run and how it is counted


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="run also what takes long (marked `long`)")


def pytest_configure(config):
    config.addinivalue_line("markers", "long: takes long; only run with --long")
    config.addinivalue_line("markers", "short: uses the browser and is run all the same without --long")


def pytest_collect_file(file_path, parent):
    if file_path.match("tests/unit/*_test.c"):
        return UnitTestFile.from_parent(parent, path=file_path)
    return None


def pytest_collection_modifyitems(config, items):
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()) and not item.get_closest_marker("short"):
            item.add_marker("long")
    if config.getoption("--long"):
        return
    long = [item for item in items if item.get_closest_marker("long")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if not item.get_closest_marker("long")]


def pytest_unconfigure(config):
    """The last line of all: how many passed and failed, in one fixed form."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or config.getoption("collectonly"):
        return
    kinds = ("passed", "failed", "error", "skipped", "xfailed", "xpassed")
    count = {kind: len(reporter.stats.get(kind, ())) for kind in kinds}
    line = f"{count['passed'] + count['xfailed']} passed, {count['failed'] + count['error'] + count['xpassed']} failed"
    if count["skipped"]:
        line += f", {count['skipped']} skipped"
    reporter.ensure_newline()
    reporter.line(line)
