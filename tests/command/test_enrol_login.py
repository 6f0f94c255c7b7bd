# SPDX-License-Identifier: Apache-2.0
"""What mycred enrol binds is what the real ssh login takes."""

import re
import time

from stack.otp import STEP_SECONDS, totp
from stack.server import poll

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def test_code_used_for_binding_is_no_login_code_but_the_recovery_code_is(stack, ssh_login):
    """MC-SEC-51"""
    poll(lambda: time.time() % STEP_SECONDS < 10, STEP_SECONDS, "a fresh step")
    password = stack.login.folder / "admin.password"
    codes = [totp(SECRET, -1), totp(SECRET)]
    done = stack.login.command(
        *("enrol", "alice", "--import", "-", "--choose", "-D", stack.slapd.admin_dn, "-y", password),
        input="".join(f"{line}\n" for line in (SECRET, *codes)),
    )
    assert done.returncode == 0, done.stderr
    for code in codes:
        assert not ssh_login("alice", stack.password, code).ok
    recovery = re.search(r"^  ([A-Z2-7-]{15})$", done.stdout, re.M)[1]
    assert ssh_login("alice", stack.password, recovery).ok
    assert "recovery codes:  9 of 10 left" in stack.login.command("status", "alice").stdout
