# SPDX-License-Identifier: Apache-2.0
"""What of ours runs on the machine."""

from pathlib import Path

OURS = ("mycred-login", "mycred-logind", "mycred-send")


def of(folder):
    """Our processes that were given a file of that folder, as {pid: command line}."""
    found = {}
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            words = command_line(process)
            if words and Path(words[0]).name in OURS and any(str(folder) in word for word in words):
                found[int(process.name)] = " ".join(words)
    return found


def command_line(process):
    try:
        return process.joinpath("cmdline").read_text().rstrip("\0").split("\0")
    except (OSError, UnicodeDecodeError):
        return []


def descriptors(pid):
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))
