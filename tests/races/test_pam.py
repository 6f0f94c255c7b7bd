# SPDX-License-Identifier: Apache-2.0
"""A thousand logins with one code through PAM: 32 threads of a host program, each login on a handle of its own."""

from collections import Counter

import pytest
from faults.pam import RealPam

THREADS, EACH = 32, 32


@pytest.fixture
def pam(site, programs):
    return RealPam(site, site.login.folder, programs)


@pytest.mark.parametrize("with_service", [True, pytest.param(False, marks=pytest.mark.long)], ids=["service", "once"])
def test_one_code_opens_once(site, pam, with_service):
    """MC-SEC-12"""

    def sign_in():
        code = site.code(room=12)
        run = pam.login("carol", code, threads=THREADS, repeat=EACH, timeout=200)
        return Counter(run.codes)

    if with_service:
        with site.service(workers=8) as door:
            pam.socket = door.socket
            codes = sign_in()
    else:
        codes = sign_in()
    assert codes["SUCCESS"] == 1 and sum(codes.values()) == THREADS * EACH, codes
    assert set(codes) <= {"SUCCESS", "AUTH_ERR", "CONV_ERR"}, codes  # asked once more, the host has no further answer
