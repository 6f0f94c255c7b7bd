# SPDX-License-Identifier: Apache-2.0
"""mycred keygen: a key file only ever gains keys."""

import os
import re
import resource
import signal
import subprocess

import pytest

from .office import COMMAND

LINE = re.compile(r"k([1-9]\d*) ([A-Za-z0-9_-]{43})")


def keys(file):
    """{number: key}, every line being one."""
    found = [LINE.fullmatch(line) for line in file.read_text().splitlines()]
    assert all(found)
    return {int(one[1]): one[2] for one in found}


def keygen(*words, **more):
    command = list(map(str, [COMMAND, "keygen", *words]))
    return subprocess.run(command, capture_output=True, text=True, timeout=30, **more)


def test_first_key_makes_a_file_for_its_owner_alone(tmp_path):
    """MC-SEC-149: 256 bits, mode 0600 whatever the umask."""
    file = tmp_path / "new.key"
    done = keygen("--file", file, preexec_fn=lambda: os.umask(0))
    assert done.returncode == 0, done.stderr
    assert file.stat().st_mode & 0o7777 == 0o600
    assert list(keys(file)) == [1]
    assert done.stdout.startswith(f"Made {file} with its first key, k1") and "Next: copy it" in done.stdout
    assert keys(file)[1] not in done.stdout


def test_next_key_is_added_below_the_others(tmp_path):
    """MC-SEC-150: the last line seals, so a new key goes there, and the old ones stay."""
    file = tmp_path / "some.key"
    for _ in range(3):
        before = file.read_text() if file.exists() else ""
        done = keygen("--file", file)
        assert file.read_text().startswith(before)
    assert list(keys(file)) == [1, 2, 3] and len(set(keys(file).values())) == 3
    assert done.stdout.startswith(f"Added the key k3 to {file}. It seals what is written from now on")
    assert "Next: copy" in done.stdout
    assert file.stat().st_mode & 0o7777 == 0o600 and [one.name for one in tmp_path.iterdir()] == ["some.key"]


def test_number_is_one_above_the_highest_and_comments_stay(tmp_path):
    file = tmp_path / "some.key"
    keygen("--file", file)
    file.write_text("# rotated in spring\n" + file.read_text().replace("k1 ", "k7 ").rstrip("\n"))
    assert keygen("--file", file).returncode == 0
    comment, *rest = file.read_text().splitlines()
    assert comment == "# rotated in spring" and [line.split()[0] for line in rest] == ["k7", "k8"]


def test_an_empty_file_gets_its_first_key(tmp_path):
    file = tmp_path / "some.key"
    file.touch(mode=0o600)
    assert keygen("--file", file).returncode == 0 and list(keys(file)) == [1]


def test_login_is_the_default_and_site_is_the_other_file(office):
    site = office.folder / "site.key"
    assert list(keys(office.login_key)) == [1] and not site.exists()
    assert "never to a host" in office.run("keygen", "--site").stdout and list(keys(site)) == [1]
    assert office.run("keygen", "--login").returncode == 0 and list(keys(office.login_key)) == [1, 2]


def good(tmp_path):
    file = tmp_path / "some.key"
    assert keygen("--file", file).returncode == 0
    return file


BAD = {
    "others may read": (lambda file: file.chmod(0o640), "can be read by others"),
    "others may write": (lambda file: file.chmod(0o622), "can be written by others"),
    "another owner": (lambda file: os.chown(file, 65534, 65534), "belongs to another user"),
    "a link": (lambda file: file.symlink_to(file.rename(file.with_name("real.key"))), "is a symbolic link"),
    "a folder": (lambda file: (file.unlink(), file.mkdir()), "not a plain file"),
    "a pipe": (lambda file: (file.unlink(), os.mkfifo(file, 0o600)), "not a plain file"),
    "a short key": (lambda file: file.write_text("k1 AAAA\n"), ":1: the line holds no 256-bit key"),
    "no id": (lambda file: file.write_text("key AAAA\n"), ":1: the line does not begin with a key id"),
    "one id twice": (lambda file: file.write_text(file.read_text() * 2), ":2: the line repeats a key id"),
    "only a comment": (lambda file: file.write_text("# nothing\n"), "holds no key"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_file_that_cannot_be_trusted_is_refused_with_the_reason_and_left_alone(tmp_path, fault):
    """MC-SEC-149, F35: no silent new key."""
    file = good(tmp_path)
    spoil, reason = BAD[fault]
    spoil(file)
    before = file.read_bytes() if file.is_file() else None
    done = keygen("--file", file)
    assert (done.returncode, done.stdout) == (2, "") and reason in done.stderr and str(file) in done.stderr
    assert (file.read_bytes() if file.is_file() else None) == before


def test_at_most_sixteen_keys_are_kept(tmp_path):
    file = tmp_path / "some.key"
    for _ in range(16):
        assert keygen("--file", file).returncode == 0
    before = file.read_text()
    done = keygen("--file", file)
    assert done.returncode == 2 and "at most 16 may be kept" in done.stderr and file.read_text() == before


@pytest.mark.parametrize(
    "path, reason", [("missing/some.key", "its folder cannot be used: No such file"), ("", "is no file name")]
)
def test_a_place_that_is_none_is_named(tmp_path, path, reason):
    done = keygen("--file", f"{tmp_path}/{path}")
    assert done.returncode == 2 and reason in done.stderr


def test_parallel_keygens_each_add_their_own_key(tmp_path):
    file = tmp_path / "some.key"
    running = [subprocess.Popen([COMMAND, "keygen", "--file", file], stdout=subprocess.DEVNULL) for _ in range(12)]
    assert [one.wait(30) for one in running] == [0] * 12
    assert sorted(keys(file)) == list(range(1, 13)) and len(set(keys(file).values())) == 12


def small_files_only():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60, 60))


def test_a_full_disk_leaves_the_old_file_whole(tmp_path):
    file = good(tmp_path)
    before = file.read_text()
    done = keygen("--file", file, preexec_fn=small_files_only)
    assert done.returncode == 2 and "cannot be written: File too large" in done.stderr
    assert file.read_text() == before and [one.name for one in tmp_path.iterdir()] == ["some.key"]
