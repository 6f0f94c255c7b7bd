# SPDX-License-Identifier: Apache-2.0
"""No code, password, seed or key in a log, an argument list, an environment, a file, or a core of the helper. (MC-SEC-09)"""

import base64
import os
import shutil
import subprocess
import time
from pathlib import Path
from urllib.parse import unquote_plus

import pytest
from delivery.gateway import Gateway, answer
from stack.login import SENDER
from stack.watch import code_in

from . import processes
from .site import PASSWORD
from .wire import API_PASSWORD, DEBUG, FIRST_FACTOR, FORWARD_PASS, NULLOK, SANITIZED, Conversation

# Typed, and wrong: what people type may be a password in the wrong place.
TYPED = "canary-typed-5530174986"
WRONG_PASSWORD = "canary-wrong-password-8821"


def folded(text):
    return text.replace("-", "").encode()


class Secrets:
    """What must not be found, by what it is."""

    def __init__(self, site):
        self.known = {
            "login password": PASSWORD.encode(),
            "wrong password": WRONG_PASSWORD.encode(),
            "wrong answer": TYPED.encode(),
            "seed": base64.b32decode(site.carol_totp),
            "seed in base32": site.carol_totp.encode(),
        }
        for number, code in enumerate(site.carol_recovery[:3]):
            self.known[f"recovery code {number}"] = code.encode()
            self.known[f"recovery code {number} as typed"] = folded(code)
        for file in ("login.key", "site.key"):
            text = (site.login.folder / file).read_text().split()[1]
            self.known[file] = text.encode()
            self.known[f"{file}, raw"] = base64.urlsafe_b64decode(text + "=")

    def add_code(self, code):
        self.known[f"code {code}"] = code.encode()

    def found_in(self, data, but=()):
        return {name for name, secret in self.known.items() if secret in data and name not in but}


def gateway_of(site, gateway):
    plain = {"sms_header": None, "sms_user": None, "sms_password_file": None, "sms_accept_body": None}
    options = {"sms_url": f"{gateway.url}/send", "sms_body": "to=%{to}&text=%{text}", "sms_accept_status": "2xx"}
    # ten digits are not met by chance
    return site.variant("canary", code_digits=10, **options, **plain)


def sent_code(gateway):
    return code_in(unquote_plus(gateway.requests[-1].body.decode().split("text=")[1]))


def sign_in_by_all_means(site, ask, gateway, secrets):
    """Every way in, right and wrong, at the highest debug level; the log lines."""
    lines = []

    def talk(user, *answers, flags=NULLOK | DEBUG, **fields):
        conversation = Conversation(ask, user, flags=flags | DEBUG, **fields)
        reply = conversation.start()
        lines.extend(reply.logs)
        for text in answers:
            reply = conversation.answer(text() if callable(text) else text)
            lines.extend(reply.logs)
        return reply.result

    def code():
        secrets.add_code(sent_code(gateway))
        return sent_code(gateway)

    password = PASSWORD.encode()
    assert talk("carol", TYPED, site.code) == "ok"
    assert talk("carol", site.carol_recovery[0]) == "ok"
    assert talk("carol", folded(site.carol_recovery[1])) == "ok"
    assert talk("bob", TYPED, code) == "ok"
    assert talk("bob", flags=FIRST_FACTOR, password=WRONG_PASSWORD.encode()) == "wrong"
    site.directory.replace(site.dn("bob"), mycredSendTime=None)
    assert talk("bob", code, flags=FIRST_FACTOR, password=password) == "ok"
    site.directory.replace(site.dn("carol"), mycredTotpUsed=None)
    both = FIRST_FACTOR | FORWARD_PASS
    assert talk("carol", flags=both, password=password + site.code().encode()) == "ok"
    assert talk("alice", flags=FIRST_FACTOR, password=password) == "off"
    assert talk("carol", flags=API_PASSWORD, service="imap", password=WRONG_PASSWORD.encode()) == "wrong"
    assert talk("nobody", TYPED, TYPED) == "ask"
    return "\n".join(lines).encode()


@pytest.fixture
def gateway():
    with Gateway(answer(200)) as gateway:
        yield gateway


def test_logs_arguments_and_environments_hold_no_secret(site, gateway):
    """MC-SEC-09"""
    secrets = Secrets(site)
    conf = gateway_of(site, gateway)
    with site.service(conf, sender=SENDER) as door, processes.watched(site.folder) as seen:
        lines = sign_in_by_all_means(site, door.ask, gateway, secrets)
    assert any(b"mycred-send" in one for one in seen) and any(b"--worker" in one for one in seen)
    assert not [secrets.found_in(one) for one in seen if secrets.found_in(one)]
    assert not secrets.found_in(lines)
    assert not secrets.found_in(door.log().encode())


def test_a_password_typed_where_the_name_belongs_is_not_logged(site):
    """MC-SEC-09: an unknown name is logged with debug alone, which is what that is for."""
    with site.helper() as helper:
        for flags in (NULLOK, FIRST_FACTOR):
            conversation = Conversation(helper.ask, TYPED, flags=flags, password=b"x")
            lines = conversation.start().logs + conversation.answer("1").logs
            assert TYPED not in "".join(lines)


def test_what_the_module_logs_holds_no_secret(site, gateway, pam):
    """MC-SEC-09: at its highest level, with all that the host adds."""
    secrets = Secrets(site)
    conf = gateway_of(site, gateway)
    pam.start_with(SENDER)
    texts = []
    for user, answers in (
        ("carol", (TYPED, site.code(), "")),
        ("carol", (site.carol_recovery[0],)),
        ("bob", (TYPED, TYPED, TYPED)),
        ("alice", ()),
        (None, (TYPED, TYPED, TYPED)),
    ):
        run = pam.login(user or "nobody", *answers, conf=conf, options="nullok debug")
        texts += [text for _, text in run.logs]
        if gateway.requests:
            secrets.add_code(sent_code(gateway))
    assert len(texts) > 8
    assert not secrets.found_in("\n".join(texts).encode())


def test_no_file_of_ours_holds_a_code_or_a_password(site, gateway):
    """MC-SEC-09: nothing is written but what was there before."""
    secrets = Secrets(site)
    conf = gateway_of(site, gateway)
    before = set(files_of(site))
    with site.service(conf, sender=SENDER) as door:
        sign_in_by_all_means(site, door.ask, gateway, secrets)
        new = set(files_of(site)) - before - {door.log_file}
        assert not new


def files_of(site):
    for place in (site.folder, Path("/tmp"), Path("/var/tmp"), Path("/dev/shm")):
        files = place.rglob("*") if place == site.folder else place.glob("mycred*/*")
        yield from (file for file in files if file.is_file() and "/slapd/" not in str(file) and not file.is_socket())


not_sanitized = pytest.mark.skipif(SANITIZED, reason="the sanitizer keeps what is freed")

KEYS = {"login.key", "login.key, raw"}


@not_sanitized
@pytest.mark.skipif(not shutil.which("gcore"), reason="gdb is not installed")
def test_a_core_of_a_worker_holds_no_secret(site, gateway, tmp_path):
    """MC-SEC-09 MC-SEC-153: after the logins; also the keys, which it needs for the next, are kept out of cores."""
    secrets = Secrets(site)
    conf = gateway_of(site, gateway)
    with site.worker(conf, sender=SENDER) as worker:
        assert_canaries_are_seen(worker)
        sign_in_by_all_means(site, worker.ask, gateway, secrets)
        # whoever reads the process itself finds the keys and nothing else
        expect_nothing_in_memory(secrets, worker)
        core = core_of(worker.pid, tmp_path).read_bytes()
        assert b"mycredLoginMethod" in core
        assert not secrets.found_in(core)


@not_sanitized
def test_a_core_at_the_prompt_holds_no_password(site, gateway):
    """MC-SEC-09: the one-conversation helper waits minutes for a person; what it has used by then is gone."""
    secrets = Secrets(site)
    conf = gateway_of(site, gateway)
    with site.helper(conf, sender=SENDER) as helper:
        conversation = Conversation(helper.ask, "bob", flags=FIRST_FACTOR, password=PASSWORD.encode())
        assert conversation.start().result == "ask"
        secrets.add_code(sent_code(gateway))
        expect_nothing_in_memory(secrets, helper)


@not_sanitized
def test_a_password_checked_over_tls_is_gone_as_well(site):
    """MC-SEC-09: whatever the TLS library did with it."""
    secrets = Secrets(site)
    with site.helper(site.over_tls(site.slapd.ldaps_uri)) as helper:
        for password in (WRONG_PASSWORD, PASSWORD):
            Conversation(helper.ask, "alice", flags=FIRST_FACTOR, password=password.encode()).start()
        # the host's own is kept for the next connection
        expect_nothing_in_memory(secrets, helper, but={"login password"})


def expect_nothing_in_memory(secrets, helper, but=()):
    """It tidies up after its reply, so a moment may pass."""
    found = None
    for _ in range(20):
        found = secrets.found_in(processes.memory_of(helper.pid), but=KEYS | set(but))
        if not found:
            return
        time.sleep(0.05)
    assert not found


def test_the_kernel_is_told_not_to_dump(site):
    """MC-SEC-153: no core file, and no reading by the user it may run as."""
    with site.helper() as helper:
        assert Conversation(helper.ask, "alice").start().result == "off"
        limits = Path(f"/proc/{helper.pid}/limits").read_text()
        assert limits.split("Max core file size")[1].split()[:2] == ["0", "0"]
        assert os.stat(f"/proc/{helper.pid}/mem").st_uid == 0


def core_of(pid, folder):
    subprocess.run(["gcore", "-o", folder / "core", str(pid)], check=True, capture_output=True, timeout=60)
    return folder / f"core.{pid}"


def assert_canaries_are_seen(worker):
    """That the search finds what is there: the configuration's own words."""
    assert Conversation(worker.ask, "alice").start().result == "off"
    assert b"mycredLoginMethod" in processes.memory_of(worker.pid)
