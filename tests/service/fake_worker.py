#!/usr/bin/python3 -ES
# SPDX-License-Identifier: Apache-2.0
"""Stands in for mycred-login --worker. What it does is the USER of each request: words, one after the other.

The file named by --conf says what it does at its start, and NAME.started gets one line a start.
"""

import json
import os
import signal
import socket
import sys
import time

import frames

conf = sys.argv[sys.argv.index("--conf") + 1]
line = socket.socket(fileno=os.dup(0))


def facts(envelope, frame):
    uid, budget = frames.ENVELOPE.unpack(envelope)
    return {
        "pid": os.getpid(),
        "uid": uid,
        "budget": budget,
        "kind": frame.kind,
        "password": frame.get(frames.PASSWORD).decode(),
        "size": len(frame.get(frames.STATE)),
        "cause": frame.get(frames.CAUSE).decode(errors="replace"),
        "arguments": sys.argv[1:],
        "environment": dict(os.environ),
        "cwd": os.getcwd(),
        "descriptors": {int(fd): link(fd) for fd in os.listdir("/proc/self/fd")},
        "blocked": [name for name in signal.pthread_sigmask(signal.SIG_BLOCK, [])],
        "core": open("/proc/self/limits").read().split("Max core file size")[1].split()[0],
    }


def link(fd):
    try:
        return os.readlink(f"/proc/self/fd/{fd}")
    except OSError:
        return ""


budget = ()


def deliver(frame, text):
    """Asks for a message to be sent; the request that comes back when it could not is told by its words."""
    sent = frames.reply("ask", b"sent")
    words = text.split("|")
    rhost = {"rhost": frame.get(frames.RHOST)} if frame.get(frames.RHOST) else {}
    onward = "|".join(words[1:]) or "ok"
    undelivered = frames.request(frames.UNDELIVERED, onward, frame.get(frames.ID).decode(), state=b"s", **rhost)
    return frames.send(words[0].replace("_", " ").encode(), sent, undelivered, *budget)


def act(word, frame, answer):
    """Returns what is to be answered after this word."""
    global budget
    name, _, value = word.partition("=")
    if name == "budget":  # channel, SMS from one source, SMS in all, pause
        channel, *limits = map(int, value.split(","))
        budget = (channel, limits)
    if name == "sleep":
        time.sleep(float(value))
    elif name == "exit":
        os._exit(int(value))
    elif name == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif name == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif name == "close":
        line.shutdown(socket.SHUT_RDWR)
        os.close(0)
        line.close()
        time.sleep(60)
    elif name == "half":
        return answer[: len(answer) // 2]
    elif name == "bytes":
        return bytes.fromhex(value)
    elif name == "twice":
        return answer * 2
    elif name == "result":
        return frames.reply(value)
    elif name == "echo":
        return frames.reply("ok", b"x" * int(value))
    elif name == "send":
        return deliver(frame, word[5:])
    elif name == "say":
        line.sendall(answer)
        return b""
    return answer


def serve():
    count = 0
    while True:
        envelope = frames.read_exactly(line.recv, frames.ENVELOPE.size)
        frame = envelope and frames.read_frame(line.recv)
        if not frame:
            return
        count += 1
        answer = frames.reply("ok", json.dumps(dict(facts(envelope, frame), count=count)).encode())
        for word in frame.get(frames.USER).decode().split():
            answer = act(word, frame, answer)
        line.sendall(answer)


def at_start():
    with open(conf + ".started", "a") as started:
        started.write(f"{os.getpid()}\n")
    with open(conf) as script:
        for word in script.read().split():
            name, _, value = word.partition("=")
            if name == "exit":
                sys.exit(int(value))
            if name == "say":
                line.sendall(frames.reply(value))


at_start()
serve()
