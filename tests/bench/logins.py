# SPDX-License-Identifier: Apache-2.0
"""One whole login, as a process, against other modules and against the floor program."""

import random
import shutil

from . import crowd, programs
from .figures import Note, Row, Sample
from .ground import PASSWORD, write_private

OATH_USERS = 100_000
GOOGLE = '{}\n" RATE_LIMIT 3 30\n" DISALLOW_REUSE\n" TOTP_AUTH\n'


def google_authenticator(ground):
    """With replay guard and rate limit; its state file is as new before each login."""
    state = ground.folder / "google_authenticator"
    ground.service("google", f"pam_google_authenticator.so secret={state} user=root")

    def time():
        write_private(state, GOOGLE.format(crowd.secret(1)))
        return ground.watch.time(ground.login("google", crowd.code(1)))

    return time


def oath(ground, users):
    """The file of a person's site with so many users; ours stands in the middle."""
    name = f"oath-{users}"
    file, whole = ground.folder / name, ground.folder / f"{name}.whole"
    lines = [f"HOTP/T30 {crowd.uid(n)} - {f'{n:020d}'.encode().hex()}\n" for n in range(2, users + 1)]
    lines.insert(len(lines) // 2, f"HOTP/T30 {crowd.uid(1)} - {f'{1:020d}'.encode().hex()}\n")
    whole.write_text("".join(lines))
    ground.service(name, f"pam_oath.so usersfile={file} window=2 digits=6")

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
        "google": google_authenticator(ground),
        "oath-1": oath(ground, 1),
        "oath-many": oath(ground, OATH_USERS),
        "ldapd": ldapd(ground, 3, ground.stack.password),
        "ldapd-cheap": ldapd(ground, 1, PASSWORD),
        "plain": lambda: ground.totp_login("plain", plain),
        "groups": lambda: ground.totp_login("groups", groups),
        "floor": lambda: ground.floor(plain),
        "floor-groups": lambda: ground.floor(groups),
        "plain-once": lambda: ground.totp_login("plain-once", plain),
        "groups-once": lambda: ground.totp_login("groups-once", groups),
    }


def permit(ground):
    ground.service("permit", "pam_permit.so")
    return lambda: ground.watch.time(ground.login("permit", ""))


def measure(ground, rounds):
    """Every contender once a round, in another order each, so that what the machine does besides hits all alike."""
    everybody = contenders(ground)
    order, shuffle = list(everybody), random.Random(1).shuffle
    times = {name: [] for name in everybody}
    for turn in range(rounds + 3):
        shuffle(order)
        for name in order:
            taken = everybody[name]()
            if turn >= 3:
                times[name].append(taken)
    return {name: Sample(values) for name, values in times.items()}


def rows(ground, rounds):
    times = measure(ground, rounds)
    lines = [Note("One whole login, as a process, through the service", title=True)]
    lines += others(times)
    for name, what in (("plain", "service"), ("groups", "service, with group rules")):
        lines += against_others(times, name, what)
    lines.append(Note("One whole login, the helper started for the conversation", title=True))
    for suffix, what in (("", ""), ("-groups", ", with group rules")):
        lines += against_floor(times, suffix, what)
    return lines


def others(times):
    names = {
        "empty": "an empty process",
        "permit": "pam_permit",
        "google": "pam_google_authenticator",
        "oath-1": "pam_oath, 1 user",
        "oath-many": f"pam_oath, {OATH_USERS:,} users",
        "ldapd": "pam_ldapd, a password as the demo's",
        "ldapd-cheap": "pam_ldapd, the cheapest hash",
    }
    return [Row(what, times[name]) for name, what in names.items()]


def against_others(times, name, what):
    own = times[name]
    goals = [
        ("google", "pam_google_authenticator", 1.25),
        ("oath-many", f"pam_oath, {OATH_USERS:,}", 0.1),
        ("ldapd", "pam_ldapd", 1.0),
        ("ldapd-cheap", "pam_ldapd, cheapest hash", None),
        ("permit", "pam_permit", None),
    ]
    return [Row(what, own, other, own.median / times[key].median, limit) for key, other, limit in goals]


def against_floor(times, suffix, what):
    own = times["groups-once" if suffix else "plain-once"]
    floor, empty, permit = times[f"floor{suffix}"], times["empty"], times["permit"]
    name = f"one conversation{what}"
    return [
        Row(f"floor program{what}", floor),
        Row(f"{name}, less an empty process", own, "floor", (own.median - empty.median) / floor.median, 1.10),
        Row(f"{name}, less a login by pam_permit", own, "floor", (own.median - permit.median) / floor.median),
    ]
