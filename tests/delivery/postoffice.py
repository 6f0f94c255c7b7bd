# SPDX-License-Identifier: Apache-2.0
"""A stand-in for a mail server, for what a real one does not do when asked; it keeps every byte that it received."""

import socket
import threading

from stack.server import LOOPBACK

from .gateway import tls_context

GOOD = {
    "": "220 standin ESMTP",
    "EHLO": "250-standin\r\n250-STARTTLS\r\n250 8BITMIME",
    "STARTTLS": "220 go on",
    "EHLO again": "250-standin\r\n250 AUTH PLAIN LOGIN",
    "AUTH": "235 welcome",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go on",
    ".": "250 taken",
    "NOOP": "250 ok",
    "QUIT": "221 bye",
}

MUTE, DROP = object(), object()


class PostOffice:
    """replies change those of GOOD by command, "greeting" or "end" (of a mail).

    A list of replies is used up connection by connection, the last for all that follow.

    injected are bytes that follow the answer to STARTTLS before TLS begins.
    """

    def __init__(self, certificate=None, implicit=False, injected=b"", **replies):
        named = {"greeting": "", "end": "."}
        self.replies = {**GOOD, **{named.get(name, name): reply for name, reply in replies.items()}}
        self.certificate, self.implicit, self.injected = certificate, implicit, injected
        self.sessions = []  # the commands of each connection
        self.mails = []  # what came between DATA and its end, as it came
        self.clear = b""  # everything that came without TLS
        self._socket = socket.create_server((LOOPBACK, 0))
        self.port = self._socket.getsockname()[1]
        self._stop = threading.Event()
        self._threads = []

    @property
    def name(self):
        return f"{LOOPBACK}:{self.port}"

    def __enter__(self):
        self._start(self._serve)
        return self

    def __exit__(self, *_):
        self._stop.set()
        socket.create_connection((LOOPBACK, self.port)).close()
        for thread in self._threads:
            thread.join(5)
        self._socket.close()

    def _start(self, target, *arguments):
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _serve(self):
        while True:
            connection, _ = self._socket.accept()
            if self._stop.is_set():
                connection.close()
                return
            commands = []
            self.sessions.append(commands)
            self._start(self._handle, connection, commands, len(self.sessions) - 1)

    def _handle(self, connection, commands, number):
        try:
            self._talk(Talk(self, connection), commands, number)
        except (OSError, EOFError):
            pass  # the sender went away, or was told to
        finally:
            connection.close()

    def _reply(self, name, number):
        reply = self.replies[name]
        return reply[min(number, len(reply) - 1)] if isinstance(reply, list) else reply

    def _talk(self, talk, commands, number):
        if self.implicit:
            talk.start_tls()
        talk.answer(self._reply("", number))
        while True:
            line = talk.line().decode("latin-1").rstrip("\r\n")
            commands.append(line)
            name = line.split(" ")[0].upper()
            if name == "AUTH":
                talk.answer("334 ")
                talk.line()
            again = name == "EHLO" and talk.private
            reply = self._reply("EHLO again" if again else name, number)
            talk.answer(reply, self.injected if name == "STARTTLS" else b"")
            if name == "STARTTLS" and reply.startswith("2"):
                talk.start_tls()
            elif name == "DATA" and reply.startswith("3"):
                self.mails.append(talk.mail())
                talk.answer(self._reply(".", number))
            elif name == "QUIT":
                return


class Talk:
    """One connection."""

    def __init__(self, office, connection):
        self.office, self.connection, self.rest = office, connection, b""
        self.private = False

    def start_tls(self):
        assert self.rest == b""
        self.connection = tls_context(self.office.certificate).wrap_socket(self.connection, server_side=True)
        self.private = True

    def answer(self, reply, more=b""):
        if reply is DROP:
            raise EOFError
        if reply is MUTE:
            self.connection.settimeout(20)
            self.connection.recv(1)
            raise EOFError
        self.connection.sendall(reply.encode() + b"\r\n" + more)

    def _until(self, end):
        while end not in self.rest:
            more = self.connection.recv(65536)
            if not more:
                raise EOFError
            if not self.private:
                self.office.clear += more
            self.rest += more
        found, self.rest = self.rest.split(end, 1)
        return found + end

    def line(self):
        return self._until(b"\r\n")

    def mail(self):
        return self._until(b"\r\n.\r\n")
