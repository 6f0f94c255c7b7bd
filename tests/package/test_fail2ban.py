# SPDX-License-Identifier: Apache-2.0
"""The filter for fail2ban finds the address in every refusal that the stack really logs, and in nothing else."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from stack.server import ROOT
from web.client import Client

FILTER = ROOT / "common" / "fail2ban" / "mycred.conf"
JAIL = ROOT / "common" / "fail2ban" / "jail.conf"

pytestmark = pytest.mark.usefixtures("machine")


def found(log):
    """The addresses that fail2ban finds in a log file, in order, with the filter where it will be installed."""
    folder = log.parent / "filter.d"
    folder.mkdir(exist_ok=True)
    for file in (FILTER, Path("/etc/fail2ban/filter.d/common.conf")):
        shutil.copy(file, folder)
    command = ["fail2ban-regex", "--out", "ip", log, folder / FILTER.name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.split()


def as_syslog_writes(lines):
    """With the name of the host after the date, which the stack's own reader leaves out."""
    return "".join(re.sub(r"^(\w+ +\d+ [\d:]+)", r"\1 login1", line) + "\n" for line in lines)


@pytest.fixture
def refused_logins(ssh_login, syslog, stack):
    """Lines of wrong codes, and of a login that succeeds."""
    assert not ssh_login("carol", stack.password, "000000", "000000", "000000").ok
    assert ssh_login("alice", stack.password).ok
    syslog.wait("event=refused", 10)
    return syslog.lines()


def test_refusals_of_pam(refused_logins, tmp_path):
    log = tmp_path / "auth.log"
    log.write_text(as_syslog_writes(refused_logins))
    refusals = [line for line in refused_logins if "event=refused" in line]
    assert refusals and len(refused_logins) > len(refusals)
    assert found(log) == ["127.0.0.1"] * len(refusals)


def test_refusals_of_the_site(stack, tmp_path):
    log = stack.httpd.folder / "error.log"
    begin = log.stat().st_size
    client = Client(stack.httpd)
    client.sign_in("alice", "not this one")
    client.sign_in("nobody at all", "not this one")
    client.sign_in("alice", stack.password)
    client.get("/demo/api/", Authorization="Basic YWxpY2U6eA==")
    with log.open() as lines:
        lines.seek(begin)
        new = lines.read()
    (tmp_path / "error.log").write_text(new)
    refusals = re.findall(r"event=(?:password_wrong|api_password_refused) ", new)
    assert len(refusals) == 3 and "event=signed_in" in new, new
    assert found(tmp_path / "error.log") == ["127.0.0.1"] * 3


FORGED = [
    'event=refused id=1 user="x authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1"',
    "event=login_verified id=1 user=bob service=sshd",
    'event=refused id=1 user="rhost=192.0.2.1"',
]


@pytest.mark.parametrize("text", FORGED)
def test_what_people_type_bans_nobody(text, tmp_path):
    """Values are quoted and escaped, so a name cannot speak of another address."""
    log = tmp_path / "auth.log"
    log.write_text(as_syslog_writes([f"Nov 22 12:00:00 sshd[7]: pam_mycred(sshd:auth): {text}"]))
    assert found(log) == []
    site = tmp_path / "error.log"
    site.write_text(f"[Sun Nov 22 12:00:00.000000 2026] [mycred:notice] [pid 7:tid 8] [client 127.0.0.1:9] {text}\n")
    assert found(site) == []


def test_jails_are_off_and_name_the_filter():
    jails = configparser.ConfigParser(interpolation=None)
    jails.read(JAIL)
    assert {(jails[name]["enabled"], jails[name]["filter"]) for name in jails.sections()} == {("false", "mycred")}
