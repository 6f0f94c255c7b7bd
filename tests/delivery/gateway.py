# SPDX-License-Identifier: Apache-2.0
"""A stand-in for an SMS gateway, for what a real one does not do when asked.

Every request is recorded and answered as told.
"""

import socket
import ssl
import threading
from dataclasses import dataclass

from stack.server import LOOPBACK


@dataclass
class Request:
    method: str
    target: str
    headers: dict
    body: bytes

    def header(self, name):
        return self.headers.get(name.lower())


def read_request(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return None
        data += more
    head, body = data.split(b"\r\n\r\n", 1)
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {}
    for line in lines:
        name, value = line.split(":", 1)
        assert name.lower() not in headers, f"{name} twice"
        headers[name.lower()] = value.strip()
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    return Request(method, target, headers, body)


class Gateway:
    """behave(connection, request) answers; a list of them is used up one by one, the last for all that follow."""

    def __init__(self, behave, certificate=None, maximum=None):
        self.behaviours = behave if isinstance(behave, list) else [behave]
        self.requests = []
        self.connections = 0
        self._context = tls_context(certificate, maximum) if certificate else None
        self._socket = socket.create_server((LOOPBACK, 0))
        self.port = self._socket.getsockname()[1]
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._serve, daemon=True)]

    @property
    def url(self):
        return f"{'https' if self._context else 'http'}://{LOOPBACK}:{self.port}"

    @property
    def name(self):
        return f"{LOOPBACK}:{self.port}"

    def __enter__(self):
        self._threads[0].start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        socket.create_connection((LOOPBACK, self.port)).close()
        for thread in self._threads:
            thread.join(5)
        self._socket.close()

    def _serve(self):
        while True:
            connection, _ = self._socket.accept()
            if self._stop.is_set():
                connection.close()
                return
            self.connections += 1
            thread = threading.Thread(target=self._handle, args=(connection, self.connections - 1), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _handle(self, connection, number):
        try:
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            request = read_request(connection)
            if request is not None:
                self.requests.append(request)
                self.behaviours[min(number, len(self.behaviours) - 1)](connection, request)
        except OSError:
            pass  # the sender went away, as many tests want it to
        finally:
            connection.close()


def tls_context(certificate, maximum=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if maximum:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = maximum
    context.load_cert_chain(*certificate)
    return context


# ---- behaviours


def answer(status, body=b"", *headers):
    def behave(connection, _request):
        lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
        connection.sendall("\r\n".join(lines).encode() + body)

    return behave


def raw(data):
    def behave(connection, _request):
        connection.sendall(data)

    return behave


def drop(_connection, _request):
    """Takes the request and goes away without a word."""


def hang(connection, _request):
    connection.settimeout(20)
    connection.recv(1)  # returns when the sender gives up


def trickle(connection, _request):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    connection.settimeout(0.3)
    while True:
        connection.sendall(b"x")
        try:
            if not connection.recv(1):
                return
        except TimeoutError:
            continue


def endless(declared):
    """100 MiB of answer, its length declared or not."""

    def behave(connection, _request):
        size = 100 * 1024 * 1024
        length = f"Content-Length: {size}\r\n" if declared else ""
        connection.sendall(f"HTTP/1.1 200 OK\r\n{length}\r\n".encode())
        for _ in range(size // 65536):
            connection.sendall(b"x" * 65536)

    return behave


def endless_head(connection, _request):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-More: " + b"x" * 1000 + b"\r\n")
