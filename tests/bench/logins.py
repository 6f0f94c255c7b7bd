# SPDX-License-Identifier: Apache-2.0
"""One whole login, as a process, against other modules and against the floor program."""

import random
import shutil

from . import crowd, programs
from .crowd import PASSWORD
from .figures import Note, Row, Sample
from .ground import write_private

WARM = 3  # rounds
OATH_USERS = 100_000
GOOGLE = '{}\n" RATE_LIMIT 3 30\n" DISALLOW_REUSE\n" TOTP_AUTH\n'


def google_authenticator(ground, name, folder):
    """With replay guard and rate limit; its state file, in that folder inside, is as new before each login."""
    ground.service(name, f"pam_google_authenticator.so secret={folder}/google user=root")
    state = ground.stack.machine.path(f"{folder}/google")

    def time():
        write_private(state, GOOGLE.format(crowd.secret(1)))
        return ground.watch.time(ground.login(name, crowd.code(1)))

    return time


def oath(ground, users):
    """The file of a site with so many users; ours stands in the middle."""
    name = f"oath-{users}"
    whole, file = ground.folder / name, ground.stack.machine.path(f"{ground.memory}/{name}")
    lines = [f"HOTP/T30 {crowd.uid(n)} - {f'{n:020d}'.encode().hex()}\n" for n in range(2, users + 1)]
    lines.insert(len(lines) // 2, f"HOTP/T30 {crowd.uid(1)} - {f'{1:020d}'.encode().hex()}\n")
    whole.write_text("".join(lines))
    ground.service(name, f"pam_oath.so usersfile={ground.memory}/{name} window=2 digits=6")

    def time():
        shutil.copyfile(whole, file)
        file.chmod(0o600)
        return ground.watch.time(ground.login(name, crowd.code(1)))

    return time


def ldapd(ground, number, password):
    ground.pam_ldap()
    return lambda: ground.watch.time(ground.login("ldapd", password, number))


def contenders(ground):
    """name: a function that does one and says how many milliseconds it took."""
    plain, groups, watch = ground.plain, ground.groups, ground.watch
    # Person 3 has a password as the demo's people have.
    ground.stack.people.set_password(ground.stack.directory, crowd.uid(3), ground.stack.password)
    return {
        "empty": lambda: watch.time([programs.path("empty")]),
        "permit": permit(ground),
        "google": google_authenticator(ground, "google", ground.folder),
        "google-memory": google_authenticator(ground, "google-memory", ground.memory),
        "oath-1": oath(ground, 1),
        "oath-many": oath(ground, OATH_USERS),
        "ldapd": ldapd(ground, 3, ground.stack.password),
        "ldapd-cheap": ldapd(ground, 1, PASSWORD),
        "plain": lambda: ground.totp_login("plain", plain),
        "groups": lambda: ground.totp_login("groups", groups),
        "disk": lambda: ground.totp_login("disk", ground.disk),
        "floor": lambda: ground.floor(plain),
        "floor-groups": lambda: ground.floor(groups),
        "plain-once": lambda: ground.totp_login("plain-once", plain),
        "plain-once-groups": lambda: ground.totp_login("groups-once", groups),
    }


def permit(ground):
    ground.service("permit", "pam_permit.so")
    return lambda: ground.watch.time(ground.login("permit", ""))


def measure(ground, rounds):
    """Every contender once a round, in another order each, so that what the machine does besides hits all alike.

    Samples of the time from start to end, and of the processor time of the login's own processes.
    """
    everybody = contenders(ground)
    order, shuffle = list(everybody), random.Random(1).shuffle
    times, used = ({name: [] for name in everybody} for _ in range(2))
    for turn in range(rounds + WARM):
        shuffle(order)
        for name in order:
            taken = everybody[name]()
            if turn >= WARM:
                times[name].append(taken)
                used[name].append(ground.watch.processor)
    return [{name: Sample(values) for name, values in kind.items()} for kind in (times, used)]


def rows(ground, rounds):
    times, used = measure(ground, rounds)
    lines = [Note("One whole login, as a process, through the service", title=True)]
    lines += others(times)
    for name, what in (("plain", "service"), ("groups", "service, with group rules")):
        lines += against_others(times, name, what)
    lines.append(versus(times, "service, the directory waits for the disk", "disk", "google", 1.25))
    lines += [Note(text) for text in ABOUT_DISKS]
    lines.append(Note("One whole login, the helper started for the conversation", title=True))
    for suffix, what in (("", ""), ("-groups", ", with group rules")):
        lines += against_floor(times, suffix, what)
        lines.append(processor(used, suffix, what))
    lines.append(Note("processor time is that of the two processes, or of the floor program; other work hardly moves it"))
    return lines


NAMES = {
    "empty": "an empty process",
    "permit": "pam_permit",
    "google": "google-authenticator",
    "google-memory": "google-authenticator, in memory",
    "oath-1": "pam_oath, 1 user",
    "oath-many": f"pam_oath, {OATH_USERS:,} users",
    "ldapd": "pam_ldapd",
    "ldapd-cheap": "pam_ldapd, cheapest hash",
}

# Against which others, and with which goal; what has none is there to be seen.
GOALS = {
    "google": 1.25,
    "google-memory": 1.25,
    "oath-many": 0.1,
    "ldapd": 1.0,
    "ldapd-cheap": None,
    "permit": None,
}

ABOUT_DISKS = (
    "google-authenticator waits for the disk once; in memory, where pam_oath's file is too, it does not, nor does our",
    "directory. Ours are two writes, as each attempt is charged before it is compared. pam_ldapd compares a password",
    "hashed as the demo's are, or by the cheapest scheme of slapd.",
)


def others(times):
    return [Row(what, times[name]) for name, what in NAMES.items()]


def versus(times, what, name, other, limit):
    return Row(what, times[name], NAMES[other], times[name].median / times[other].median, limit)


def against_others(times, name, what):
    return [versus(times, what, name, other, limit) for other, limit in GOALS.items()]


def against_floor(times, suffix, what):
    own, floor = times[f"plain-once{suffix}"], times[f"floor{suffix}"]
    name = f"one conversation{what}"
    return [
        Row(f"floor program{what}", floor),
        Row(f"{name}, less an empty process", own, "floor", less(own, times["empty"]) / floor.median, 1.10),
        Row(f"{name}, less a login by pam_permit", own, "floor", less(own, times["permit"]) / floor.median),
    ]


def processor(used, suffix, what):
    own, floor = used[f"plain-once{suffix}"], used[f"floor{suffix}"]
    ratio = less(own, used["empty"]) / floor.median
    return Row(f"processor time{what}, less an empty process's", own, f"floor, {floor}", ratio)


def less(sample, other):
    return sample.median - other.median
