# SPDX-License-Identifier: Apache-2.0
"""Process 1 of the private machine: writes what is sent to /dev/log into a file, and reaps orphans."""

import os
import re
import signal
import socket
import sys

PRIORITY = re.compile(rb"^<\d+>")


def main(log_file, up_file):
    # Ignored, a child that ends leaves nothing behind to be waited for.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    reader = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    reader.bind("/dev/log")
    os.chmod("/dev/log", 0o666)
    log = open(log_file, "ab", buffering=0)
    open(up_file, "w").close()
    while True:
        line = reader.recv(65536).rstrip(b"\n\0")
        log.write(PRIORITY.sub(b"", line).replace(b"\n", b"#012") + b"\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
