# SPDX-License-Identifier: Apache-2.0
"""Instructions of a whole process, counted by callgrind: the same at every run, whatever else the machine does."""

import re
import socket
import subprocess
from pathlib import Path

from service import frames
from stack.login import HELPER
from stack.server import StackError

from . import programs
from .crowd import NEXT, USED, code, uid
from .figures import Note, Row, Sample

# As the module starts it.
ENVIRONMENT = {"GNUTLS_NO_IMPLICIT_INIT": "1"}
VALGRIND = "/usr/bin/valgrind"
MORE_ALLOWED = 1_000_000

TOTAL = re.compile(r"^(?:summary|totals): (\d+)", re.MULTILINE)


def _callgrind(output, command):
    return [VALGRIND, "--tool=callgrind", f"--callgrind-out-file={output}", *map(str, command)]


def _total(output):
    return int(TOTAL.search(output.read_text())[1])


def count_floor(crowd, number):
    output = crowd.folder / "callgrind.floor"
    crowd.reset(number)
    where = [crowd.slapd.ldapi, crowd.slapd.suffix, crowd.group_base]
    command = [programs.path("floor"), *where, uid(number), USED, NEXT]
    done = subprocess.run(_callgrind(output, command), capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise StackError(f"the floor program under callgrind: {done.stderr[-500:]}")
    return _total(output)


def count_helper(crowd, number):
    output = crowd.folder / "callgrind.helper"
    with_helper(crowd, number, lambda command: _callgrind(output, command))
    return _total(output)


def with_helper(crowd, number, wrap=lambda command: command, look=lambda pid: None):
    """One login by mycred-login for one conversation; what look(its pid) says between prompt and answer."""
    crowd.reset(number)
    command = wrap([HELPER, "--once", "--conf", crowd.conf])
    ours, theirs = socket.socketpair()
    with ours, open(crowd.folder / "helper.log", "wb") as log:
        helper = subprocess.Popen(command, stdin=theirs, stdout=log, stderr=log, cwd="/", env=ENVIRONMENT)
        theirs.close()
        seen = converse(ours, number, lambda: look(helper.pid))
    if helper.wait(60) != 0:
        raise StackError(f"mycred-login ended with {helper.returncode}; see {log.name}")
    return seen


def converse(stream, number, between):
    """One login over frames: the prompt, then the right answer; what between() gives after the prompt."""
    common = {"user": uid(number), "service": b"bench", "fallback": bytes([1])}
    stream.sendall(frames.request(frames.START, prompts_left=bytes([3]), **common))
    asked = frames.read_frame(stream.recv)
    if asked is None or asked.result != "ask":
        raise StackError(f"mycred-login asked for no code: {asked}")
    seen = between()
    state = asked.get(frames.STATE)
    answer = {"answer_text": code(number).encode(), "state": state, "prompts_left": bytes([2])}
    stream.sendall(frames.request(frames.ANSWER, **common, **answer))
    verified = frames.read_frame(stream.recv)
    if verified is None or verified.result != "ok":
        raise StackError(f"mycred-login did not take the right code: {verified}")
    return seen


def libraries(pid):
    names = {line.rsplit("/", 1)[-1] for line in Path(f"/proc/{pid}/maps").read_text().splitlines() if ".so" in line}
    return sorted(names)


def rows(ground):
    lines = [Note("Instructions of the whole process, the dynamic linker's included (callgrind)", title=True)]
    for crowd, what in ((ground.plain, ""), (ground.groups, ", group rules")):
        floor, helper = count_floor(crowd, 4), count_helper(crowd, 4)
        lines.append(Row(f"floor program{what}", Sample([floor / 1e6], "M")))
        more = (helper - floor) / MORE_ALLOWED
        lines.append(Row(f"mycred-login --once{what}", Sample([helper / 1e6], "M"), "floor + n x 1 M", more, 1.0))
    mapped = with_helper(ground.plain, 4, look=libraries)
    curl = sum("curl" in name for name in mapped)
    lines.append(Row("copies of libcurl in it", Sample([curl], ""), f"{len(mapped)} libraries", curl, 0, digits=0))
    return lines
