# SPDX-License-Identifier: Apache-2.0
"""A new Debian machine in a folder, with processes, users and a network of its own."""

import contextlib
import ctypes
import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
from pathlib import Path

import pexpect
from stack.machine import child_of
from stack.server import ROOT, poll
from web.client import Client

MIRROR = "http://deb.debian.org/debian"
CLONE = "/root/mycred"
CLONE_NEWNET = 0x40000000
SHELL = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8", "TERM": "dumb"}
ENVIRONMENT = {**SHELL, "DEBIAN_FRONTEND": "noninteractive", "PS1": ""}

# The first process buries those whose parents have gone.
FIRST = "for (;;) { wait() < 0 && select(undef, undef, undef, 0.1) }"

# What is mounted where the machine's processes are; the last command is what runs there.
INSIDE = """\
set -eu
mount --make-rprivate /
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$1/dev/pts"
rm -f "$1/dev/ptmx" && ln -s pts/ptmx "$1/dev/ptmx"
mount -t tmpfs -o mode=0755,nosuid,nodev tmpfs "$1/run"
mkdir "$1/run/lock"
shift
exec "$@"
"""


class Fresh:
    """install() is done with the machine's network, everything after start() in one that leads nowhere."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.root = self.folder / "root"
        self.holder = None

    # ---- before it is started

    def bootstrap(self, packages):
        done = subprocess.run(
            ["debootstrap", "--variant=minbase", f"--include={','.join(packages)}", "bookworm", self.root, MIRROR],
            capture_output=True, text=True,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        self.write("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755)
        shutil.copy("/etc/resolv.conf", self.root / "etc/resolv.conf")
        for name in {name for name in os.environ if name.lower() in ("http_proxy", "https_proxy")}:
            ENVIRONMENT[name] = os.environ[name]

    def install(self, script):
        """Runs a script in it, with a way to Debian's mirror."""
        inside = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", INSIDE, "sh", self.root]
        done = subprocess.run(
            [*inside, "chroot", self.root, "env", "-i", *pairs(ENVIRONMENT), "bash", "-ec", script],
            capture_output=True, text=True, stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        return done.stdout

    def copy(self, files):
        for file in files:
            target = self.root / CLONE.lstrip("/") / file.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, target)

    def write(self, path, text, mode=0o644):
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=mode)
        file.write_text(text)
        file.chmod(mode)

    # ---- running

    def start(self, name):
        (self.root / "usr/sbin/policy-rc.d").unlink()
        own = ["unshare", "--mount", "--pid", "--net", "--uts", "--fork", "--kill-child", "sh", "-c", INSIDE, "sh", self.root]
        script = f"hostname {name}; ip link set lo up; exec chroot {self.root} perl -e '{FIRST}'"
        self.holder = subprocess.Popen([*own, "sh", "-ec", script], stdin=subprocess.DEVNULL)
        poll(lambda: self.pid and (Path("/proc") / str(self.pid) / "cmdline").read_text().startswith("perl"), 20, "the new machine")

    @property
    def pid(self):
        return child_of(self.holder.pid)

    def stop(self):
        if self.holder:
            self.holder.kill()
            self.holder.wait()

    def words(self, *words):
        spaces = ["--mount", "--pid", "--net", "--uts", "--root", f"--wdns={CLONE}"]
        return ["nsenter", f"--target={self.pid}", *spaces, "env", "-i", *pairs(ENVIRONMENT), *words]

    def run(self, *words, check=True, **more):
        # Services that a command starts keep its output open: a file, unlike a pipe, has an end all the same.
        with (self.folder / "output").open("w+") as output:
            done = subprocess.run(
                self.words(*words), stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=240, **more
            )
            output.seek(0)
            done.stdout = output.read()
        assert not check or done.returncode == 0, done.stdout[-4000:]
        return done

    def spawn(self, *words, timeout=240):
        first, *rest = self.words(*words)
        return pexpect.spawn(first, rest, encoding="utf-8", timeout=timeout, echo=False, env={"PATH": SHELL["PATH"]})

    @contextlib.contextmanager
    def network(self):
        """This process is in the machine's network meanwhile."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open("/proc/self/ns/net") as own, open(f"/proc/{self.pid}/ns/net") as theirs:
            assert libc.setns(theirs.fileno(), CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
            try:
                yield
            finally:
                assert libc.setns(own.fileno(), CLONE_NEWNET) == 0


def pairs(environment):
    return [f"{name}={value}" for name, value in environment.items()]


class Shell:
    """An administrator's shell on the machine's terminal, ended by the first command that fails."""

    def __init__(self, machine):
        self.machine, self.count, self.shown = machine, 0, ""
        self.child = machine.spawn("bash", "--norc", "--noprofile")
        self.child.delaybeforesend = None
        self.child.sendline("set -e")

    def type(self, block, answers=()):
        """Runs a block of commands; answers are (what is asked, a function that gives the answer from what was shown)."""
        self.count += 1
        self.machine.write(f"/tmp/block{self.count}", block)
        self.child.sendline(f". /tmp/block{self.count}; echo end-of-$?-{self.count}")
        shown = ""
        while True:
            which = self.child.expect([f"end-of-0-{self.count}", pexpect.EOF, *(re.escape(asked) for asked, _ in answers)])
            shown += self.child.before
            assert which != 1, f"this ended with an error:\n{block}\n{shown[-4000:]}"
            if which == 0:
                return shown
            shown += self.child.after
            self.child.sendline(answers[which - 2][1](shown))


class Local(http.client.HTTPSConnection):
    def connect(self):
        plain = socket.create_connection(("127.0.0.1", 443), self.timeout)
        self.sock = self._context.wrap_socket(plain, server_hostname=self.host)


class Visitor(Client):
    """A browser whose name server says that the site is on this machine."""

    class Site:
        def __init__(self, url, authority):
            self.url, self.authority, self.port = url, authority, 443

    def __init__(self, url, authority):
        super().__init__(self.Site(url, authority))

    def _connect(self):
        context = ssl.create_default_context(cafile=self.httpd.authority.file)
        return Local(self.httpd.url.split("/")[2], timeout=20, context=context)
