# SPDX-License-Identifier: Apache-2.0
"""Too few descriptors, processes, or too little memory for the helper as a whole."""

import pytest

from .site import wrong
from .wire import Conversation


@pytest.mark.parametrize("limit", range(3, 12))
def test_descriptors_run_out(site, limit):
    """F50 MC-SEC-55"""
    with site.helper(prefix=["prlimit", f"--nofile={limit}"]) as helper:
        conversation = Conversation(helper.ask, "carol")
        reply = conversation.start()
        if reply.result == "ask":
            assert conversation.answer(wrong(site.code())).result in ("ask", "unavailable", "bad-config")
        else:
            assert not reply.lets_in
    with site.helper(prefix=["prlimit", f"--nofile={limit}"]) as helper:
        assert Conversation(helper.ask, "grace").start().result not in ("ok", "off", "exempt")


@pytest.mark.parametrize("megabytes", [8, 16, 24, 32])
def test_memory_runs_out(site, megabytes):
    """F52 MC-SEC-55"""
    with site.helper(prefix=["prlimit", f"--as={megabytes << 20}"]) as helper:
        reply = Conversation(helper.ask, "carol").login(wrong(site.code()))
        assert not reply.lets_in
