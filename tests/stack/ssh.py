# SPDX-License-Identifier: Apache-2.0
"""The real ssh client, signing in to an sshd of the private machine."""

from pathlib import Path

import pexpect

from .server import LOOPBACK, run
from .talk import Conversation, converse

# Notices and the prompt after them come in one piece, of several lines.
PROMPT = rf"(?:\(\S+@{LOOPBACK}\) .*[:：?] ?|'s password: )\Z"

# Printed by the remote side of a login that succeeded.
GREETING = "signed in as "
COMMAND = f"echo {GREETING}$(id -un)"


class SshClient:
    """Nobody's own ssh settings count, and nothing is written but in its folder."""

    def __init__(self, folder, sshd):
        self.folder = Path(folder)
        self.sshd = sshd
        self.folder.mkdir(parents=True, exist_ok=True)
        _, key = sshd.known_host.split(" ", 1)
        # All servers of one stack share a host key.
        (self.folder / "known_hosts").write_text(f"[{LOOPBACK}]:* {key}")

    def open(self, login, methods="keyboard-interactive", port=None, key=None, command=COMMAND, options=(), timeout=30):
        """Starts ssh; the conversation. options are further -o options, key a private key's file."""
        settings = [
            f"UserKnownHostsFile={self.folder / 'known_hosts'}",
            "GlobalKnownHostsFile=none",
            "StrictHostKeyChecking=yes",
            f"PreferredAuthentications={methods}",
            f"PubkeyAuthentication={'yes' if key else 'no'}",
            "IdentitiesOnly=yes",
            "GSSAPIAuthentication=no",
            "NumberOfPasswordPrompts=1",
            *options,
        ]
        line = ["-F", "none", "-p", str(port or self.sshd.port), "-T"]
        line += [part for setting in settings for part in ("-o", setting)]
        line += ["-i", str(key)] if key else []
        environment = {"HOME": str(self.folder), "PATH": "/usr/bin:/bin", "TERM": "dumb", "LC_ALL": "C.UTF-8"}
        line += [f"{login}@{LOOPBACK}", command]
        child = pexpect.spawn("ssh", line, env=environment, timeout=timeout, encoding="utf-8", echo=False)
        # Answers are given after a prompt was read, so nothing is gained by a pause before each.
        child.delaybeforesend = None
        return Conversation(child, PROMPT)

    def login(self, login, *answers, **options):
        """Signs in with these answers, one for each prompt; the finished conversation (.ok says whether it is in)."""
        return converse(self.open(login, **options), *answers)

    def make_key(self, name="id"):
        """A new key pair: (private key's file, public key's line)."""
        file = self.folder / name
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", file])
        return file, file.with_suffix(".pub").read_text()
