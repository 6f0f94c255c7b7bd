# SPDX-License-Identifier: Apache-2.0
"""What our line in a service file puts into sshd: libraries mapped, memory added."""

import re
from pathlib import Path

from stack.login import MODULE
from stack.otp import totp
from stack.server import children_of, runs
from stack.ssh import SshClient

from .figures import Note, Row, Sample

SIGNED_IN = "signed-in"
SIZES = ("Rss", "Pss", "Private_Dirty")


def processes(pid):
    """The process and all below it."""
    return [pid, *(found for child in children_of(pid) for found in processes(child))] if runs(pid) else []


def libraries(pid):
    files = re.findall(r"(/\S+\.so\S*)$", Path(f"/proc/{pid}/maps").read_text(), re.MULTILINE)
    return {Path(file).name for file in files}


def memory(pid):
    """Kilobytes of each of SIZES."""
    lines = dict(line.split(":") for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    return [int(lines[name].split()[0]) for name in SIZES]


def session(ground, ssh, sshd, answers):
    """Somebody's open session: (libraries, memory) of its sshd processes together."""
    conversation = ssh.open("carol", port=sshd.port, command=f"echo {SIGNED_IN}; exec sleep 60")
    try:
        for answer in answers():
            conversation.prompt()
            conversation.answer(answer)
        conversation.child.expect(SIGNED_IN)
        own = [pid for pid in processes(sshd.pid)[1:] if Path(f"/proc/{pid}/exe").readlink().name == "sshd"]
        return set().union(*map(libraries, own)), [sum(sizes) for sizes in zip(*map(memory, own))]
    finally:
        conversation.hang_up()


def without_ours(text):
    return "\n".join(line for line in text.splitlines() if str(MODULE) not in line) + "\n"


def rows(ground, rounds):
    stack = ground.stack
    ssh = SshClient(stack.folder / "client", stack.sshd)
    plain = stack.start_sshd("sshd-before", without_ours(stack.login.service_file()))
    before, after = [], []
    for _ in range(rounds):
        before.append(session(ground, ssh, plain, lambda: [stack.password]))
        stack.directory.replace(stack.people.dn("carol"), mycredTotpUsed=None)
        after.append(session(ground, ssh, stack.sshd, lambda: [stack.password, totp(stack.carol_totp)]))
    return [Note("sshd with our line in its stack, and without", title=True), *compare(before, after)]


def compare(before, after):
    more = sorted(after[-1][0] - before[-1][0] - {MODULE.name})
    lines = [Row(f"libraries mapped besides {MODULE.name}", Sample([len(more)], ""), "before", len(more), 0, digits=0)]
    if more:
        lines.append(Note("added: " + " ".join(more)))
    for position, name in enumerate(SIZES):
        then = Sample([sizes[position] for _, sizes in before], "kB")
        now = Sample([sizes[position] for _, sizes in after], "kB")
        lines.append(Row(f"{name} of a session's sshd, before", then))
        added = f"{name}, after ({now.median - then.median:+.0f} kB)"
        lines.append(Row(added, now, "before", now.median / then.median))
    return lines
