# SPDX-License-Identifier: Apache-2.0
"""mycred-logind with fake workers and senders, and clients that speak its frames."""

import fcntl
import json
import os
import select
import signal
import socket
import struct
import subprocess
import termios
import time
from pathlib import Path

from stack.server import BUILD, children_of, end, poll

from . import frames

HERE = Path(__file__).parent
PROGRAM = BUILD / "mycred-logind"

# A sanitizer's runtime makes calls and takes memory of its own, so that counting either means nothing.
SANITIZED = PROGRAM.exists() and b"__asan_init" in PROGRAM.read_bytes()

# The shell keeps its process number over exec, so it can say to whom the socket is passed.
START = 'ulimit -n "$1" && shift && exec "$@"'
START_ACTIVATED = 'ulimit -n "$1" && shift && exec 3<&"$1" && shift && LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"'


class Service:
    def __init__(self, folder, listener=None, worker_script="", nofile=4096, user=None, wrapper=(), **options):
        self.folder = Path(folder)
        self.socket = self.folder / "login.sock"
        self.conf = self.folder / "mycred.conf"
        self.conf.write_text(worker_script)
        self.log_file = self.folder / "log"
        self.listener = listener
        self.nofile = nofile
        self.user = user
        self.wrapper = [str(word) for word in wrapper]
        if user is not None:
            os.chown(self.folder, user, -1)
        self.options = {
            "conf": self.conf,
            "socket": self.socket,
            "worker": HERE / "fake_worker.py",
            "sender": HERE / "fake_sender.py",
            **options,
        }
        self.process = None

    def command(self):
        words = [*self.wrapper, str(PROGRAM)]
        for name, value in self.options.items():
            words += [f"--{name}", str(value)]
        return words

    def identity(self):
        return ["--reuid", str(self.user), "--clear-groups"] if self.user is not None else []

    def start(self):
        inherited = [str(self.listener.fileno())] if self.listener else []
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                ["setpriv", *self.identity(), "--pdeathsig", "KILL", "bash", "-c", START_ACTIVATED if self.listener else START, "bash"]
                + [str(self.nofile)] + inherited + self.command(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                pass_fds=[self.listener.fileno()] if self.listener else [],
            )
        poll(self.is_up, 10, "the service to listen")
        return self

    def is_up(self):
        assert self.process.poll() is None, self.log()
        try:
            self.connect().close()
            return True
        except (FileNotFoundError, ConnectionRefusedError):
            return False

    def stop(self):
        if self.process:
            end(self.process, 10)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    # ---- asking

    def connect(self):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(30)
        connection.connect(str(self.listener.getsockname() if self.listener else self.socket))
        return Client(connection)

    def begin(self, user="ok", **more):
        """A client that has written its request."""
        client = self.connect()
        client.write(frames.request(user=user, **more))
        return client

    def ask(self, user="ok", **more):
        return self.begin(user, **more).reply()

    # ---- looking at it

    def log(self):
        return self.log_file.read_text()

    def jobs(self):
        jobs = Path(f"{self.conf}.jobs")
        return jobs.read_text().splitlines() if jobs.exists() else []

    def started(self):
        """Process numbers of all workers that were started so far."""
        started = Path(f"{self.conf}.started")
        return [int(pid) for pid in started.read_text().split()] if started.exists() else []

    def children(self):
        return children_of(self.process.pid)

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def resident(self):
        """Kilobytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])

    def ticks(self):
        """Processor time used so far, in clock ticks, and the number of times it was woken."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(stat[11]) + int(stat[12]), int(status.split("voluntary_ctxt_switches:")[1].split()[0])

    def signal(self, number):
        os.kill(self.process.pid, number)


class Client:
    def __init__(self, connection):
        self.connection = connection

    def write(self, data):
        try:
            self.connection.sendall(data)
        except BrokenPipeError:
            pass  # dropped already; reply() shows whether anything was said

    def reply(self):
        """The reply, or None when the service closed without one."""
        try:
            return frames.read_frame(self.connection.recv)
        except ConnectionResetError:
            return None
        finally:
            self.close()

    def is_open(self):
        """Whether the service still holds this connection and has said nothing."""
        waiter = select.poll()
        waiter.register(self.connection, select.POLLIN)
        return not waiter.poll(0)

    def is_read(self):
        """Whether the service has taken all that was written."""
        return struct.unpack("i", fcntl.ioctl(self.connection, termios.TIOCOUTQ, bytes(4)))[0] == 0

    def close(self):
        self.connection.close()


def facts(reply):
    """What the fake worker saw."""
    return json.loads(reply.get(frames.STATE))


def elapsed(action):
    begin = time.monotonic()
    result = action()
    return time.monotonic() - begin, result


def kill(pid):
    os.kill(pid, signal.SIGKILL)
