# SPDX-License-Identifier: Apache-2.0
"""Who may ask the service: root about anybody, others about themselves, and at the API door users that are named."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from faults.wire import API_PASSWORD, NULLOK, Conversation, Door

NOBODY = 65534


@pytest.fixture
def service(stack):
    folder = Path(tempfile.mkdtemp(prefix="mycred-"))
    folder.chmod(0o755)
    conf = stack.login.variant("peers", trusted_uid="radiusd:nobody")
    door = Door(folder, conf).start()
    yield door
    door.stop()
    shutil.rmtree(folder)


def as_user(uid, work):
    """What work() returns in a process of that user; a short text."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setresuid(uid, uid, uid)
            os.write(write, str(work()).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return text


def test_root_may_ask_about_anybody(service):
    assert Conversation(service.ask, "alice").start().result == "off"


def test_another_user_may_ask_about_itself_alone(service):
    """MC-SEC-165: a lock screen runs as the person; whom the name service does not know as that user is refused."""
    refused = as_user(NOBODY, lambda: "{0.result} {0.logs}".format(Conversation(service.ask, "alice").start()))
    assert refused.startswith("denied-peer") and "event=peer_refused" in refused
    own = as_user(NOBODY, lambda: Conversation(service.ask, "nobody").start().result)
    assert own == "ask"  # nobody has no entry: the prompt that strangers see


def test_a_named_user_may_ask_at_its_api_door_alone(service):
    def ask(service_name, flags):
        return lambda: (
            Conversation(service.ask, "alice", service=service_name, flags=flags, password=b"1-" + b"A" * 26)
            .start()
            .result
        )

    assert as_user(NOBODY, ask("radiusd", API_PASSWORD)) == "wrong"
    assert as_user(NOBODY, ask("imap", API_PASSWORD)) == "denied-peer"
    assert as_user(NOBODY, ask("radiusd", NULLOK)) == "denied-peer"
