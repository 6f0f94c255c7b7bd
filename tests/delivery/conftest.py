# SPDX-License-Identifier: Apache-2.0
import pytest
from stack.cert import Authority
from stack.kannel import Kannel
from stack.mail import Mail

from .sender import Sender


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="session")
def kannel(tmp_path_factory):
    kannel = Kannel(tmp_path_factory.mktemp("kannel"))
    try:
        yield kannel.start()
    finally:
        kannel.stop()


@pytest.fixture(scope="session")
def mail_server(tmp_path_factory, authority):
    with Mail(tmp_path_factory.mktemp("mail"), authority) as mail:
        yield mail


@pytest.fixture
def sender(tmp_path):
    """sender(lines, timeout=3): mycred-send with that configuration."""

    def make(lines, **options):
        folder = tmp_path / f"sender-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        return Sender(folder, lines, **options)

    return make
