# SPDX-License-Identifier: Apache-2.0
"""Codes of a virtual MFA device, computed apart from the code under test (RFC 6238)."""

import base64
import hashlib
import hmac
import time

STEP_SECONDS = 30


def totp(secret, steps=0, at=None, digits=6):
    """The code of a base32 secret, `steps` later than now (or than the time `at`)."""
    counter = int(time.time() if at is None else at) // STEP_SECONDS + steps
    digest = hmac.new(base64.b32decode(secret), counter.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}d}"
