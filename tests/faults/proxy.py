# SPDX-License-Identifier: Apache-2.0
"""Stands between helper and directory, reads along, and does what a bad network or a dying server would."""

import socket
import threading
from contextlib import suppress
from urllib.parse import quote

BIND, SEARCH, MODIFY, EXTENDED = 0x60, 0x63, 0x66, 0x77
BIND_REPLY, SEARCH_DONE, MODIFY_REPLY, EXTENDED_REPLY = 0x61, 0x65, 0x67, 0x78


def message_size(data):
    """How many bytes the LDAP message at the front of data has; None while that cannot be known."""
    if len(data) < 2:
        return None
    if data[1] < 0x80:
        return 2 + data[1]
    count = data[1] & 0x7F
    if len(data) < 2 + count:
        return None
    return 2 + count + int.from_bytes(data[2 : 2 + count], "big")


def operation(message):
    """The tag of the operation in a message."""
    start = 2 + (message[1] & 0x7F if message[1] & 0x80 else 0)
    return message[start + 2 + message[start + 1]]


class Proxy:
    """rule(tag, message) is asked for each message either way: what it returns goes on in its place.

    True: as it is. None: not at all. bytes: these. Otherwise an exception: Cut ends the connection at
    once, CutAfter when the message has gone on. rule may wait. `seen` holds the tags so far.
    """

    def __init__(self, folder, server, rule=lambda tag, message: True):
        self.path = folder / "proxy.sock"
        self.server, self.rule = str(server), rule
        self.seen = []
        self.connections = 0
        self._open = []

    @property
    def uri(self):
        return f"ldapi://{quote(str(self.path), safe='')}"

    def __enter__(self):
        self.path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self._listener.listen(100)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.close()
        self.cut()

    def close(self):
        """Takes no further connections."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def cut(self):
        """Ends every connection."""
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._open = []

    def count(self, tag):
        return self.seen.count(tag)

    def _accept(self):
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                server = socket.socket(socket.AF_UNIX)
                server.connect(self.server)
                self._open += [client, server]
                for source, target in ((client, server), (server, client)):
                    threading.Thread(target=self._pass, args=(source, target), daemon=True).start()

    def _pass(self, source, target):
        data = b""
        with suppress(OSError, Cut):
            while more := source.recv(65536):
                data += more
                while (size := message_size(data)) and len(data) >= size:
                    self._one(data[:size], source, target)
                    data = data[size:]
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _one(self, message, source, target):
        tag = operation(message)
        self.seen.append(tag)
        try:
            goes_on = self.rule(tag, message)
        except CutAfter:
            source.shutdown(socket.SHUT_RDWR)  # first, so that no reply comes through
            target.sendall(message)
            raise
        if goes_on:
            target.sendall(message if goes_on is True else goes_on)


class Cut(Exception):
    pass


class CutAfter(Cut):
    pass


def at(tag, number, action):
    """A rule that does something at the number-th message of that kind, and lets the others pass."""
    count = 0
    lock = threading.Lock()

    def rule(found, message):
        nonlocal count
        with lock:
            count += found == tag
            hit = found == tag and count == number
        return action(message) if hit else True

    return rule


def cut(_message):
    raise Cut


def cut_after(_message):
    raise CutAfter


def swallow(_message):
    return None


def answer_with(code, operation_reply):
    """Replaces a reply by one with this result code and no more."""

    def replace(message):
        body = bytes([0x0A, 1, code, 0x04, 0, 0x04, 0])
        start = 2 + (message[1] & 0x7F if message[1] & 0x80 else 0)
        number = message[start : start + 2 + message[start + 1]]
        inner = number + bytes([operation_reply, len(body)]) + body
        return bytes([0x30, len(inner)]) + inner

    return replace
