# SPDX-License-Identifier: Apache-2.0
"""The directory has a name that nobody tells, or an address from which nothing comes back."""

import socket
from contextlib import ExitStack
from pathlib import Path

import pytest
from stack.machine import refusal
from stack.server import LOOPBACK, poll

from .wire import Conversation

MUTE_DNS = Path(__file__).with_name("mute_dns.py")


@pytest.fixture
def deaf(tmp_path):
    """The start of a command line that runs a command where names are asked for in vain."""
    if refusal():
        pytest.skip(f"this machine refuses a private mount namespace: {refusal()}")
    if not Path("/etc/resolv.conf").exists():
        pytest.skip("this machine has no /etc/resolv.conf to replace")
    return ["unshare", "--mount", "--net", MUTE_DNS, tmp_path]


def test_a_mute_name_server_is_cut_off_at_the_deadline(site, deaf):
    """F17 MC-SEC-59: no timeout of libldap covers this; the last words say what it was doing."""
    conf = site.over_tls("ldaps://directory.example.test")
    with site.worker(conf, prefix=deaf, budget=2) as worker:
        reply = Conversation(worker.ask, "carol").start()
        assert reply.result == "unavailable" and 1.9 < reply.took < 4
        line = reply.log("event=directory_fault")
        assert "cause=deadline" in line and "ldaps://directory.example.test" in line


@pytest.mark.long
def test_a_mute_name_server_and_deadlines_as_shipped(site, deaf):
    """F17 MC-SEC-59"""
    with site.helper(site.over_tls("ldaps://directory.example.test"), prefix=deaf) as helper:
        reply = Conversation(helper.ask, "carol").start()
        assert reply.result == "unavailable" and 9 < reply.took < 12


def test_a_name_that_does_not_exist_is_told(site, pam):
    """F17"""
    run = pam.login("carol", conf=site.over_tls("ldaps://no-such-host.invalid"))
    assert run.code == "AUTHINFO_UNAVAIL"
    assert "uri=ldaps://no-such-host.invalid" in run.log("event=directory_fault")


def test_packets_that_are_dropped_are_waited_for_no_longer_than_configured(site, pam):
    """F02 MC-SEC-162: a listener whose queue is full lets every further packet fall."""
    with ExitStack() as kept:
        listener = kept.enter_context(socket.socket())
        listener.bind((LOOPBACK, 0))
        listener.listen(0)
        address = listener.getsockname()
        poll(lambda: not accepted(kept, address), 10, "the queue to be full")
        run = pam.login("carol", conf=site.quick(ldap_uri=f"ldap://{address[0]}:{address[1]}"))
    assert run.code == "AUTHINFO_UNAVAIL"
    assert "cause=ldap_timeout" in run.log("event=directory_fault")


def accepted(kept, address):
    client = kept.enter_context(socket.socket())
    client.settimeout(0.3)
    try:
        client.connect(address)
        return True
    except TimeoutError:
        return False
