# SPDX-License-Identifier: Apache-2.0
"""Gateways and mail servers that are down, slow, hanging or refuse: no page waits, and the next one says what came of it."""

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from delivery.gateway import Gateway, answer, drop
from delivery.postoffice import DROP, PostOffice
from stack.mail import Mail
from stack.people import add_person, hashed
from stack.server import LOOPBACK, free_port, poll
from stack.watch import Mails, code_in

from .client import Client
from .last_steps import says_done
from .walk import Walk, errors, heading

TAKEN = answer(202, b"0: Accepted for delivery")
ONE_THREADED_CHILD = "StartServers 1\nServerLimit 1\nThreadsPerChild 16\nMaxRequestWorkers 16"
ONE_CHILD = {"event": ONE_THREADED_CHILD, "worker": ONE_THREADED_CHILD, "prefork": "StartServers 1\nServerLimit 1\nMaxRequestWorkers 1"}
NO_CODE = "The code could not be sent, or it is no longer valid."


def log_of(httpd):
    return (httpd.folder / "error.log").read_text(errors="replace")


class Held:
    """A gateway's behaviour: nobody is answered before release()."""

    def __init__(self):
        self.event = threading.Event()

    def __call__(self, connection, request):
        self.event.wait(60)
        TAKEN(connection, request)

    def release(self):
        self.event.set()


@pytest.fixture
def held():
    behave = Held()
    with Gateway(behave) as gateway:
        gateway.held = behave
        yield gateway
        behave.release()


@pytest.fixture
def crowd(stack):
    """crowd(number): so many people whose logins are verified by SMS; their login names."""

    def add(number):
        logins = [f"person{place}" for place in range(number)]
        for place, login in enumerate(logins):
            contacts = {"mail": f"{login}@example.org", "mobile": f"+4915112400{place:02}"}
            add_person(stack.directory, stack.slapd.suffix, login, 20000 + place, userPassword=hashed(stack.password), **contacts)
            stack.directory.extend(stack.people.dn(login), "mycredAccount", mycredLoginMethod="sms")
        return logins

    return add


@pytest.mark.parametrize("mpm", ["event", "worker", "prefork"])
def test_a_page_never_waits_for_a_gateway(own_site, held, flows, mpm):
    """F20 F25 MC-SEC-93: not in a child that serves one request at a time either."""
    nothing = {"sms_url": f"{held.url}/", "smtp_url": f"smtp://{held.name}", "send_timeout": 10}
    httpd = own_site(mpm=mpm, limits=ONE_CHILD[mpm], **nothing)
    for login in ("bob", "dave"):
        assert heading(Client(httpd).sign_in(login, flows.stack.password)) == "Login Verification"
    alice = Walk(flows, Client(httpd)).client
    first = alice.get("email")
    assert heading(alice.send(first, way="sms")) == "Verify Identity"
    visitor = Client(httpd)
    assert visitor.send(visitor.get("forgot"), login="alice", way="email").status == 200
    for path in ("", "sessions", "mobile"):
        assert alice.get(path).status == 200
    # all that while nothing had come of the messages
    assert "event=code_" not in log_of(httpd)


@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_a_change_never_waits_for_its_notice(own_site, held, flows, walk, mpm, site):
    """F20 MC-SEC-86: the only process is free for the next page while the mail server hangs."""
    httpd = own_site(mpm=mpm, limits=ONE_CHILD[mpm], smtp_url=f"smtp://{held.name}", send_timeout=10, site_url=site.url)
    proved = walk.prove("api-password")
    walk.client.httpd = httpd
    assert says_done(walk.client.send(proved, label="laptop", scope="", life="30"))
    for _ in range(3):
        assert heading(walk.client.get("")) == "My Credentials"
    assert "event=notice_" not in log_of(httpd)


REFUSALS = {
    "bad request": answer(400),
    "credentials refused": answer(401),
    "too many": answer(429, b"", "Retry-After: 3600"),
    "server error": answer(500),
    "unavailable": answer(503),
    "drops": drop,
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS.keys())
def test_a_code_the_gateway_does_not_take(own_site, flows, person, refusal):
    """F18 F19: the log says why, the code is void, the next page says so, and another one may be asked for."""
    with Gateway(refusal) as gateway:
        httpd = own_site(sms_url=f"{gateway.url}/")
        bob = Client(httpd)
        asked = bob.sign_in("bob", flows.stack.password)
        poll(lambda: "event=code_not_sent" in log_of(httpd), 20, "the log line")
        poll(lambda: not person("bob").get("mycredChallenge"), 5, "the code to be void")
        said = bob.send(asked, code="123456")
        assert NO_CODE in said.text and "A code was sent" not in said.text
        gateway.behaviours[:] = [TAKEN]
        flows.forget_sends("bob")
        again = bob.send(said, resend="1")
        assert "A code was sent by SMS" in again.text
        poll(lambda: "event=code_sent" in log_of(httpd), 20, "the message")
        code = code_in(gateway.requests[-1].body.decode())
        assert heading(bob.send(again, code=code)) == "My Credentials"


MAIL_REFUSALS = {
    "greeting": {"greeting": "554 go away"},
    "later": {"MAIL": "451 greylisted"},
    "no such address": {"RCPT": "550 unknown"},
    "not this mail": {"end": "554 no"},
    "goes away": {"DATA": DROP},
}


@pytest.mark.parametrize("replies", MAIL_REFUSALS.values(), ids=MAIL_REFUSALS.keys())
def test_a_code_the_mail_server_does_not_take(own_site, flows, person, stack, replies):
    """F26 F27 F28: as with SMS; other methods are still offered."""
    with PostOffice(stack.authority.issue("office"), **replies) as office:
        httpd = own_site(smtp_url=f"smtp://{office.name}")
        dave = Client(httpd)
        asked = dave.sign_in("dave", flows.stack.password)
        poll(lambda: "event=code_not_sent" in log_of(httpd), 20, "the log line")
        poll(lambda: not person("dave").get("mycredChallenge"), 5, "the code to be void")
        assert NO_CODE in dave.send(asked, code="123456").text


def test_nobody_listens(own_site, flows, person):
    """F18 F25"""
    httpd = own_site(sms_url=f"http://{LOOPBACK}:{free_port()}/")
    Client(httpd).sign_in("bob", flows.stack.password)
    poll(lambda: "event=code_not_sent" in log_of(httpd), 20, "the log line")
    poll(lambda: not person("bob").get("mycredChallenge"), 5, "the code to be void")


def sign_in_all(httpd, logins, password):
    def one(login):
        return Client(httpd).sign_in(login, password)

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(one, logins))


@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_a_graceful_restart_loses_no_code_that_waits(own_site, held, crowd, flows, mpm):
    """MC-SEC-170 F40: more messages than are sent at once, and a restart while they wait."""
    logins = crowd(10)
    httpd = own_site(mpm=mpm, limits=ONE_CHILD[mpm], sms_url=f"{held.url}/", send_timeout=10)
    assert all(heading(page) == "Login Verification" for page in sign_in_all(httpd, logins, flows.stack.password))
    httpd.graceful()
    held.held.release()
    numbers = poll(lambda: len(held.requests) == len(logins) and {r.header("X-Kannel-To") for r in held.requests}, 30, "the codes")
    assert len(numbers) == len(logins)


def test_more_codes_than_may_wait(own_site, held, crowd, flows, person):
    """MC-SEC-173: past the limit of a process people are put off, and no code is left that nobody was sent."""
    logins = crowd(80)
    httpd = own_site(mpm="event", limits=ONE_THREADED_CHILD, sms_url=f"{held.url}/", send_timeout=10)
    pages = dict(zip(logins, sign_in_all(httpd, logins, flows.stack.password), strict=True))
    put_off = [login for login, page in pages.items() if page.status == 503]
    assert put_off and len(put_off) < 20
    for login in put_off:
        assert int(pages[login].headers["Retry-After"]) > 0
        assert not person(login).get("mycredChallenge")
    assert "cause=too_many_wait" in log_of(httpd)
    held.held.release()
    poll(lambda: len(held.requests) == len(logins) - len(put_off), 60, "the codes")


# ---- notices


@pytest.fixture
def second(crowd, stack):
    """Somebody besides alice whose login is not verified."""
    (login,) = crowd(1)
    stack.directory.replace(stack.people.dn(login), mycredLoginMethod=None)
    return login


@pytest.fixture
def other_mail(stack):
    """A mail server that does not run yet, and the options to use it."""
    mail = Mail(stack.folder / "other-mail", stack.authority)
    password = stack.login.folder / "other-mail.password"
    password.write_text(mail.password + "\n")
    shutil.chown(password, group="www-data")
    password.chmod(0o640)
    mail.options = {"smtp_url": f"smtp://{LOOPBACK}:{mail.port}", "smtp_user": mail.user, "smtp_password_file": password}
    yield mail
    mail.stop()


def let_leases_pass(stack, login):
    """As if the time had passed after which another process may try."""
    dn = stack.people.dn(login)
    values = [value.split(" ") for value in stack.directory.entry(dn).get("mycredNotice", [])]
    stack.directory.replace(dn, mycredNotice=[" ".join([first, made, "-", *rest]) for first, made, _, *rest in values])


def test_notices_wait_for_the_mail_server_and_arrive_once(own_site, other_mail, flows, person, stack, second):
    """MC-SEC-86 F25: whoever runs when it is back sends them, without the person, and each once."""
    seen = {"notice_interval": 5, **other_mail.options}
    httpds = own_site(**seen), own_site(**seen)
    people, tries = ["alice", second], 0
    for login in people:
        walk = Walk(flows, Client(httpds[0]), login)
        for label in ("laptop", "phone"):
            # the code for this comes by another door's mail server
            proved = walk_through(walk, stack, login)
            assert says_done(walk.client.send(proved, label=label, scope="", life="30"))
            stack.directory.replace(stack.people.dn(login), mycredSendTime=None)
            tries += 1
            # until it was tried in vain: who is without contacts, as on the way to the next, has nobody to tell
            poll(lambda: "".join(map(log_of, httpds)).count("event=notice_not_sent") >= tries, 30, "a vain try")  # noqa: B023
    assert all(len(person(login)["mycredNotice"]) == 2 for login in people)
    mails = Mails(other_mail.start())
    for login in people:
        let_leases_pass(stack, login)
    poll(lambda: not any(person(login).get("mycredNotice") for login in people), 60, "the outbox to be empty")
    arrived = mails.all()
    assert sorted(to for mail in arrived for to in mail.recipients) == ["alice@example.org", f"{second}@example.org"]
    assert all("2 changes of your account" in mail.subject for mail in arrived)
    assert len({mail["Message-ID"] for mail in arrived}) == 2
    assert "event=notice_sent" in "".join(map(log_of, httpds))


def walk_through(walk, stack, login):
    """Past Verify Identity without the mail server that is down: as with nothing bound, by password."""
    contacts = {name: stack.directory.entry(stack.people.dn(login)).get(name) for name in ("mail", "mobile")}
    stack.directory.replace(stack.people.dn(login), mail=None, mobile=None)
    proved = walk.client.send(walk.client.get("api-password"), password=stack.password)
    stack.directory.replace(stack.people.dn(login), **contacts)
    assert not errors(proved)
    return proved


def test_notices_of_many_people_do_not_wait_for_one_bad_address(own_site, stack, flows, person, second):
    """MC-SEC-86 a notice that cannot be sent stays, and the others go."""
    with PostOffice(stack.authority.issue("office"), RCPT=["550 unknown", "250 ok"]) as office:
        httpd = own_site(smtp_url=f"smtp://{office.name}", notice_interval=5)
        for login in ("alice", second):
            walk = Walk(flows, Client(httpd), login)
            assert says_done(walk.client.send(walk_through(walk, stack, login), label="laptop", scope="", life="30"))
            poll(lambda: "event=notice_" in log_of(httpd), 20, "a try")
        poll(lambda: "event=notice_sent" in log_of(httpd), 20, "the other notice")
        assert len(office.mails) == 1
        assert "event=notice_not_sent" in log_of(httpd)
        assert len(person("alice")["mycredNotice"]) == 1 and not person(second).get("mycredNotice")
