# SPDX-License-Identifier: Apache-2.0
"""A login at directories of several sizes, beside the directory's own time for the same operations."""

from .crowd import code, uid
from .figures import Note, Row, Sample
from .ground import PEOPLE
from .stopwatch import Pace

WARM = 5
STRIDE = 7919  # a prime: in turn everybody, and nobody twice in a while


def rows(ground, sizes, rounds):
    crowds = ground.crowds(sizes)
    logins = {size: [] for size in crowds}
    own = {size: [] for size in crowds}
    paces = {size: Pace(crowd) for size, crowd in crowds.items()}
    try:
        for turn in range(rounds + WARM):
            for size, crowd in crowds.items():
                login, pace = one_of_each(ground, crowd, turn, paces[size])
                if turn >= WARM:
                    logins[size].append(login)
                    own[size].append(pace)
    finally:
        for pace in paces.values():
            pace.stop()
    return [Note("Directories of several sizes", title=True), *compare(logins, own)]


def one_of_each(ground, crowd, turn, pace):
    """(a whole login, the directory's own time), each for somebody whose entry was not touched just before."""
    first, second = (10 + (place * STRIDE) % (crowd.count - 20) for place in (2 * turn, 2 * turn + 1))
    times = ground.watch.time(ground.login(crowd.name, code(first), first)), pace.time(uid(second))
    crowd.reset(first)
    crowd.reset(second)
    return times


def compare(logins, own):
    base_login, base_own = Sample(logins[PEOPLE]), Sample(own[PEOPLE])
    lines = []
    for size in logins:
        login, directory = Sample(logins[size]), Sample(own[size])
        lines.append(Row(f"login, {size:,} people", login))
        lines.append(Row(f"directory's own time, {size:,} people", directory))
        if size == PEOPLE:
            continue
        grown, own_grown = login.median / base_login.median, directory.median / base_own.median
        against = f"{PEOPLE:,} people"
        lines[-2].against, lines[-2].ratio = against, grown
        lines[-1].against, lines[-1].ratio = against, own_grown
        # A directory that happened to be quicker is no reason for a login to be.
        divided = grown / max(1, own_grown)
        lines.append(Row(f"login, {size:,}, the directory's growth divided out", login, against, divided, 1.10))
    return lines
