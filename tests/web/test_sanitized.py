# SPDX-License-Identifier: Apache-2.0
"""The tests of the site once more, against a module built with sanitizers in a real httpd (MC-SEC-181)."""

import os
import re
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from stack.httpd import SITE_MODULE, Httpd, is_sanitized
from stack.machine import child_of
from stack.server import BUILD, ROOT, StackError, poll
from stack.server import run as command_output

from .client import Client

THREADS_FLAGS = "-O1 -g -fsanitize=thread"
FLAGS = "-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined"
# The sender is not dumpable and sshd loads nothing sanitized: both are as shipped, and have such tests of their own.
SANITIZED = ("mod_mycred.so", "mycred-avatar")
PLAIN = ("pam_mycred.so", "mycred", "mycred-login", "mycred-logind", "mycred-send")
TESTS = Path(__file__).parent


@pytest.fixture(scope="module")
def build():
    """A build folder whose module and avatar program are sanitized."""
    made = BUILD / "asan"
    folder = made / "site"
    options = [f"BUILD={made}", f"CFLAGS={FLAGS}", "LDFLAGS=", *(f"{made}/{name}" for name in SANITIZED)]
    subprocess.run(["make", "-s", f"-j{os.cpu_count()}", *options], cwd=ROOT, check=True)
    folder.mkdir(exist_ok=True)
    for origin, names in ((made, SANITIZED), (BUILD, PLAIN)):
        for name in names:
            shutil.copy2(origin / name, folder / name)
    return folder


class UnderThreadSanitizer(Httpd):
    """Loads a module built with TSan. The module's path is that of the build, so it is put in by hand."""

    start_seconds = 60

    @property
    def tool(self):
        library = os.path.realpath(command_output(["gcc", "-print-file-name=libtsan.so"]).strip())
        # a thread that is httpd's own is not waited for at its end. TSan cannot map its shadow where addresses are chosen at random over too many bits
        return ["setarch", "-R", "env", f"LD_PRELOAD={library}", f"TSAN_OPTIONS=log_path={self.reports}/found:report_thread_leaks=0"]

    def prepare(self):
        super().prepare()
        self.config.write_text(self.config.read_text().replace(str(SITE_MODULE), str(BUILD / "tsan" / SITE_MODULE.name)))


@pytest.mark.long
@pytest.mark.skipif(is_sanitized(), reason="one sanitizer at a time")
def test_threads_of_the_module_under_the_thread_sanitizer(stack):
    """MC-SEC-181 sixteen threads, the pool that sends and the directory's connections, in use together."""
    made = BUILD / "tsan"
    options = [f"BUILD={made}", f"CFLAGS={THREADS_FLAGS}", "LDFLAGS=", f"{made}/{SITE_MODULE.name}"]
    subprocess.run(["make", "-s", f"-j{os.cpu_count()}", *options], cwd=ROOT, check=True)
    httpd = UnderThreadSanitizer(stack.folder / "tsan")
    httpd.conf = stack.login.site_conf("tsan", httpd.url)
    httpd.start()
    try:
        assert "libtsan" in Path(f"/proc/{child_of(httpd.pid)}/maps").read_text()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: use(httpd, stack.password, number), range(100)))
    finally:
        httpd.stop()  # which raises what it found


def use(httpd, password, number):
    person = Client(httpd)
    person.sign_in(("alice", "sadmin")[number % 2], password)
    for path in ("", "sessions", "email", "avatar", "/demo/app/"):
        person.get(path)
    stranger = Client(httpd)
    stranger.send(stranger.get("forgot"), login=("alice", "bob", "ghost")[number % 3], way="email")
    stranger.sign_in("bob", password)
    stranger.sign_in("ghost", password)


def run(build, *arguments):
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--timeout=600", *arguments]
    environment = {**os.environ, "MYCRED_BUILD": str(build)}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, errors="replace")


@pytest.mark.long
def test_the_site_under_address_and_undefined_behaviour_sanitizers(build):
    """MC-SEC-181 whatever the sanitizers say fails the run, from any process of any httpd."""
    done = run(build, TESTS, f"--ignore={TESTS}/test_mustache.py")  # a unit test's program, which has such a run
    assert done.returncode == 0, done.stdout[-8000:]
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) > 200


@pytest.mark.long
def test_what_a_sanitizer_says_fails_a_run(build, tmp_path):
    """Else the test above could not fail."""
    done = run(build, f"{__file__}::test_a_fault_of_the_module_is_seen", "--long")
    assert done.returncode == 0, done.stdout[-4000:]
    assert "1 passed" in done.stdout


@pytest.mark.long
@pytest.mark.skipif(not is_sanitized(), reason="runs within the test above")
def test_a_fault_of_the_module_is_seen(stack):
    """A child that faults leaves a report, and the server's end raises it."""
    httpd = Httpd(stack.folder / "faulty", stack.authority)
    httpd.conf = stack.login.site_conf("faulty", httpd.url)
    httpd.start()
    assert Client(httpd).get("sign-in").status == 200
    os.kill(child_of(httpd.pid), signal.SIGSEGV)
    poll(lambda: list(httpd.reports.iterdir()), 10, "a report")
    with pytest.raises(StackError, match="AddressSanitizer: SEGV"):
        httpd.stop()
