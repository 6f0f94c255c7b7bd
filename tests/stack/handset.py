#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The handset side of the SMS gateway: runs fakesmsc and writes one line per SMS: number, tab, text.

fakesmsc prints what crosses the wire, one line at a time: a long SMS as several parts with a user
data header, anything but plain text URL-encoded, and a plain text that holds a newline as several
lines. A telephone shows one message, so this puts them together again. White space of any kind in
a text becomes one space in the log.
"""

import argparse
import re
import selectors
import signal
import subprocess
import sys
from urllib.parse import unquote_to_bytes

FAKESMSC = "/usr/lib/kannel/test/fakesmsc"
GOT = re.compile(rb"Got message \d+: <(.*)>$")
MESSAGE = re.compile(rb"(?P<sender>\S+) (?P<number>\S+) (?:udh (?P<udh>\S+) )?(?P<kind>text|data|ucs-2) (?P<body>.*)$")

# The pieces of a plain text with newlines arrive in one write of the gateway; nothing marks the
# last one but that no other follows.
CONTINUATION_SECONDS = 0.05


class Handset:
    """Turns fakesmsc's lines into messages; complete ones go to deliver(number, text)."""

    def __init__(self, deliver):
        self.deliver = deliver
        self.plain = None
        self.parts = {}

    def line(self, line):
        got = GOT.search(line)
        if not got:
            return
        message = MESSAGE.match(got[1])
        if message is None:
            self._continue(got[1])
            return
        self.silence()
        if message["udh"]:
            self._part(message)
        elif message["kind"] == b"text":
            self.plain = (message["number"], message["body"])
        else:
            self._complete(message["number"], unquote(message["body"]), message["kind"] == b"ucs-2")

    def silence(self):
        """No further line came: a plain text that was waiting for one is whole."""
        if self.plain is not None:
            number, body = self.plain
            self.plain = None
            self._complete(number, body, False)

    def _continue(self, line):
        if self.plain is not None:
            self.plain = (self.plain[0], self.plain[1] + b"\n" + line)

    def _part(self, message):
        # 05 00 03 <reference> <parts> <this part>: concatenation with an 8-bit reference.
        *_, reference, total, number = unquote(message["udh"])
        key = (message["number"], reference)
        parts = self.parts.setdefault(key, {})
        parts[number] = unquote(message["body"])
        if len(parts) == total:
            del self.parts[key]
            whole = b"".join(parts[n] for n in sorted(parts))
            self._complete(message["number"], whole, looks_like_utf16(whole))

    def _complete(self, number, body, utf16):
        text = body.decode("utf-16-be" if utf16 else "utf-8", "replace")
        self.deliver(number.decode(errors="replace"), " ".join(text.split()))


def unquote(body):
    return unquote_to_bytes(body.replace(b"+", b" "))


def looks_like_utf16(body):
    """Parts do not say their coding. UTF-16 with any digit or space in it holds a zero byte; UTF-8 never does."""
    if b"\0" in body:
        return True
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def lines(stream):
    """The stream's lines, and None for each time that no line came for a moment."""
    selector = selectors.DefaultSelector()
    selector.register(stream, selectors.EVENT_READ)
    rest = b""
    while True:
        if not selector.select(CONTINUATION_SECONDS):
            yield None
            selector.select()
        read = stream.read(65536)
        if not read:
            return
        *complete, rest = (rest + read).split(b"\n")
        yield from complete


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--port", required=True, help="the port where bearerbox waits for an SMS centre")
    options.add_argument("--log", required=True, help="file to append messages to")
    options = options.parse_args()
    fakesmsc = subprocess.Popen(
        # Zero messages to send: it only receives. The dummy keeps it from reading stdin.
        ["setpriv", "--pdeathsig", "KILL", FAKESMSC, "-H", "127.0.0.1", "-r", options.port, "-m", "0", "1 1 text x"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        bufsize=0,
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        follow(fakesmsc, options.log)
    finally:
        fakesmsc.terminate()
        fakesmsc.wait()


def follow(fakesmsc, log_file):
    with open(log_file, "a", encoding="utf-8") as log:

        def deliver(number, text):
            log.write(f"{number}\t{text}\n")
            log.flush()

        handset = Handset(deliver)
        for line in lines(fakesmsc.stdout):
            if line is None:
                handset.silence()
                continue
            sys.stdout.buffer.write(line + b"\n")
            sys.stdout.buffer.flush()
            handset.line(line)


if __name__ == "__main__":
    main()
