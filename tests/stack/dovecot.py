# SPDX-License-Identifier: Apache-2.0
"""Dovecot inside the private machine: an IMAP server that asks PAM."""

from .machine import Inside
from .server import LOOPBACK, answers, free_port

CONFIG = """\
base_dir = /run/dovecot
state_dir = /run/dovecot/state
log_path = /dev/stderr
protocols = imap
listen = {host}
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain
mail_location = maildir:~/mail
passdb {{
  driver = pam
  args = imap
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home=/run/dovecot/home/%u
}}
first_valid_uid = 1
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""


class Dovecot(Inside):
    """The PAM service is `imap`; its file must be there before somebody logs in."""

    name = "dovecot"

    def __init__(self, folder, machine):
        super().__init__(folder, machine)
        self.port = free_port()

    @property
    def url(self):
        return f"imap://{LOOPBACK}:{self.port}/"

    def prepare(self):
        self.config = self.folder / "dovecot.conf"
        self.config.write_text(CONFIG.format(host=LOOPBACK, port=self.port))
        for folder in ("", "/state", "/home"):
            self.machine.path(f"/run/dovecot{folder}").mkdir(exist_ok=True, mode=0o755)
        self.machine.path("/run/dovecot/home").chmod(0o1777)

    def inner_command(self):
        return ["/usr/sbin/dovecot", "-F", "-c", self.config]

    def ready(self):
        return answers(self.port)
