# SPDX-License-Identifier: Apache-2.0
"""The module with the real helper, started by it for one conversation: what a host program is told."""

from pam.harness import Pam
from stack.login import HELPER

# The module names no sender, which is at its place on an installed system.
PROGRAM = """\
#!/bin/sh
exec {helper} "$@" --sender {sender}
"""


class RealPam(Pam):
    def __init__(self, site, folder, programs):
        super().__init__(folder, programs, None)
        self.site = site
        self.start_with(site.sender)

    def start_with(self, sender):
        self.program.unlink(missing_ok=True)
        self.program.write_text(PROGRAM.format(helper=HELPER, sender=sender))
        self.program.chmod(0o755)

    def login(self, user, *answers, conf=None, options="nullok", **more):
        """One authentication; the run."""
        conf = conf or self.site.conf
        return self.run("authenticate", user=user, answers=answers, options=f"conf={conf} {options}", **more)
