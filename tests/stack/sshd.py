# SPDX-License-Identifier: Apache-2.0
"""sshd inside the private machine: as many as wanted, each with a PAM service of its own.

OpenSSH has no option for the PAM service; it is the base name that sshd was called by. So each
server is called by a link of its service's name.
"""

from .machine import Inside
from .server import LOOPBACK, answers, free_port, run

CONFIG = """\
ListenAddress {host}:{port}
HostKey {key}
PidFile none
UsePAM yes
KbdInteractiveAuthentication yes
PasswordAuthentication yes
PermitRootLogin no
PermitEmptyPasswords no
AuthorizedKeysFile /etc/ssh/keys/%u
UseDNS no
PrintMotd no
MaxStartups 300
MaxSessions 50
LoginGraceTime 120
Subsystem sftp internal-sftp
LogLevel {log_level}
{more}
"""


class Sshd(Inside):
    """more is further text for sshd_config; the PAM service file must be there before somebody logs in."""

    def __init__(self, folder, machine, service="sshd", more="", log_level="INFO"):
        super().__init__(folder, machine)
        self.name = self.service = service
        self.port = free_port()
        self.more = more
        self.log_level = log_level

    @property
    def host_key(self):
        return self.folder / "host_key"

    @property
    def known_host(self):
        """The line that ssh clients need in their known_hosts file."""
        kind, key, *_ = self.host_key.with_suffix(".pub").read_text().split()
        return f"[{LOOPBACK}]:{self.port} {kind} {key}\n"

    def prepare(self):
        if not self.host_key.exists():
            run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "mycred demo", "-f", self.host_key])
        self.config = self.folder / f"{self.service}.conf"
        self.config.write_text(
            CONFIG.format(host=LOOPBACK, port=self.port, key=self.host_key, log_level=self.log_level, more=self.more)
        )
        self.machine.path("/etc/ssh/keys").mkdir(exist_ok=True)
        link = self.machine.path(f"/run/services/{self.service}")
        if not link.is_symlink():
            link.symlink_to("/usr/sbin/sshd")

    def inner_command(self):
        return [f"/run/services/{self.service}", "-D", "-e", "-f", self.config]

    def ready(self):
        return answers(self.port)

    def authorize(self, login, public_key):
        """Lets somebody in by that public key; None takes it back."""
        file = self.machine.path(f"/etc/ssh/keys/{login}")
        if public_key is None:
            file.unlink(missing_ok=True)
        else:
            file.write_text(public_key)
