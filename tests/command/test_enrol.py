# SPDX-License-Identifier: Apache-2.0
"""mycred enrol: binding a virtual MFA device without the site."""

import base64
import os
import re
import subprocess
import time

import pytest
from stack.otp import STEP_SECONDS, totp
from stack.server import poll

RECOVERY = re.compile(r"[A-Z2-7]{4}-[A-Z2-7]{5}-[A-Z2-7]{4}")
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
OTHER = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def await_fresh_step():
    """Enough of this step is left for a command."""
    poll(lambda: time.time() % STEP_SECONDS < STEP_SECONDS - 8, STEP_SECONDS, "the next step")


def step_time(steps=0):
    start = (int(time.time()) // STEP_SECONDS + steps) * STEP_SECONDS
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(start))


def enrol(office, login, *words, codes=(), secret=None):
    lines = ([secret] if secret else []) + list(codes)
    imported = ["--import", "-"] if secret else []
    return office.run("enrol", login, *imported, *office.identity, *words, input="".join(f"{line}\n" for line in lines))


def enrol_by_codes(office, login, *words, secret=SECRET):
    await_fresh_step()
    done = enrol(office, login, *words, secret=secret, codes=[totp(secret, -1), totp(secret)])
    assert done.returncode == 0, done.stderr
    return done


# ---- what is written


def test_device_recovery_codes_and_spent_step_are_written_together(office):
    """MC-SEC-51: the step of the second code is spent, so no login takes it."""
    done = enrol_by_codes(office, "alice")
    entry = office.entry("alice")
    assert re.fullmatch(r"1 sha1/6/30 \d{14}Z k1:[\w-]+ virtual MFA device", *entry["mycredTotp"])
    assert entry["mycredTotpUsed"] == [step_time()]
    assert len(entry["mycredRecovery"]) == 10 and "mycredAccount" in entry["objectClass"]
    assert len(set(RECOVERY.findall(done.stdout))) == 10
    assert "mycredLoginMethod" not in entry
    assert "login verification of alice is off until a method is chosen" in done.stderr


def test_choose_makes_it_the_method(office):
    done = enrol_by_codes(office, "bob", "--choose", "--label", "爱丽丝的手机 2")
    entry = office.entry("bob")
    assert entry["mycredLoginMethod"] == ["totp"] and entry["mycredTotp"][0].endswith(" 爱丽丝的手机 2")
    assert done.stderr == ""


def test_second_device_gets_the_next_id_and_new_recovery_codes(office):
    first = office.enrol("carol", SECRET)
    second = office.enrol("carol", OTHER, "--label", "tablet")
    entry = office.entry("carol")
    assert sorted(value.split()[0] for value in entry["mycredTotp"]) == ["1", "2"]
    assert len(entry["mycredRecovery"]) == 10 and not set(first) & set(second)


def test_batch_prints_recovery_codes_alone(office):
    codes = office.enrol("carol", SECRET)
    assert len(codes) == 10 and all(RECOVERY.fullmatch(code) for code in codes)
    assert "mycredTotpUsed" not in office.entry("carol")


def test_newest_step_spent_stays_the_newest(office):
    """MC-SEC-51: binding a device does not bring back codes of another one."""
    office.admin.extend(office.dn("carol"), "mycredAccount", mycredTotpUsed=step_time(2))
    enrol_by_codes(office, "carol")
    assert office.entry("carol")["mycredTotpUsed"] == [step_time(2)]


def test_proved_device_ends_its_factors_failures_alone(office):
    failures = {"mycredTotpFailure": "20261121201533.123456Z", "mycredCodeFailure": "20261121201533.123456Z"}
    office.admin.extend(office.dn("carol"), "mycredAccount", **failures)
    enrol_by_codes(office, "carol")
    entry = office.entry("carol")
    assert "mycredTotpFailure" not in entry and entry["mycredCodeFailure"] == [failures["mycredCodeFailure"]]


@pytest.mark.parametrize(
    "words, form",
    [
        (["--algorithm", "sha256", "--digits", "8"], "sha256/8/30"),
        (["--algorithm", "sha512", "--period", "60"], "sha512/6/60"),
    ],
)
def test_other_algorithms_digits_and_periods_are_kept(office, words, form):
    office.enrol("carol", SECRET, *words)
    assert office.entry("carol")["mycredTotp"][0].split()[1] == form
    assert f"device:          1, 'virtual MFA device', {form}, bound" in office.run("status", "carol").stdout


def test_values_carry_the_newest_keys_id(office):
    """MC-SEC-150"""
    office.enrol("carol", SECRET)
    office.run("keygen")
    office.enrol("carol", OTHER)
    entry = office.entry("carol")
    assert sorted(value.split()[3].split(":")[0] for value in entry["mycredTotp"]) == ["k1", "k2"]
    assert {value.split()[1].split(":")[0] for value in entry["mycredRecovery"]} == {"k2"}


# ---- secrets


def shown_secret(output):
    return re.search(r"^Secret: ([A-Z2-7 ]+)$", output, re.M)[1].replace(" ", "")


@pytest.mark.parametrize("count", [60, pytest.param(1000, marks=pytest.mark.long)])
def test_new_secrets_have_160_bits_and_differ(office, count):
    """MC-SEC-45. No code is given, so nothing is bound (MC-SEC-50)."""
    before = office.entry("carol")
    secrets = {shown_secret(enrol(office, "carol").stdout) for _ in range(count)}
    assert len(secrets) == count and {len(base64.b32decode(secret)) for secret in secrets} == {20}
    assert office.entry("carol") == before


@pytest.mark.parametrize(
    "secret",
    [
        SECRET[:26],
        f"{SECRET[:4]} {SECRET[4:]}",
        SECRET.lower(),
        SECRET[:26] + "======",
        "-".join(SECRET),
        SECRET * 3 + "GEZDGNB",
    ],
)
def test_import_takes_what_people_type(office, secret):
    """MC-SEC-45: from 128 bits on."""
    office.enrol("carol", secret)


@pytest.mark.parametrize(
    "secret, complaint",
    [
        (SECRET[:24], "has 120 bits; it must have 128 to 512"),
        (SECRET * 4, "has 640 bits; it must have 128 to 512"),
        (SECRET[:31] + "1", "is not base32"),
        (SECRET[:16] + "=" + SECRET[16:], "is not base32"),
        (SECRET[:27], "is not base32"),
        ("é" * 16, "is not base32"),
        ("A" * 600, "is not base32"),
        ("", "is not base32"),
    ],
)
def test_import_refuses_what_is_no_good_secret(office, secret, complaint):
    """MC-SEC-45"""
    before = office.entry("carol")
    done = office.run("enrol", "carol", "--batch", "--import", "-", *office.identity, input=f"{secret}\n")
    assert (done.returncode, done.stdout) == (2, "") and complaint in done.stderr
    assert not secret or secret[:8] not in done.stderr
    assert office.entry("carol") == before


def test_import_without_a_line_says_so(office):
    done = office.run("enrol", "carol", "--batch", "--import", "-", *office.identity, stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stderr) == (2, "mycred: no secret came on standard input.\n")


def test_imported_secret_leaves_the_argument_list(office):
    """MC-SEC-09: every user of the machine sees argument lists."""
    words = office.words("enrol", "carol", "--import", SECRET, *office.identity)
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.read(4) == b"Code"
        arguments = open(f"/proc/{process.pid}/cmdline").read()
        assert "--import" in arguments and SECRET not in arguments
        process.stdin.close()
        assert process.wait(10) == 1


def test_no_secret_is_stored_or_logged_in_clear(office):
    """MC-SEC-46"""
    codes = office.enrol("carol", SECRET)
    stored = repr(office.entry("carol"))
    raw = base64.b32decode(SECRET)
    for form in (SECRET, raw.hex(), base64.b64encode(raw).decode().rstrip("=")):
        assert form not in stored
    assert not any(code in stored or code.replace("-", "") in stored for code in codes)


# ---- the two codes


def test_wrong_codes_bind_nothing_and_end_after_five_rounds(office):
    before = office.entry("carol")
    done = enrol(office, "carol", secret=SECRET, codes=["000000", "abc", "", "1" * 400, "123 456", totp(SECRET)])
    assert done.returncode == 1 and done.stdout.count("That code is not right") == 5
    assert "nothing is bound" in done.stderr and office.entry("carol") == before


def test_codes_must_follow_one_another(office):
    await_fresh_step()
    done = enrol(office, "carol", secret=SECRET, codes=[totp(SECRET), totp(SECRET, -1)])
    assert done.returncode == 1 and "do not follow one another" in done.stdout


def test_one_code_twice_is_not_two(office):
    await_fresh_step()
    done = enrol(office, "carol", secret=SECRET, codes=[totp(SECRET)] * 3)
    assert done.returncode == 1 and done.stdout.count("That is the same code once more") == 2


@pytest.mark.parametrize("steps, word", [(-6, "behind"), (6, "ahead of")])
def test_a_wrong_clock_is_recognised_as_such(office, steps, word):
    """MC-SEC-48: the person learns that it is the clock."""
    await_fresh_step()
    done = enrol(office, "carol", secret=SECRET, codes=[totp(SECRET, steps)])
    assert done.returncode == 1
    assert f"a device whose clock is about 180 seconds {word}" in " ".join(done.stdout.split())


def test_codes_may_hold_spaces_and_hyphens(office):
    await_fresh_step()
    one, two = totp(SECRET, -1), totp(SECRET)
    done = enrol(office, "carol", secret=SECRET, codes=[f"{one[:3]} {one[3:]}", f" {two[:3]}-{two[3:]} "])
    assert done.returncode == 0, done.stderr


def test_after_a_wrong_round_the_right_codes_still_count(office):
    await_fresh_step()
    done = enrol(office, "carol", secret=SECRET, codes=["000000", totp(SECRET, -1), totp(SECRET)])
    assert done.returncode == 0, done.stderr


# ---- who and whom


def test_host_identity_may_not_bind_and_learns_the_cure_before_any_code(office):
    """MC-SEC-155"""
    done = office.run("enrol", "carol", input="")
    assert (done.returncode, done.stdout) == (1, "")
    assert "the host's identity may not bind devices. Cure: use -D and -y" in done.stderr


def test_nobody_of_that_name(office):
    done = enrol(office, "nobody", "--batch", secret=SECRET)
    assert done.returncode == 1 and done.stderr == "mycred: there is no account 'nobody' below dc=example,dc=org.\n"


def test_damaged_entry_is_named_and_left_alone(office):
    office.admin.extend(office.dn("carol"), "mycredAccount", mycredLoginMethod="fax")
    done = enrol(office, "carol", "--batch", secret=SECRET)
    assert done.returncode == 1 and "the value of mycredLoginMethod is damaged" in done.stderr
    assert "mycredTotp" not in office.entry("carol")


def test_password_file_must_be_private(office):
    office.password_file.chmod(0o644)
    done = enrol(office, "carol", "--batch", secret=SECRET)
    assert done.returncode == 2 and f"{office.password_file}: holds a secret and can be read by others" in done.stderr


def test_wrong_password_is_said_with_its_cure(office):
    office.password_file.write_text("wrong")
    done = enrol(office, "carol", "--batch", secret=SECRET)
    assert done.returncode == 2 and "the directory refuses this identity" in done.stderr and "Cure:" in done.stderr


def test_rules_that_forbid_the_device_are_said(office):
    office.admin.extend(office.dn("carol"), "mycredAccount", mycredMethodAllowed="sms")
    done = enrol(office, "carol", "--batch", secret=SECRET)
    assert done.returncode == 0 and "note: carol may not use a virtual MFA device" in done.stderr


def test_parallel_enrolments_leave_whole_devices(office):
    """One modify each: those that lose the race change nothing."""
    words = office.words("enrol", "carol", "--import", "-", "--batch", *office.identity)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    running = [subprocess.Popen(words, text=True, **pipes) for _ in range(8)]
    ended = [(one.communicate(f"{SECRET}\n", timeout=30)[0].split(), one.returncode) for one in running]
    entry = office.entry("carol")
    assert sum(status == 0 for _, status in ended) == len(entry["mycredTotp"]) >= 1
    assert len(entry["mycredRecovery"]) == 10
    assert all(len(codes) == (10 if status == 0 else 0) for codes, status in ended)


# ---- the process


def test_environment_and_folder_decide_nothing(office, tmp_path):
    """MC-SEC-160: neither LDAP* nor ldaprc nor SASL's plugins are read."""
    (tmp_path / "ldaprc").write_text("URI ldap://127.0.0.1:1\nTIMEOUT 1\n")
    hostile = {
        "LDAPURI": "ldap://127.0.0.1:1",
        "LDAPRC": "ldaprc",
        "LDAPTLS_REQCERT": "never",
        "HOME": str(tmp_path),
        "SASL_PATH": "/tmp",
        "ASAN_OPTIONS": "detect_leaks=0",  # which is not possible under strace
    }
    trace = tmp_path / "trace"
    words = ["strace", "-f", "-o", trace, "-e", "trace=%file", *office.words("status", "carol")]
    environment = {**os.environ, **hostile}
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, env=environment, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    opened = trace.read_text()
    assert "login.key" in opened
    assert not [line for line in opened.splitlines() if "ldaprc" in line or "ldap.conf" in line or "sasl2/" in line]
