# SPDX-License-Identifier: Apache-2.0
"""Short names for what every login test needs."""

import time

import pytest
from stack.otp import STEP_SECONDS, totp


@pytest.fixture
def password(stack):
    return stack.password


@pytest.fixture
def person(stack):
    """person("bob"): his DN."""
    return stack.people.dn


@pytest.fixture
def carol_code(stack):
    """carol_code(steps=0): a code of her device that does not change while the test types it."""

    def code(steps=0):
        left = STEP_SECONDS - time.time() % STEP_SECONDS
        if left < 3:
            time.sleep(left + 0.1)
        return totp(stack.carol_totp, steps)

    return code


def wrong(code):
    """A code that is surely another one."""
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}d}"


def ldap_time(seconds):
    """GeneralizedTime so many seconds from now."""
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + seconds))
