# SPDX-License-Identifier: Apache-2.0
"""Shows each test of a C test program (cmocka, tests/unit/NAME_test.c) as one of pytest."""

import os
import re
import subprocess

import pytest

from .server import BUILD

LISTED = re.compile(r"\bcmocka_unit_test(?:_setup|_teardown|_setup_teardown|_prestate)*\(\s*(\w+)")
RESULT = re.compile(r"^(ok|not ok) \d+ - (\w+)(?: # SKIP(.*))?$", re.MULTILINE | re.IGNORECASE)
PROGRAM_SECONDS = 300


class Failure(Exception):
    """A failed C test; the text is all that is to be shown."""


class UnitTestFile(pytest.File):
    """A source file; its program is built beforehand and runs once."""

    def collect(self):
        self._run = None
        names = LISTED.findall(self.path.read_text())
        items = [UnitTest.from_parent(self, name=name) for name in dict.fromkeys(names)]
        return [*items, WholeProgram.from_parent(self, name="whole_program")]

    @property
    def program(self):
        return BUILD / "tests" / "unit" / self.path.stem

    def run_once(self):
        """(results by name, exit status, output)."""
        if self._run is None:
            if not self.program.exists():
                raise Failure(f"{self.program} is not built")
            environment = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP")
            options = {"capture_output": True, "text": True, "errors": "replace", "timeout": PROGRAM_SECONDS}
            done = subprocess.run([self.program], env=environment, **options)
            results = {name: (verdict.lower(), skip) for verdict, name, skip in RESULT.findall(done.stdout)}
            self._run = results, done.returncode, done.stdout + done.stderr
        return self._run


class _Item(pytest.Item):
    def repr_failure(self, excinfo, style=None):
        if isinstance(excinfo.value, Failure):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self):
        return self.path, None, self.name


class UnitTest(_Item):
    def runtest(self):
        results, status, output = self.parent.run_once()
        verdict, skip = results.get(self.name, ("not run", ""))
        if skip:
            pytest.skip(skip.strip())
        if verdict != "ok":
            raise Failure(f"{self.name}: {verdict} (the program ended with {status})\n{output}")


class WholeProgram(_Item):
    """What no single test shows: a bad end, such as a leak found at exit, and tests that nobody lists."""

    def runtest(self):
        results, status, output = self.parent.run_once()
        unlisted = results.keys() - set(LISTED.findall(self.path.read_text()))
        if unlisted:
            raise Failure(f"run but not listed by cmocka_unit_test in the source: {', '.join(sorted(unlisted))}")
        if status != 0:
            raise Failure(f"{self.parent.program.name} ended with {status}\n{output}")
