# SPDX-License-Identifier: Apache-2.0
import os
import subprocess

import pytest
from faults.conftest import programs, site, whole_site  # noqa: F401
from stack.server import BUILD, ROOT, run

LIBRARIES = ("libsodium", "liboath")


@pytest.fixture(scope="session")
def driver():
    """driver(conf, user, kind, code, processes=40, attempts=1000): how often each result came."""
    program = BUILD / "tests" / "races" / "driver"
    program.parent.mkdir(parents=True, exist_ok=True)
    run(["make", "-s", f"BUILD={BUILD}", BUILD / "libmycred.a"], cwd=ROOT)
    libraries = run(["pkg-config", "--libs", *LIBRARIES]).split()
    flags = os.environ.get("CFLAGS", "-O1 -g").split()
    compile = ["cc", "-std=gnu11", "-D_GNU_SOURCE", *flags, "-I.", "-o", program, "tests/races/driver.c"]
    run([*compile, BUILD / "libmycred.a", *libraries, "-lldap", "-llber", "-lsasl2", "-lpthread"], cwd=ROOT)

    def drive(conf, user, kind, code="-", processes=40, attempts=1000):
        command = [program, conf, user, kind, code, processes, attempts]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        lines = (line.split() for line in done.stdout.splitlines())
        return {word: int(count) for word, count in lines}

    return drive


@pytest.fixture(scope="session")
def rounds(request):
    return range(20 if request.config.getoption("--long") else 5)
