#!/usr/bin/python3 -ES
# SPDX-License-Identifier: Apache-2.0
"""Stands in for mycred-send. What it does is the text of the job: words, one after the other."""

import os
import signal
import sys
import time

conf = sys.argv[sys.argv.index("--conf") + 1]


def act(word):
    name, _, value = word.partition("=")
    if name == "sleep":
        time.sleep(float(value))
    elif name == "exit":
        sys.exit(int(value))
    elif name == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif name == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif name == "print":
        print(value.replace(",", " "))
    elif name == "flood":
        print("x" * int(value))
    elif name == "raw":
        sys.stdout.buffer.write(bytes.fromhex(value))
    elif name == "mute":
        os.close(1)


with open(conf + ".jobs", "a") as jobs:
    job = "" if "deaf" in sys.argv else sys.stdin.read()
    jobs.write(f"{os.getpid()} {sys.argv[1:]} {sorted(os.environ)} {job!r}\n")
for item in job.split():
    act(item)
