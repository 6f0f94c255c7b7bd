# SPDX-License-Identifier: Apache-2.0
"""What of ours runs on the machine."""

import threading
from contextlib import contextmanager
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


@contextmanager
def watched(folder):
    """Reads what everybody may see of our processes, again and again; the set of it."""
    seen, done = set(), threading.Event()

    def look():
        while not done.is_set():
            for pid in of(folder):
                for name in ("cmdline", "environ"):
                    try:
                        seen.add(Path(f"/proc/{pid}/{name}").read_bytes())
                    except OSError:
                        continue

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def memory_of(pid):
    """All that the process can write to."""
    found = []
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            span, rights = line.split()[:2]
            if rights.startswith("r") and not line.rstrip().endswith(("[vvar]", "[vsyscall]")):
                begin, end = (int(address, 16) for address in span.split("-"))
                try:
                    memory.seek(begin)
                    found.append(memory.read(end - begin))
                except OSError:
                    continue
    return b"".join(found)
