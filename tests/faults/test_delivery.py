# SPDX-License-Identifier: Apache-2.0
"""A code cannot be delivered: the person gets the other ways, or an end that says so; nobody else waits for it.

What mycred-send itself makes of bad servers is tested in tests/delivery.
"""

import email
import email.policy
import time

import pytest
from delivery.certificates import bad_certificates
from delivery.gateway import Gateway, answer, drop, endless, hang, raw, trickle
from delivery.postoffice import MUTE, PostOffice
from stack.login import SENDER
from stack.server import poll, runs
from stack.watch import code_in

from .wire import ASK, AUTO, NONE, Conversation


def by_gateway(site, gateway, **more):
    options = {"sms_url": f"{gateway.url}/send", "sms_body": "to=%{to}&text=%{text}", "sms_accept_status": "2xx"}
    plain = {"sms_header": None, "sms_user": None, "sms_password_file": None, "sms_accept_body": None}
    return site.variant("gateway", **{"send_timeout": 1, **options, **plain, **more})


def to(office, site):
    server = {"smtp_url": f"smtp://{office.name}", "smtp_ca_file": site.authority.file}
    return {**server, "smtp_user": None, "smtp_password_file": None}


def by_mail(site, office):
    return site.variant("mail", send_timeout=1, **to(office, site))


BAD_GATEWAYS = {
    "4xx": answer(400),
    "wrong credentials": answer(401),
    "too many": answer(429),
    "5xx": answer(503),
    "not what counts as accepted": answer(302, b"", "Location: http://127.0.0.1:1/"),
    "hanging": hang,
    "trickling": trickle,
    "100 MiB": endless(True),
    "gone": drop,
    "no HTTP": raw(b"\0" * 1000),
}


@pytest.mark.parametrize("behave", BAD_GATEWAYS.values(), ids=BAD_GATEWAYS.keys())
def test_a_bad_gateway_leaves_the_other_ways(site, behave):
    """F18 F19 F20 F21 F23"""
    with Gateway(behave) as gateway:
        conf = by_gateway(site, gateway)
        with site.helper(conf, sender=SENDER) as helper:
            reply = Conversation(helper.ask, "bob").start()
            assert reply.result == "ask" and reply.took < 8
            assert "could not be sent by SMS" in reply.text and "e-mail to an address" in reply.text
            assert "method=sms" in reply.log("event=code_not_sent")
    # the code is void, what was tried is charged, and no attempt counts
    assert not site.values("bob", "mycredChallenge")
    assert len(site.values("bob", "mycredSendTime")) == 1
    assert not site.values("bob", "mycredCodeFailure")


def test_a_gateway_with_a_bad_certificate_gets_no_code(site, tmp_path):
    """F22 MC-SEC-161"""
    certificate = bad_certificates(site.authority, tmp_path)["another authority"]
    with Gateway(answer(200), certificate) as gateway:
        conf = by_gateway(site, gateway, sms_ca_file=site.authority.file)
        reply = site.login_once("bob", conf=conf, sender=SENDER)
        assert reply.result == "ask" and "could not be sent" in reply.text
        assert "cause" in reply.log("event=code_not_sent")
        assert not gateway.requests


BAD_OFFICES = {
    "greylisting": {"RCPT": "451 later"},
    "full": {"end": "452 full"},
    "no such box": {"RCPT": "550 unknown"},
    "refusing": {"greeting": "554 go away"},
    "mute": {"greeting": MUTE},
    "mute after the mail": {"end": MUTE},
}


@pytest.mark.parametrize("replies", BAD_OFFICES.values(), ids=BAD_OFFICES.keys())
def test_a_bad_mail_server_ends_the_login_of_who_has_no_other_way(site, pam, replies):
    """F25 F26 F27 F28"""
    with PostOffice(site.authority.issue("office"), **replies) as office:
        pam.start_with(SENDER)
        begin = time.monotonic()
        run = pam.login("dave", conf=by_mail(site, office))
        assert run.code == "CRED_UNAVAIL" and time.monotonic() - begin < 8
        assert "method=email" in run.log("event=code_not_sent")
        assert "could not be sent by e-mail" in "".join(run.texts)


def test_servers_that_are_down(site, pam):
    """F25"""
    pam.start_with(SENDER)
    run = pam.login("dave")
    assert run.code == "CRED_UNAVAIL" and "cause" in run.log("event=code_not_sent")
    site.restore()
    run = pam.login("bob", options="nullok fallback=none")
    assert run.code == "CRED_UNAVAIL" and "cause" in run.log("event=code_not_sent")


FALLBACKS = {ASK: "menu", AUTO: "mail", NONE: "end"}


@pytest.mark.parametrize("fallback", FALLBACKS, ids=FALLBACKS.values())
@pytest.mark.parametrize("through", ["once", "service"])
def test_what_follows_is_the_services_choice(site, fallback, through):
    """The three values of `fallback=`."""
    with Gateway(answer(500)) as gateway, PostOffice(site.authority.issue("office")) as office:
        conf = by_gateway(site, gateway, **to(office, site))
        start = site.helper if through == "once" else site.service
        with start(conf, sender=SENDER) as asked:
            conversation = Conversation(asked.ask, "bob", fallback=fallback)
            reply = conversation.start()
            if fallback == NONE:
                assert reply.result == "undelivered" and not office.mails
                return
            if fallback == ASK:
                assert not office.mails and "1" in reply.text
                reply = conversation.answer("1")
            assert reply.result == "ask" and "e-mail" in reply.text
            poll(lambda: office.mails, 5, "the mail")
            text = email.message_from_bytes(office.mails[0], policy=email.policy.default).get_content()
            assert conversation.answer(code_in(text)).result == "ok"


def test_every_way_failing_ends_it(site, pam):
    """F18 F25: each is tried once, and the end is not ignorable."""
    pam.start_with(SENDER)
    with Gateway(answer(500)) as gateway, PostOffice(site.authority.issue("office"), RCPT="550 no") as office:
        conf = by_gateway(site, gateway, **to(office, site))
        run = pam.login("bob", conf=conf, options="nullok fallback=auto")
        assert run.code == "CRED_UNAVAIL"
        causes = [text for _, text in run.logs if "event=code_not_sent" in text]
        assert ["method=sms" in causes[0], "method=email" in causes[1], len(causes)] == [True, True, 2]
        assert "status=500" in causes[0] and "550" in causes[1]
        assert ["by SMS" in run.texts[0], "by e-mail" in run.texts[1]] == [True, True]


# ---- senders that are not what they should be; {pid} is a file for the process's number

SENDERS = {
    "missing": None,
    "no program": "",
    "silent": "exit 1",
    "killed": "kill -9 $$",
    "full of control characters": "printf 'a\\033[2m\\001\\n'; exit 1",
    "deaf": "exec <&-; exit 3",
}

# Ended after 10 s.
SLOW_SENDERS = {
    "stopped": "kill -STOP $$",
    "hanging": "exec sleep 60",
    "hanging, its output closed": "exec >/dev/null; exec sleep 60",
    "without end": "exec yes",
}


@pytest.fixture
def bad_sender(site):
    program = site.folder / "bad-sender"

    def write(script):
        if script is not None:
            program.write_text(f"#!/bin/sh\necho $$ >>{site.folder}/senders\n{script}\n" if script else "")
            program.chmod(0o755)
        return program

    yield write
    program.unlink(missing_ok=True)
    (site.folder / "senders").unlink(missing_ok=True)


@pytest.mark.parametrize("through", ["once", "service"])
@pytest.mark.parametrize("script", SENDERS.values(), ids=SENDERS.keys())
def test_a_sender_that_fails_is_told(site, bad_sender, script, through):
    """F20"""
    try_sender(site, bad_sender(script), through, seconds=3)


@pytest.mark.long
@pytest.mark.parametrize("through", ["once", "service"])
@pytest.mark.parametrize("script", SLOW_SENDERS.values(), ids=SLOW_SENDERS.keys())
def test_a_sender_that_does_not_end_is_ended(site, bad_sender, script, through):
    """F20: inside the deadline."""
    try_sender(site, bad_sender(script), through, seconds=11)


def try_sender(site, program, through, seconds):
    start = site.helper if through == "once" else site.service
    with start(sender=program) as asked:
        reply = Conversation(asked.ask, "bob").start()
        assert reply.result == "ask" and "could not be sent" in reply.text
        assert "method=sms" in reply.log("event=code_not_sent")
        assert reply.took < seconds
    started = site.folder / "senders"
    for pid in started.read_text().split() if started.exists() else []:
        poll(lambda: not runs(pid), 3, f"sender {pid} to be gone")


def test_a_slow_gateway_occupies_no_worker(site):
    """MC-SEC-162: ten people wait for their SMS; the one worker serves everybody else meanwhile."""
    with Gateway(hang) as gateway:
        conf = by_gateway(site, gateway, send_timeout=4)
        with site.service(conf, sender=SENDER, workers=1) as door:
            waiting = door.connect()
            waiting.sendall(Conversation(door.ask, "bob").request(1))
            poll(lambda: gateway.requests, 5, "the gateway to have the request")
            begin = time.monotonic()
            for _ in range(20):
                assert Conversation(door.ask, "carol").start().result == "ask"
            site.directory.replace(site.dn("carol"), mycredTotpUsed=None)
            assert Conversation(door.ask, "carol").login(site.code()).result == "ok"
            assert time.monotonic() - begin < 6
            waiting.close()
