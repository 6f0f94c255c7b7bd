#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Stands where mycred-login would be started; does what `behaviour` beside it says and notes what it finds."""

import json
import os
import signal
import socket
import struct
import sys
from pathlib import Path

HERE = Path(sys.argv[0]).parent
REPLY, RESULT, MESSAGE, STATE = 64, 14, 15, 12
OK, ASK, WRONG = 1, 4, 5


def frame(fields):
    payload = b"".join(struct.pack(">BI", tag, len(value)) + value for tag, value in fields)
    return b"mc" + struct.pack(">BBI", 1, REPLY, len(payload)) + payload


def note():
    status = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines())
    seen = {
        "argv": sys.argv,
        "environment": dict(os.environ),
        "cwd": os.getcwd(),
        "descriptors": {int(name): os.readlink(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd")[:-1]},
        "blocked": status["SigBlk"],
        "ignored": status["SigIgn"],
        "own_session": os.getsid(0) == os.getpid(),
    }
    with open(HERE / "seen", "a") as file:
        file.write(json.dumps(seen) + "\n")
    with open(HERE / "pids", "a") as file:
        file.write(f"{os.getpid()}\n")


def read(channel, size):
    data = b""
    while len(data) < size:
        more = channel.recv(size - len(data))
        if not more:
            sys.exit(0)
        data += more
    return data


def serve(channel, result):
    while True:
        header = read(channel, 8)
        read(channel, struct.unpack(">I", header[4:])[0])
        if header[3] == 1:
            channel.sendall(frame([(RESULT, bytes([ASK])), (STATE, b"s"), (MESSAGE, b"\3Code: ")]))
        else:
            channel.sendall(frame([(RESULT, bytes([result]))]))


def main():
    note()
    channel = socket.socket(fileno=os.dup(0))
    behaviour = (HERE / "behaviour").read_text()
    if behaviour == "die":
        sys.exit(3)
    if behaviour in ("ok", "wrong"):
        serve(channel, OK if behaviour == "ok" else WRONG)
    if behaviour == "die after the prompt":
        header = read(channel, 8)
        read(channel, struct.unpack(">I", header[4:])[0])
        channel.sendall(frame([(RESULT, bytes([ASK])), (MESSAGE, b"\3Code: ")]))
        sys.exit(0)
    # deaf: neither end of file nor a polite signal ends it
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if behaviour == "deaf after the reply":
        header = read(channel, 8)
        read(channel, struct.unpack(">I", header[4:])[0])
        channel.sendall(frame([(RESULT, bytes([OK]))]))
    while True:
        signal.pause()


main()
