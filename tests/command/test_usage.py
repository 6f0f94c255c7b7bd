# SPDX-License-Identifier: Apache-2.0
"""A wrong word on the command line gives one clear sentence that names it."""

import subprocess

import pytest

from .office import COMMAND


COMMANDS = (
    "check enrol exempt help invite keygen lock remind report require reseal reset status unlock version".split()
)


def run(*words):
    return subprocess.run([COMMAND, *words], capture_output=True, text=True, timeout=10)


WRONG = {
    (): "a command is missing",
    ("frobnicate",): "'frobnicate' is no command",
    ("--frobnicate",): "'--frobnicate' is no option; 'mycred help COMMAND' lists them",
    ("status", "carol", "--jason"): "'--jason' is no option; 'mycred help status' lists them",
    ("-x",): "'-x' is no option",
    ("enrol",): "'mycred enrol' needs USER",
    ("enrol", "--label"): "--label needs a value: --label TEXT",
    ("enrol", "carol", "bob"): "'bob' is one word too many for 'mycred enrol'",
    ("enrol", "carol", "--batch=yes"): "--batch takes no value",
    ("enrol", "carol", "--label", "a", "--label=b"): "--label is given twice",
    ("enrol", "carol", "--batch"): "--batch needs --import",
    ("enrol", "carol", "--digits", "5"): "--digits must be a number from 6 to 8, not '5'",
    ("enrol", "carol", "--digits", "6x"): "--digits must be a number from 6 to 8, not '6x'",
    ("enrol", "carol", "--period", "5"): "--period must be a number from 15 to 120, not '5'",
    ("enrol", "carol", "--algorithm", "md5"): "--algorithm must be sha1, sha256 or sha512, not 'md5'",
    ("enrol", "carol", "--label", ""): "--label must have 1 to 64 bytes",
    ("enrol", "carol", "--label", "x" * 65): "--label must have 1 to 64 bytes",
    ("enrol", "carol", "--label", "a\nb"): "--label must not hold control characters",
    ("enrol", "carol", "--label", b"\xff"): "--label must be UTF-8",
    ("status", "carol", "--label", "x"): "--label has no meaning for 'mycred status'",
    ("unlock",): "'mycred unlock' needs USER",
    ("unlock", "carol", "bob"): "'bob' is one word too many for 'mycred unlock'",
    ("reset", "carol"): "say what: --device N, --api-password N",
    ("reset", "carol", "--device", "x"): "--device must be a number, as 'mycred status' shows it, or all, not 'x'",
    ("lock", "carol", "--until", "soon"): "'soon' is no time",
    ("lock", "carol", "--until", "2020-01-01"): "the time '2020-01-01' has passed",
    ("exempt", "carol", "--until", "1d", "--end"): "of --until and --end only one may be given",
    ("require", "carol"): "say what: optional, enrol, on, off or none",
    ("require", "carol", "maybe"): "the rule must be optional, enrol, on, off or none, not 'maybe'",
    ("require", "carol", "--methods", "totp,fax"): "--methods must be a list of totp, sms and email",
    ("invite", "carol"): "give the e-mail ADDRESS to invite at, or --withdraw",
    ("invite", "carol", "carol@example.org", "--withdraw"): "give the e-mail ADDRESS to invite at, or --withdraw",
    ("reseal", "--rate", "0"): "--rate must be a number from 1 to 100000, not '0'",
    ("remind", "--most", "many"): "--most must be a number from 1 to 100000, not 'many'",
    ("invite", "carol", "--withdraw", "--print"): "of --print and --withdraw only one may be given",
    ("report", "--json", "--csv"): "of --json and --csv only one may be given",
    ("keygen", "word"): "'word' is one word too many for 'mycred keygen'",
    ("keygen", "--login", "--site"): "of --login, --site and --file only one may be given",
    ("help", "frobnicate"): "'frobnicate' is no command",
    ("status", "carol", "--conf", "/nonexistent/mycred.conf"): "/nonexistent/mycred.conf: No such file",
}


@pytest.mark.parametrize("words", WRONG, ids=lambda words: " ".join(map(repr, words)) or "nothing")
def test_wrong_word_is_named_in_one_sentence(words):
    done = subprocess.run([COMMAND, *words], capture_output=True, timeout=10)
    said = done.stderr.decode(errors="replace")
    assert WRONG[words] in said
    assert (done.returncode, done.stdout, said.count("\n")) == (2, b"", 1)
    assert said.startswith("mycred: ") and said.endswith(".\n") or "No such file" in said


def test_identity_needs_name_and_password_file(office):
    for words, missing in ((["-D", "cn=x"], "-y"), (["-y", "/x"], "-D")):
        done = office.run("status", "carol", *words)
        assert done.returncode == 2
        assert done.stderr == f"mycred: -D DN and -y PATH belong together; the option {missing} is missing.\n"


def test_options_stand_anywhere_and_letters_take_values_either_way(office):
    plain = office.run("status", "carol").stdout
    conf, dn, password = office.conf, office.dn("sadmin"), office.password_file
    for words in (
        [f"--conf={conf}", "status", "carol"],
        ["--conf", conf, "status", "--", "carol"],
        ["status", f"-D{dn}", "carol", "-y", password, "--conf", conf],
        ["status", "carol", f"--bind-dn={dn}", f"--password-file={password}", "--conf", conf],
    ):
        done = subprocess.run([COMMAND, *words], capture_output=True, text=True, timeout=10)
        assert (done.returncode, done.stdout) == (0, plain), done.stderr


def test_help_lists_every_command_and_its_options():
    listing = run("help")
    commands = [line.split()[0] for line in listing.stdout.splitlines() if line.startswith("  ")]
    assert (listing.returncode, commands) == (0, COMMANDS)
    for command in commands:
        about = run("help", command)
        assert about.returncode == 0 and about.stdout.startswith(f"usage: mycred {command}")
        assert {run(command, word).stdout for word in ("--help", "-h")} == {about.stdout}


@pytest.mark.parametrize("word", ["version", "--version"])
def test_version_is_one_line(word):
    done = run(word)
    assert done.returncode == 0 and done.stdout.startswith("mycred ") and done.stdout.count("\n") == 1


def test_output_that_cannot_be_written_is_an_error():
    with open("/dev/full", "w") as full:
        done = subprocess.run([COMMAND, "help"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=10)
    assert (done.returncode, done.stderr) == (2, "mycred: the output could not be written.\n")
