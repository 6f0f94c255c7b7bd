# SPDX-License-Identifier: Apache-2.0
"""The units: sound, tight, and not tighter than the service can bear."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from stack.server import BUILD

from .harness import PROGRAM, Service

UNITS = Path(__file__).resolve().parents[2] / "pam_mycred" / "systemd"

pytestmark = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")


@pytest.fixture
def units(folder):
    """The units as they are installed, but for the path of the program."""
    for unit in UNITS.iterdir():
        text = unit.read_text().replace("/usr/libexec/mycred/mycred-logind", str(PROGRAM))
        (folder / unit.name).write_text(text)
    return folder


def test_systemd_finds_no_fault_in_the_units(units):
    names = ["./mycred-login.service", "./mycred-login.socket"]
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *names], cwd=units, capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_sandbox_is_tight(units):
    subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", "./mycred-login.service"],
        cwd=units, check=True, stdout=subprocess.DEVNULL,
    )


def filtered(unit):
    """The system calls that the unit's filter lets through."""
    allowed = set()
    for line in re.findall(r"^SystemCallFilter=(.*)$", unit, re.M):
        taken = line.startswith("~")
        for name in line.lstrip("~").split():
            named = calls(name) if name.startswith("@") else {name}
            allowed = allowed - named if taken else allowed | named
    return allowed


def calls(group):
    listing = subprocess.run(["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True).stdout
    names = {line.strip() for line in listing.splitlines()[1:] if not line.strip().startswith("#")}
    return set().union(*(calls(name) if name.startswith("@") else {name} for name in names))


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    """A program that runs another as the unit would."""
    made = tmp_path_factory.mktemp("sandbox")
    unit = (UNITS / "mycred-login.service").read_text()
    # what it does by program is what the unit says
    for line in ("CapabilityBoundingSet=", "NoNewPrivileges=yes", "MemoryDenyWriteExecute=yes", "SystemCallErrorNumber=EPERM",
                 "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6"):
        assert f"\n{line}\n" in unit
    names = sorted(filtered(unit) - {"socket"})
    (made / "allowed_calls.h").write_text("".join(f"#ifdef SYS_{name}\nALLOW_CALL(SYS_{name})\n#endif\n" for name in names))
    subprocess.run(["cc", "-Wall", "-I", made, "-o", made / "sandbox", Path(__file__).parent / "sandbox.c"], check=True)
    return made / "sandbox"


def test_the_sandbox_refuses_what_it_should(sandbox):
    script = "import os, socket\n" \
        "for act in (lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW), lambda: os.setuid(1), lambda: os.setresuid(1, 1, 1), lambda: os.chroot('/')):\n" \
        "    try: act()\n" \
        "    except OSError as error: print(error.errno)\n"
    done = subprocess.run([sandbox, "/usr/bin/python3", "-c", script], capture_output=True, text=True)
    assert done.stdout.split() == ["97", "1", "1", "1"], done.stderr


def test_names_are_found_in_the_sandbox(sandbox):
    """Without a netlink socket the C library cannot ask which addresses the host has, and must do without."""
    done = subprocess.run([sandbox, "/usr/bin/getent", "ahosts", "localhost"], capture_output=True, text=True, check=True)
    assert "127.0.0.1" in done.stdout


def test_the_service_works_in_its_sandbox(folder, sandbox):
    with Service(folder, wrapper=[sandbox]) as running:
        assert running.ask().result == "ok"
        assert running.ask("send=exit=0").result == "ask"
        assert running.ask("kill").result == "unavailable"
        assert running.ask("twice").result == "unavailable"


def test_real_workers_and_senders_work_in_the_sandbox(folder, sandbox, stack, sms, mails):
    """The directory over ldapi, the gateway over HTTP, the mail server with STARTTLS."""
    options = {"worker": BUILD / "mycred-login", "sender": BUILD / "mycred-send", "conf": stack.login.conf}
    with Service(folder, wrapper=[sandbox], **options) as running:
        for person in ("bob", "dave", "carol"):
            reply = running.ask(person, service=b"sshd", prompts_left=b"\3")
            assert reply.result == "ask", (reply.logs, running.log())
        assert sms.code("bob") and mails.code("dave")
