# SPDX-License-Identifier: Apache-2.0
"""A machine of its own inside the real one: private /etc, /run, /home, /var/log and processes.

The people of the private directory are real logins there (by nslcd), for sshd and for the real
setuid programs su and sudo. The network is that of the real machine.
"""

import os
import signal
import subprocess
from pathlib import Path

import pexpect

from .server import ROOT, Server, children_of, end, poll, run, runs

ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM": "dumb"}

NSLCD_CONF = """\
uid root
gid root
uri {uri}
base {base}
sasl_mech EXTERNAL
bind_timelimit 2
timelimit 3
nss_initgroups_ignoreusers ALLLOCAL
map shadow userPassword userPassword
"""

SUDOERS = """\
%people ALL=(ALL) ALL
"""


def refusal():
    """Why this machine cannot have such a machine inside, "" if it can."""
    if os.geteuid() != 0:
        return "only root may make a private mount namespace"
    done = subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"], capture_output=True, text=True)
    return done.stderr.strip() if done.returncode else ""


class Machine(Server):
    """.pid is its first process as seen from outside; .syslog is what its programs logged.

    The stack's folder, in which the machine's own lies, is the one place that is writable inside
    under its own name.
    """

    name = "machine"
    stop_seconds = 5

    def __init__(self, folder, slapd):
        super().__init__(folder)
        self.slapd = slapd
        self.pid = None

    @property
    def etc(self):
        """What is put into the private /etc at the start."""
        return self.folder / "etc"

    @property
    def syslog(self):
        return self.folder / "log" / "syslog"

    def prepare(self):
        self.up = self.folder / "up"
        self.up.unlink(missing_ok=True)
        (self.etc / "sudoers.d").mkdir(parents=True, exist_ok=True)
        (self.etc / "nslcd.conf").write_text(NSLCD_CONF.format(uri=self.slapd.ldapi, base=self.slapd.suffix))
        (self.etc / "sudoers.d" / "mycred-demo").write_text(SUDOERS)

    def command(self):
        script = Path(__file__).with_name("inside.sh")
        namespace = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        return [*namespace, script, ROOT, self.folder.parent, self.folder, self.up]

    def ready(self):
        return self.up.exists()

    def start(self):
        super().start()
        self.pid = child_of(self.process.pid)
        return self

    def stop(self):
        # unshare blocks every signal but this one; what runs inside dies with its process 1.
        if self.process is not None:
            inner = self.pid or child_of(self.process.pid)
            end(self.process, self.stop_seconds, signal.SIGKILL)
            if inner:
                poll(lambda: not runs(inner), self.stop_seconds, "the private machine to end")
        self.process = self.pid = None

    def path(self, inner):
        """The outside's name for a file inside."""
        return Path(f"/proc/{self.pid}/root{inner}")

    def write_service(self, name, text):
        """Writes the PAM service file of that name."""
        self.path(f"/etc/pam.d/{name}").write_text(text)

    def enter(self, command, user=None):
        """The command line that runs a command inside, as root or as somebody."""
        as_user = ["setpriv", "--reuid", user, "--regid", "people", "--init-groups", "--"] if user else []
        return ["nsenter", "-t", str(self.pid), "-m", "-p", "-r", "-w", "--", *as_user, *map(str, command)]

    def run(self, command, user=None, **more):
        """Runs a command inside; the finished process with its output as text."""
        options = {"capture_output": True, "text": True, "timeout": 60, "env": ENVIRONMENT}
        return subprocess.run(self.enter(command, user), **{**options, **more})

    def talk(self, command, user=None, env=None, timeout=20):
        """Runs a command inside on a terminal, for a conversation by pexpect."""
        first, *rest = self.enter(command, user)
        environment = {**ENVIRONMENT, **(env or {})}
        return pexpect.spawn(first, rest, env=environment, timeout=timeout, encoding="utf-8", echo=False)


class Inside(Server):
    """A server that runs inside the machine, started from outside."""

    def __init__(self, folder, machine):
        super().__init__(folder)
        self.machine = machine

    def inner_command(self):
        raise NotImplementedError

    def command(self):
        return ["env", "-i", *(f"{k}={v}" for k, v in ENVIRONMENT.items()), *self.machine.enter(self.inner_command())]

    @property
    def pid(self):
        """The server's own process as seen from outside; what start() holds is nsenter, waiting for it."""
        return child_of(self.process.pid) if self.process else None

    def stop(self):
        pid = self.pid
        if pid is None or self.process.poll() is not None:
            self.process = None
            return
        os.kill(pid, signal.SIGTERM)
        try:
            self.process.wait(self.stop_seconds)
        except subprocess.TimeoutExpired:
            os.kill(pid, signal.SIGKILL)
            self.process.wait()
        self.process = None


class Nslcd(Inside):
    name = "nslcd"

    def inner_command(self):
        return ["/usr/sbin/nslcd", "-n"]

    def ready(self):
        return self.machine.path("/run/nslcd/socket").exists() and self._answers()

    def _answers(self):
        return self.machine.run(["getent", "passwd", "alice"]).returncode == 0


def pam_ldap():
    """The path of pam_ldap.so, which checks passwords by an LDAP bind through nslcd; not installed, only unpacked."""
    folder = run([Path(__file__).with_name("unpack"), "libpam-ldapd"]).strip()
    return next(Path(folder).rglob("pam_ldap.so"))


def child_of(pid):
    """The first child of a process; None if it has none, or has ended itself."""
    return next(iter(children_of(pid)), None)
