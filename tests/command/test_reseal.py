# SPDX-License-Identifier: Apache-2.0
"""mycred reseal: keys are rotated while people log in; none fails, nothing is left behind."""

import os
import pty
import re
import select
import subprocess

import pytest
from stack.people import add_person
from stack.server import BUILD, ROOT, poll, run

from .test_acts import limit

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
SEALED = ("mycredTotp", "mycredRecovery", "mycredApiPassword", "mycredVerified", "mycredNotice")
PEOPLE = [f"p{number:02}" for number in range(24)]


@pytest.fixture(scope="module")
def logins():
    program = BUILD / "tests" / "command" / "logins"
    program.parent.mkdir(parents=True, exist_ok=True)
    run(["make", "-s", f"BUILD={BUILD}", BUILD / "libmycred.a"], cwd=ROOT)
    libraries = run(["pkg-config", "--libs", "libsodium", "liboath"]).split()
    flags = os.environ.get("CFLAGS", "-O1 -g").split()
    compile = ["cc", "-std=gnu11", "-D_GNU_SOURCE", *flags, "-I.", "-o", program, "tests/command/logins.c"]
    run([*compile, BUILD / "libmycred.a", *libraries, "-lldap", "-llber", "-lsasl2", "-lpthread"], cwd=ROOT)
    return program


@pytest.fixture
def crowd(office):
    """People with a device and recovery codes each: {name: codes}."""
    for number, login in enumerate(PEOPLE):
        add_person(office.admin, office.slapd.suffix, login, 20000 + number, mail=f"{login}@example.org")
    yield {login: [code.replace("-", "") for code in office.enrol(login, SECRET)] for login in PEOPLE}
    for login in PEOPLE:
        office.admin.delete_s(office.dn(login))


def values(office):
    found = office.admin.search_s(f"ou=people,{office.slapd.suffix}", 2, "(objectClass=mycredAccount)", list(SEALED))
    return [value.decode() for _, entry in found for several in entry.values() for value in several]


def sealed_with(office, key):
    return sum(f" {key}:" in value for value in values(office))


def reseal(office, *words):
    return office.run("reseal", *office.identity, *words)


def test_mc_sec_150_rotation_under_load(office, crowd, logins, tmp_path):
    """MC-SEC-150 F36: 50 logins a second while the keys are rotated, once interrupted: none fails, none is left."""
    assert office.run("keygen").returncode == 0
    before = len(values(office))
    lines = [f"{login} {codes[turn]}" for turn in range(6) for login, codes in crowd.items()]
    lines += [f"{login} totp" for login in crowd]
    stdin = tmp_path / "lines"
    stdin.write_text("\n".join(lines) + "\n")
    with stdin.open() as source, subprocess.Popen([logins, office.conf, "50"], stdin=source, stdout=subprocess.PIPE, text=True) as load:
        words = office.words("reseal", *office.identity, "--rate", "4")
        with subprocess.Popen(words, stdout=subprocess.DEVNULL) as first:
            poll(lambda: sealed_with(office, "k2") > 40, 60, "a part of the work")
            first.kill()
        half = sealed_with(office, "k2")
        done = reseal(office, "--rate", "20")
        answers = load.communicate(timeout=120)[0].split("\n")
    results = [line.split()[2] for line in answers if line]
    assert len(results) == len(lines) and set(results) == {"ok"}, [line for line in answers if " ok" not in line]
    assert done.returncode == 0, done.stdout + done.stderr
    assert half < before and sealed_with(office, "k1") == 0
    # what was used is gone, all else is there
    assert len(values(office)) == before - 6 * len(crowd)
    only_new = office.login_key.read_text().splitlines()[-1]
    office.login_key.write_text(f"{only_new}\n")
    again = subprocess.run(
        [logins, office.conf, "200"], input="".join(f"{login} {codes[9]}\n" for login, codes in crowd.items()),
        capture_output=True, text=True, timeout=60,
    )
    assert [line.split()[2] for line in again.stdout.splitlines()] == ["ok"] * len(crowd)


def test_what_is_left_is_counted(office):
    """MC-SEC-150: dry first, then done, then nothing to do."""
    office.enrol("carol", SECRET)
    assert "mycredTotp         0 of 1 sealed with an old key\n" in reseal(office).stdout
    assert office.run("keygen").returncode == 0
    dry = reseal(office, "--dry-run")
    assert dry.returncode == 1 and "mycredTotp         1 of 1 sealed" in dry.stdout and "mycredRecovery     10 of 10 sealed" in dry.stdout
    assert sealed_with(office, "k2") == 0
    done = reseal(office)
    assert done.returncode == 0 and done.stdout.startswith("11 values of 1 people are sealed anew.\n")
    assert "mycredTotp         0 of 1 sealed" in done.stdout
    assert "Not counted: values of the site's key" in done.stdout


def test_a_value_of_a_lost_key_is_left_and_counted(office):
    """F37: a key removed too early is told by count, and the value stays as it is."""
    office.enrol("carol", SECRET)
    office.login_key.unlink()
    assert office.run("keygen").returncode == 0 and office.run("keygen").returncode == 0
    before = office.entry("carol")
    done = reseal(office)
    assert done.returncode == 0 and "11 of these cannot be opened by any key of the file" in done.stdout
    assert office.entry("carol") == before


def test_who_may_not_seal_anew_is_told(office, host):
    office.enrol("carol", SECRET)
    done = office.run("reseal", "-D", host, "-y", office.password_file)
    assert done.returncode == 2 and done.stderr.startswith("mycred: this identity may not seal values anew. Cure: ")


def test_where_the_directory_shows_a_part_nothing_is_said_to_be_done(office):
    """MC-SEC-150 what is not seen may still need the old key, which must not be thrown away."""
    for login in ("bob", "carol", "dave"):
        office.enrol(login, SECRET)
    assert office.run("keygen").returncode == 0
    limit(office.slapd, office.dn("sadmin"), 2)
    try:
        done = reseal(office)
    finally:
        limit(office.slapd, office.dn("sadmin"), None)
    assert (done.returncode, done.stdout) == (2, "") and "no more than 2 people" in done.stderr
    assert sealed_with(office, "k2") == 0
    assert reseal(office).returncode == 0 and sealed_with(office, "k1") == 0


def test_a_terminal_shows_a_bar(office):
    office.enrol("carol", SECRET)
    assert office.run("keygen").returncode == 0
    ours, theirs = pty.openpty()
    done = subprocess.run(office.words("reseal", *office.identity), stderr=theirs, stdout=subprocess.PIPE, timeout=60)
    os.close(theirs)
    shown = b""
    while select.select([ours], [], [], 0)[0]:
        try:
            shown += os.read(ours, 4096)
        except OSError:  # all is read
            break
    os.close(ours)
    assert done.returncode == 0
    assert re.search(rb"\r\[#{40}\] 100 %  1 of 1 people\r?\n", shown), shown
