# SPDX-License-Identifier: Apache-2.0
"""A login at directories of several sizes, beside the directory's own time for the same operations."""

from .figures import Note, Row, Sample
from .ground import PEOPLE
from .stopwatch import Pace

WARM = 5


def rows(ground, sizes, rounds):
    crowds = {PEOPLE: ground.plain, **{size: ground.big_crowd(size) for size in sizes}}
    logins = {size: [] for size in crowds}
    own = {size: [] for size in crowds}
    paces = {size: Pace(crowd, size // 2) for size, crowd in crowds.items()}
    try:
        for turn in range(rounds + WARM):
            for size, crowd in crowds.items():
                # Somebody else each time: nobody's entry is in any cache for having signed in just now.
                number = 10 + (turn * 7919) % (size - 20)
                taken = ground.totp_login(crowd.name, crowd, number), paces[size].time()
                if turn >= WARM:
                    logins[size].append(taken[0])
                    own[size].append(taken[1])
    finally:
        for pace in paces.values():
            pace.stop()
    return [Note("Directories of several sizes", title=True), *compare(logins, own)]


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
