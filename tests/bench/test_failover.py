# SPDX-License-Identifier: Apache-2.0
"""The figures of `make bench-failover` are for people; that no code is taken twice is for every run."""

import re
import subprocess
from pathlib import Path

import pytest
from stack.stack import refusal


@pytest.mark.long
@pytest.mark.skipif(bool(refusal()), reason="this machine refuses a private mount namespace")
def test_killing_writer_and_httpd_lets_nobody_in_twice_and_everybody_in():
    """MC-SEC-18 MC-SEC-19 MC-SEC-174 MC-SEC-175 F10"""
    done = subprocess.run([Path(__file__).with_name("failover")], capture_output=True, text=True, timeout=400)
    print(done.stdout, done.stderr)
    assert done.returncode == 0
    let_in, of = re.search(r"^(\d+) of (\d+) logins let in", done.stdout, re.M).groups()
    assert let_in == of
    assert re.search(r"^0 codes accepted twice", done.stdout, re.M)
