# SPDX-License-Identifier: Apache-2.0
"""Servers that are not what they should be."""

import socket
import threading
from contextlib import contextmanager, suppress

from stack.server import LOOPBACK

# The answer to the first message of a connection: StartTLS may begin, or may not.
START_TLS_OK = bytes.fromhex("300c02010178070a010004000400")
START_TLS_REFUSED = bytes.fromhex("300c02010178070a010204000400")


@contextmanager
def listening(serve):
    """Calls serve(connection) for each connection, in a thread; the port."""
    listener = socket.create_server((LOOPBACK, 0))
    open_ones = []

    def serve_one(connection):
        with suppress(OSError), connection:
            serve(connection)

    def accept():
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                open_ones.append(connection)
                threading.Thread(target=serve_one, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        for one in (listener, *open_ones):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        listener.close()


def mute(starttls=False):
    """Takes what comes and says nothing, or nothing but that TLS may begin."""

    def serve(connection):
        if starttls:
            connection.recv(4096)
            connection.sendall(START_TLS_OK)
        while connection.recv(4096):
            pass

    return listening(serve)


@contextmanager
def shaking_hands(context, starttls=False):
    """TLS, and then nothing more. Its URI, and what it was sent: in clear text before StartTLS, or under TLS."""
    heard = []

    def serve(connection):
        if starttls:
            heard.append(connection.recv(4096))
            connection.sendall(START_TLS_OK)
        with context.wrap_socket(connection, server_side=True) as secured:
            heard.append(secured.recv(4096))

    with listening(serve) as port:
        yield f"{'ldap' if starttls else 'ldaps'}://{LOOPBACK}:{port}", heard
