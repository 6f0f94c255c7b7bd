# SPDX-License-Identifier: Apache-2.0
"""mycred remind: of old passwords and of what ends soon, once a period, a number of messages a run."""

import shutil
import subprocess
import time

import pytest
from stack.mail import read_mail
from stack.server import ROOT, poll

from .findings import certificate_of
from .office import COMMAND, PASSWORD

DAY = 86400
API = "2 {created} {expiry} imap k1:c2VhbGVk laptop"


def at(days):
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + days * DAY))


@pytest.fixture
def site(good):
    """Where the site is, as the site's identity; one person's API password is old, another's ends soon."""
    slapd = good.slapd
    web = f"cn=mycred-web,ou=services,{slapd.suffix}"
    classes = ["organizationalRole", "simpleSecurityObject"]
    good.admin.create(web, objectClass=classes, cn="mycred-web", userPassword=PASSWORD)
    certificate_of(good, web)
    assert good.run("keygen", "--site").returncode == 0
    good.admin.extend(good.dn("alice"), "mycredAccount", mycredApiPassword=API.format(created=at(-400), expiry="-"))
    good.admin.extend(good.dn("carol"), "mycredAccount", mycredApiPassword=API.format(created=at(-10), expiry=at(3)))
    yield good
    good.admin.delete_s(web)


def remind(office, *words, status=0):
    done = office.run("remind", *words)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def subjects(mail, before):
    """{recipient: subject} of what has come since."""
    messages = [read_mail(text) for text in mail.arrived()[before:]]
    return {message.recipients[0]: message.subject for message in messages}


def test_dry_run_says_what_would_be_done_and_does_nothing(site, mail):
    before = len(mail.arrived()), site.entry("alice"), site.entry("carol")
    said = remind(site, "--dry-run")
    assert "alice: api-password/2 (" in said and "carol: api-end/2 (" in said
    assert said.endswith("Would remind: 2. Waiting notices: 0.\n")
    assert (len(mail.arrived()), site.entry("alice"), site.entry("carol")) == before


def test_everybody_is_reminded_once(site, mail):
    before = len(mail.arrived())
    assert remind(site) == "Reminded: 2. Notices that waited: 0. Sent: 2. Could not be sent: 0.\n"
    assert subjects(mail, before) == {
        "alice@example.org": "Example: your API password is old",
        "carol@example.org": "Example: your API password is about to end",
    }
    assert site.entry("alice")["mycredReminded"][0].startswith("api-password/2 ") and "mycredNotice" not in site.entry("alice")
    assert remind(site).startswith("Reminded: 0. ") and len(mail.arrived()) == before + 2


def test_who_was_reminded_is_in_the_log(site):
    """MC-SEC-165"""
    assert "event=reminded" in site.logged("remind")


def test_again_after_the_period(site):
    assert remind(site).startswith("Reminded: 2. ")
    for days, count in ((-29, 0), (-31, 1)):
        site.admin.replace(site.dn("alice"), mycredReminded=f"api-password/2 {at(days)}")
        assert remind(site).startswith(f"Reminded: {count}. ")
    assert len(site.entry("alice")["mycredReminded"]) == 1


def test_an_old_login_password(site, mail):
    before = len(mail.arrived())
    site.admin.passwd_s(site.dn("bob"), None, PASSWORD)
    assert "password (" not in remind(site, "--dry-run")
    site.set(password_age_advice="1")
    poll(lambda: "bob: password (" in remind(site, "--dry-run"), 30, "the age")
    remind(site)
    assert subjects(mail, before)["bob@example.org"] == "Example: your login password is old"
    site.set(password_age_advice="0")
    assert "password (" not in remind(site, "--dry-run")


def test_a_run_has_a_limit_and_the_next_goes_on(site, mail):
    before = len(mail.arrived())
    first = remind(site, "--most", "1")
    assert first.startswith("Reminded: 1. ") and first.endswith("1 people are left for the next run (--most).\n")
    assert len(mail.arrived()) == before + 1
    assert remind(site, "--most", "1").startswith("Reminded: 1. ")
    assert len(mail.arrived()) == before + 2


def test_who_is_locked_or_unreachable_is_left_alone(site):
    site.admin.replace(site.dn("alice"), mycredLockedUntil="99991231235959Z")
    site.admin.replace(site.dn("carol"), mail=None)
    assert remind(site, "--dry-run") == "Would remind: 0. Waiting notices: 0.\n"


def test_an_invitation_about_to_end(site):
    site.admin.replace(site.dn("alice"), mycredApiPassword=None, mycredInviteUntil=at(0.5))
    assert "alice: invitation (" in remind(site, "--dry-run")
    site.admin.replace(site.dn("alice"), mycredInviteUntil=at(2))
    assert "alice" not in remind(site, "--dry-run")


def test_what_waits_is_delivered_when_the_mail_server_is_back(site, mail):
    """MC-SEC-85: nothing is lost while mail does not go."""
    before = len(mail.arrived())
    url = f"smtp://127.0.0.1:{mail.port}"
    site.set(smtp_url="smtp://127.0.0.1:1")
    assert "Sent: 0. Could not be sent: 2." in remind(site, status=1)
    for login in ("alice", "carol"):
        identifier, created, _, sealed = site.entry(login)["mycredNotice"][0].split(" ", 3)
        # its lease and the gap after a message are over
        site.admin.replace(site.dn(login), mycredNotice=f"{identifier} {created} - {sealed}", mycredSendTime=None)
    site.set(smtp_url=url)
    assert remind(site, "--dry-run").endswith("Waiting notices: 2.\n")
    assert len(mail.arrived()) == before
    # the limit of a run holds for these as well
    assert remind(site, "--most", "1") == "Reminded: 0. Notices that waited: 2. Sent: 1. Could not be sent: 0.\n"
    assert len(mail.arrived()) == before + 1
    assert remind(site) == "Reminded: 0. Notices that waited: 1. Sent: 1. Could not be sent: 0.\n"
    assert set(subjects(mail, before)) == {"alice@example.org", "carol@example.org"}


def test_a_host_does_not_remind(office):
    done = office.run("remind")
    assert done.returncode == 2 and "its key file (site_key_file) is not here" in done.stderr


def test_who_may_not_is_told(site, host):
    site.set(ldap_bind_dn=host)
    done = site.run("remind")
    assert done.returncode == 2 and "this identity may not do that in the directory" in done.stderr


# ---- the units


@pytest.fixture
def units(tmp_path):
    for unit in (ROOT / "common" / "command").glob("mycred-remind.*"):
        (tmp_path / unit.name).write_text(unit.read_text().replace("/usr/sbin/mycred", str(COMMAND)))
    return tmp_path


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_the_units_are_sound_and_tight(units):
    names = ["./mycred-remind.service", "./mycred-remind.timer"]
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *names], cwd=units, capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    security = ["systemd-analyze", "security", "--offline=true", "--threshold=20", "./mycred-remind.service"]
    subprocess.run(security, cwd=units, check=True, stdout=subprocess.DEVNULL)
