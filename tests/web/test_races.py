# SPDX-License-Identifier: Apache-2.0
"""Many requests at one moment: one code is one success, one proof one change, one quota one message."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import combinations

import pytest
from faults.proxy import MODIFY
from stack.otp import totp

from .client import Client
from .last_steps import FLOWS, TOUCHES, before_last, says_done
from .pictures import png, upload
from .walk import Walk, credentials, errors, heading

MANY = 12
LONG = pytest.mark.long


@pytest.fixture(scope="module")
def second(stack):
    """A second server of the same site, of another process model."""
    httpd = stack.start_httpd("race", mpm="prefork")
    yield httpd
    httpd.stop()


def at_once(jobs):
    """Runs them in parallel; their results."""
    with ThreadPoolExecutor(min(len(jobs), 100)) as pool:
        return [future.result() for future in [pool.submit(job) for job in jobs]]


def sends(browser, answer, **fields):
    """A job that submits the answer's form in a tab of its own."""
    tab = browser.clone()
    return lambda: tab.send(answer, **fields)


def test_one_identity_code_in_many_tabs(walk):
    """MC-SEC-12 MC-SEC-90 exactly one tab goes on."""
    asked = walk.ask("email")
    answers = at_once([sends(walk.client, asked, code=walk.sent) for _ in range(MANY)])
    assert sum(heading(answer) == "Change Email Address" for answer in answers) == 1
    assert all(answer.status == 200 for answer in answers)


def test_one_proof_is_one_change(walk, person):
    """MC-SEC-82 the last step in many tabs at once changes one thing once."""
    proved = walk.prove("api-password")
    jobs = [sends(walk.client, proved, label=f"program {number}", scope="", life="30") for number in range(MANY)]
    made = [answer for answer in at_once(jobs) if 'class="copy"' in answer.text]
    assert len(made) == 1
    assert len(person("alice")["mycredApiPassword"]) == 1


def by_ssh(ssh, login, password):
    """A conversation that waits for its code; a job that gives one and says whether that opened the door."""
    terminal = ssh.open(login)
    terminal.prompt()
    terminal.answer(password)
    terminal.prompt()

    def job(code):
        terminal.answer(code)
        opened = terminal.prompt() is None and terminal.finish().ok
        terminal.hang_up()
        return opened

    return job


def by_browser(httpd, login, password):
    """The same on the site."""
    browser = Client(httpd)
    asked = browser.sign_in(login, password)
    return lambda code: heading(browser.send(asked, code=code)) == "My Credentials"


def doors(login, sites, ssh, password):
    """One browser at each server, two at the first, and ssh."""
    return [by_browser(httpd, login, password) for httpd in (*sites, sites[0])] + [by_ssh(ssh, login, password)]


@pytest.mark.parametrize("rounds", [2, pytest.param(40, marks=LONG)])
def test_one_code_of_the_device_at_every_door(site, second, flows, stack, password, ssh, rounds):
    """MC-SEC-12 MC-SEC-13 F44: two servers, three browsers, one terminal; exactly one is let in, every time."""
    for _ in range(rounds):
        jobs = doors("carol", (site, second), ssh, password)
        code = totp(stack.carol_totp)
        assert sorted(at_once([partial(job, code) for job in jobs])) == [False] * 3 + [True]
        flows.forget_steps("carol")


@pytest.mark.parametrize(("login", "by"), [("bob", "mobile"), ("dave", "email")])
@pytest.mark.parametrize("rounds", [1, pytest.param(20, marks=LONG)])
def test_one_code_from_a_message_at_every_door(site, second, flows, change, password, ssh, login, by, rounds):
    """MC-SEC-13 F44: a login code belongs to no door; whichever is first takes it."""
    for _ in range(rounds):
        jobs = doors(login, (site, second), ssh, password)
        code = flows.code(login, by)
        assert sorted(at_once([partial(job, code) for job in jobs])) == [False] * 3 + [True]
        change(login, mycredSendTime=None, mycredChallenge=None, mycredCodeFailure=None)


def test_one_recovery_code_in_many_browsers(client, second, stack, password):
    """MC-SEC-15 exactly one is let in."""
    browsers = [*(client() for _ in range(3)), *(Client(second) for _ in range(3))]
    asked = [browser.sign_in("carol", password) for browser in browsers]
    jobs = [sends(b, a, code=stack.carol_recovery[2]) for b, a in zip(browsers, asked, strict=True)]
    assert sum(heading(answer) == "My Credentials" for answer in at_once(jobs)) == 1


@pytest.mark.parametrize("many", [MANY, pytest.param(200, marks=LONG)])
def test_asked_for_many_codes_at_once_one_is_sent(walk, sms, many):
    """MC-SEC-34 MC-SEC-35 F46: the quota is charged before sending."""
    first = walk.client.get("email")
    at_once([sends(walk.client, first, way="sms") for _ in range(many)])
    sms.wait("alice")
    assert sms.count_after(0.5) == 0


@pytest.mark.parametrize("many", [20, pytest.param(1000, marks=LONG)])
def test_parallel_guesses_do_not_pass_the_limit(walk, many):
    """MC-SEC-21 MC-SEC-22 F45: an attempt is charged before it is compared; each of five is one of a kind."""
    asked = walk.ask("email")
    wrong = "000000" if walk.sent != "000000" else "000001"
    answers = at_once([sends(walk.client, asked, code=wrong) for _ in range(many)])
    said = [errors(answer)[0] for answer in answers]
    left = [int(found[1]) for text in said if (found := re.search(r"You have (\d) tr", text))]
    assert sorted(left) == [1, 2, 3, 4]
    assert errors(walk.client.send(asked, code=walk.sent))


def test_parallel_pictures_leave_one_whole_picture(walk, person):
    """MC-SEC-143 fifty at once."""
    form = walk.client.get("avatar").form
    pictures = [png(100 + number, 100) for number in range(50)]
    at_once([upload(walk.client, form, picture) for picture in pictures])
    stored = person("alice")["jpegPhoto"]
    assert len(stored) == 1
    assert stored[0].startswith(b"\xff\xd8\xff") and stored[0].endswith(b"\xff\xd9")


def reset_of(flows, httpd, login, new_password):
    """Forgot Password up to its last step: a job that sets the password and says whether it was."""
    visitor = Client(httpd)
    asked = visitor.send(visitor.get("forgot"), login=login, way="sms")
    proved = visitor.send(asked, code=flows.code(login, "mobile"))
    flows.forget_sends(login)

    def job():
        done = visitor.send(proved, new_password=new_password, confirm_password=new_password)
        return "Your new password is set." in done.text

    return job


PAIRS = [(one, other) for one, other in combinations(FLOWS, 2)]
SHORT = [("api-password", "mobile"), ("device", "method"), ("email", "mobile"), ("method", "password")]


@pytest.mark.parametrize(("one", "other"), [pytest.param(*pair, marks=() if pair in SHORT else LONG) for pair in PAIRS])
def test_two_changes_at_once(flows, site, second, person, one, other):
    """MC-SEC-90 F47: each is made whole or not at all, and the page tells which."""
    ready = []
    for httpd, path in ((site, one), (second, other)):
        walk = Walk(flows, Client(httpd))
        ready.append((walk, *before_last(walk, path)))
        flows.forget_sends("alice")
    before = credentials(person("alice"))
    answers = at_once([partial(walk.client.send, page, **fields) for walk, page, fields in ready])
    after = credentials(person("alice"))
    made = {path for path, answer in zip((one, other), answers, strict=True) if says_done(answer)}
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    # a new password ends the other session, which then cannot say any more what it did
    unsaid = {path for path in (one, other) if path not in made and "password" in (one, other)}
    made |= {path for path in unsaid if TOUCHES[path] <= changed}
    assert changed == set().union(*(TOUCHES[path] for path in made)), (made, changed)
    assert made


@pytest.mark.parametrize("path", ["password", "device", "method", pytest.param("email", marks=LONG), pytest.param("mobile", marks=LONG)])
def test_a_reset_races_a_change(flows, site, second, person, new_password, path):
    """MC-SEC-90 F47: password reset against change, bind and the method; afterwards nobody is signed in but who sets it."""
    walk = Walk(flows, Client(site))
    page, fields = before_last(walk, path)
    before = credentials(person("alice"))
    flows.forget_sends("alice")
    reset = reset_of(flows, second, "alice", new_password)
    answer, was_reset = at_once([partial(walk.client.send, page, **fields), reset])
    after = credentials(person("alice"))
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    # a change that was made just before shows on its next page only if that is still signed in
    assert changed in ({"userPassword"}, TOUCHES[path], TOUCHES[path] | {"userPassword"}, set())
    assert not was_reset or "userPassword" in changed
    assert not says_done(answer) or TOUCHES[path] <= changed
    passwords = [new_password, fields.get("new_password"), flows.stack.password]
    assert [heading(Client(site).sign_in("alice", word)) for word in passwords if word].count("Sign in") == len([w for w in passwords if w]) - 1


def test_a_device_that_is_being_chosen_is_not_unbound(behind_proxy, site, flows, change, stack, person):
    """MC-SEC-53 F47: unbinding was allowed when it was asked for, and is not any more when it is written."""
    held, goes_on = threading.Event(), threading.Event()

    def rule(tag, message):
        if tag == MODIFY and b"mycredNotice" in message and not held.is_set():
            held.set()
            goes_on.wait(20)
        return True

    change("carol", mycredLoginMethod="email")
    proxy, slow = behind_proxy()
    unbinding, choosing = Client(slow), Client(site)
    for client in (unbinding, choosing):
        client.send(client.sign_in("carol", stack.password), code=flows.code("carol"))
        change("carol", mycredSendTime=None, mycredChallenge=None)
    form = unbinding.get("unbind?id=1")
    asked = choosing.send(choosing.get("method"), method="totp")
    proxy.rule = rule
    with ThreadPoolExecutor(1) as pool:
        unbound = pool.submit(unbinding.send, form, code=totp(stack.carol_totp))
        assert held.wait(20)
        flows.forget_steps("carol")
        assert "Your login verification was changed." in choosing.send(asked, code=totp(stack.carol_totp)).text
        goes_on.set()
        answer = unbound.result()
    assert "was unbound" not in answer.text
    assert person("carol")["mycredLoginMethod"] == ["totp"] and len(person("carol")["mycredTotp"]) == 1
