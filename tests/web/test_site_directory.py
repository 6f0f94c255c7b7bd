# SPDX-License-Identifier: Apache-2.0
"""The site's directory is down, slow, mute, cut off, read-only, full or not who it says it is."""

import signal
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import ldap
import pytest
from faults.proxy import MODIFY
from faults.servers import listening, mute, shaking_hands
from stack.cert import LOOPBACK_NAMES, Authority
from stack.server import LOOPBACK, free_port, poll

from .client import Client
from .disturb import BROKEN, AtRequest, answers, kill_children, lose_reply, lose_request
from .last_steps import FLOWS, before_last, is_whole, says_done
from .pictures import noise, png, upload
from .test_http import lint
from .walk import Walk, credentials, heading

QUICK = {"ldap_timeout": 1, "ldap_connect_timeout": 1}
ONE_CHILD = "StartServers 1\nServerLimit 1\nThreadsPerChild 16\nMaxRequestWorkers 16"


def log_of(httpd):
    return (httpd.folder / "error.log").read_text(errors="replace")


def is_put_off(answer):
    """503 that says so and when to come again."""
    lint(answer)
    return answer.status == 503 and int(answer.headers["Retry-After"]) > 0 and "Try again in a minute." in answer.text


def try_to_enter(httpd, password, login="alice"):
    visitor = Client(httpd)
    return visitor.send(visitor.get("sign-in"), login=login, password=password)


@pytest.fixture
def no_directory(stack):
    stack.slapd.stop()
    yield
    if not stack.slapd.running():
        stack.slapd.start()


def test_without_the_directory_pages_say_so_and_when_to_try_again(walk, no_directory, client, stack):
    """F01 MC-SEC-174: 503 with Retry-After, files are still served; served again within 5 s of its return."""
    assert is_put_off(walk.client.get(""))
    for browser in (walk.client, client()):
        assert browser.get("style.css").status == 200 and browser.get("script.js").status == 200
    stack.slapd.start()
    poll(lambda: walk.client.get("").status == 200, 5, "the site to recover")


def test_no_request_fails_twice_after_a_restart(walk, stack):
    """MC-SEC-174 stale connections cost a request at most one try."""
    tabs = [walk.client.clone() for _ in range(24)]

    def look(tab):
        return heading(tab.get("")) == "My Credentials"

    with ThreadPoolExecutor(len(tabs)) as pool:
        assert all(pool.map(look, tabs))
        stack.slapd.stop()
        stack.slapd.start()
        assert all(pool.map(lambda tab: look(tab) or look(tab), tabs))


def test_a_directory_restarted_under_load(walk, stack):
    """MC-SEC-174 F43: whoever asks while it is away is put off, and whoever asks after it is back is served."""
    back = []

    def ask_all_the_time(tab):
        late = []
        while len(late) < 3:
            known = bool(back)
            answer = tab.get("")
            assert answer.status in (200, 503)
            if known:
                late.append(answer.status)
        return late

    with ThreadPoolExecutor(8) as pool:
        asking = [pool.submit(ask_all_the_time, walk.client.clone()) for _ in range(8)]
        for _ in range(2):
            stack.slapd.stop()
            stack.slapd.start()
        back.append(True)
        for one in asking:
            assert one.result().count(200) >= 2


def are_stopped(pid):
    """All threads of the process."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return all((task / "stat").read_text().rsplit(") ", 1)[1][0] == "T" for task in tasks)


def test_a_stopped_directory_ends_in_an_answer(walk, stack):
    """F03: an answer within the request's own deadline, and the next request after it is served."""
    stack.slapd.process.send_signal(signal.SIGSTOP)
    try:
        poll(lambda: are_stopped(stack.slapd.process.pid), 10, "slapd to stop")
        answer = walk.client.get("")
        assert is_put_off(answer), (answer.status, answer.text)
    finally:
        stack.slapd.process.send_signal(signal.SIGCONT)
    poll(lambda: walk.client.get("").status == 200, 5, "the site to recover")


@pytest.mark.parametrize("scheme", ["ldap", "ldaps"])
def test_a_directory_that_never_says_a_word(own_site, stack, password, scheme):
    """F03 MC-SEC-162: also one that is mute in the TLS handshake."""
    with mute() as port:
        uri = f"{scheme}://{LOOPBACK}:{port}"
        httpd = own_site(ldap_uri=uri, ldap_ca_file=stack.authority.file, **QUICK)
        assert is_put_off(try_to_enter(httpd, password))
    assert "event=directory_fault" in log_of(httpd) and "cause=ldap_timeout" in log_of(httpd)


def test_a_dead_first_server_is_left_for_the_second(own_site, stack, password):
    """MC-SEC-175 F10"""
    httpd = own_site(ldap_uri=f"ldap://{LOOPBACK}:{free_port()} {stack.slapd.ldapi}", **QUICK)
    assert heading(try_to_enter(httpd, password)) == "My Credentials"


def test_a_mute_first_server_holds_a_process_up_once(own_site, stack, flows):
    """MC-SEC-175 F02: what one request learned, all know, whichever connection they use."""
    tried = []

    def serve(connection):
        tried.append(connection)
        while connection.recv(4096):
            pass

    with listening(serve) as port:
        uris = f"ldap://{LOOPBACK}:{port} {stack.slapd.ldapi}"
        httpd = own_site(mpm="event", limits=ONE_CHILD, ldap_uri=uris, **QUICK)
        walk = Walk(flows, Client(httpd))
        tabs = [walk.client.clone() for _ in range(12)]
        with ThreadPoolExecutor(len(tabs)) as pool:
            assert all(answer.status == 200 for answer in pool.map(lambda tab: tab.get(""), tabs))
    assert len(tried) == 1


def test_a_slow_directory_is_waited_for(behind_proxy, flows, person):
    """F04: a whole flow with every answer late."""

    def slowly(_tag, _message):
        time.sleep(0.02)
        return True

    _, httpd = behind_proxy(slowly)
    walk = Walk(flows, Client(httpd))
    assert says_done(walk.finish("mobile", walk.prove("mobile", by="email")))
    assert person("alice")["mobile"] == ["+491511234599"]


@pytest.fixture(scope="module")
def other_authority(stack):
    """Nobody's; in a folder that httpd's children may read."""
    return Authority(stack.folder / "other")


@pytest.mark.parametrize("wrong", ["authority", "name"])
def test_a_directory_with_a_bad_certificate(own_site, stack, password, other_authority, wrong):
    """F16 MC-SEC-160: nothing is asked of it, and the log names the cause."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority = other_authority if wrong == "authority" else stack.authority
    names = LOOPBACK_NAMES if wrong == "authority" else "DNS:directory.example.org"
    context.load_cert_chain(*authority.issue(f"directory-{wrong}", names))
    with shaking_hands(context) as (uri, heard):
        httpd = own_site(ldap_uri=uri, ldap_ca_file=stack.authority.file, **QUICK)
        assert is_put_off(try_to_enter(httpd, password))
    assert not any(heard)
    assert "cause=ldap_certificate" in log_of(httpd)


@pytest.fixture
def database(stack):
    """database(olcReadOnly="TRUE"): changes the running database's configuration, for the test alone."""
    dn = "olcDatabase={1}mdb,cn=config"
    root = stack.slapd.as_root()
    before = {}

    def change(**options):
        for name in options:
            before.setdefault(name, root.entry(dn, [name]).get(name))
        root.replace(dn, **options)

    yield change
    root.replace(dn, **before)


def test_a_read_only_directory(walk, database, person, client, password):
    """F09: pages are shown, changes and sign-ins are put off, nothing is half made, and the log says why."""
    proved = walk.prove("api-password")
    before = credentials(person("alice"))
    database(olcReadOnly="TRUE")
    assert heading(walk.client.get("")) == "My Credentials"
    answer = walk.client.send(proved, label="laptop", scope="", life="30")
    assert is_put_off(answer)
    visitor = client()
    assert is_put_off(visitor.send(visitor.get("sign-in"), login="alice", password=password))
    assert "__Host-mycred" not in visitor.cookies
    assert credentials(person("alice")) == before
    assert "cause=writer_readonly" in log_of(walk.client.httpd)
    database(olcReadOnly="FALSE")
    assert says_done(walk.client.send(proved, label="laptop", scope="", life="30"))


@pytest.fixture
def fill(stack, database):
    """fill(): no entry of any size can be added any more; fill.room(): as it was."""
    added = []

    def room():
        database(olcDbMaxSize="4294967296")
        # slapd 2.5 is confused about attributes that were new when its database was full
        stack.slapd.stop()
        stack.slapd.start()
        while added:
            stack.directory.delete_s(added.pop())

    def add_all():
        database(olcDbMaxSize="1")
        while add_down_to(16):
            pass  # what one pass leaves free shows in the next

    def add_down_to(least):
        before, size = len(added), 1 << 20
        while size > least:
            name = f"filling {len(added)}"
            dn = f"cn={name},ou=hosts,{stack.slapd.suffix}"
            try:
                stack.directory.create(dn, objectClass="person", cn=name, sn="x" * size)
                added.append(dn)
            except ldap.LDAPError:
                size //= 2
        return len(added) > before

    add_all.room = room
    yield add_all
    room()


def test_a_full_directory(walk, fill, person):
    """F13 MC-SEC-142: the change is put off and the old picture kept; with room again the same form does it."""
    form = walk.client.get("avatar").form
    assert upload(walk.client, form, png())().status == 200
    before = person("alice")["jpegPhoto"]
    fill()
    assert is_put_off(upload(walk.client, form, noise())())
    assert person("alice")["jpegPhoto"] == before
    assert heading(walk.client.get("")) == "My Credentials"
    fill.room()
    assert upload(walk.client, form, noise())().status == 200
    assert len(person("alice")["jpegPhoto"]) == 1 and person("alice")["jpegPhoto"] != before


# ---- every message of the step that makes the change

ACTIONS = ["lost request", "lost reply", "killed before", "killed after"]
SHORT = {("password", "lost reply"), ("mobile", "lost reply"), ("api-password", "killed after"), ("password", "killed before")}


def action_of(word, httpd, over):
    """What a rule does; `over` is set when it is done with httpd."""

    def act():
        if "killed" in word:
            kill_children(httpd)
        over.set()
        return lose_request() if word in ("lost request", "killed before") else lose_reply()

    return act


def marked(path, word):
    return pytest.param(path, word, marks=() if (path, word) in SHORT else pytest.mark.long)


@pytest.mark.parametrize(("path", "word"), [marked(path, word) for path in FLOWS for word in ACTIONS])
def test_every_message_of_a_change(behind_proxy, flows, stack, person, path, word):
    """F05 F06 F41 MC-SEC-84 MC-SEC-171: wholly made or not at all, and the page tells the truth; then it works again."""
    proxy, httpd = behind_proxy()
    number, reached = 0, True
    while reached:
        number += 1
        stack.snapshot.restore()
        poll(lambda: answers(httpd), 20, "httpd to serve")
        walk = Walk(flows, Client(httpd))
        page, fields = before_last(walk, path)
        before = credentials(person("alice"))
        over = threading.Event()
        proxy.rule = rule = AtRequest(number, action_of(word, httpd, over))
        answer = press(walk, page, fields)
        reached = rule.count >= number
        assert not reached or over.wait(20)
        proxy.rule = AtRequest()
        after = credentials(person("alice"))
        assert is_whole(path, before, after), f"message {number}"
        if answer is not None:
            assert says_done(answer) == (before != after), f"message {number}: {answer.status} {heading(answer)}"
        poll(lambda: answers(httpd), 20, "httpd to serve")
        assert walk.client.get("").status == 200
    assert number > 3


def press(walk, page, fields):
    """The answer, or None where the connection broke."""
    try:
        return walk.client.send(page, **fields)
    except BROKEN:
        return None


@pytest.mark.parametrize("number", range(1, 7))
def test_a_login_code_whose_spending_was_not_confirmed_lets_nobody_in(behind_proxy, flows, password, number):
    """F06 MC-SEC-17: whichever modify of the step loses its reply; never retried, and a new code works."""
    proxy, httpd = behind_proxy()
    bob = Client(httpd)
    asked = bob.sign_in("bob", password)
    code = flows.code("bob", "mobile")
    lost = []

    def rule(tag, _message):
        if tag == MODIFY:
            lost.append(tag)
            if len(lost) == number:
                lose_reply()
        return True

    proxy.rule = rule
    answer = bob.send(asked, code=code)
    proxy.rule = AtRequest()
    if len(lost) < number:
        assert heading(answer) == "My Credentials"
        return
    if number > 2 and heading(answer) == "My Credentials":
        return  # only a note of the factor's last use, or of an earlier message
    assert answer.status == 503 and "__Host-mycred" not in bob.cookies
    flows.forget_sends("bob")
    again = bob.sign_in("bob", password)
    resent = bob.send(again, resend="1")
    assert heading(bob.send(resent, code=flows.code("bob", "mobile"))) == "My Credentials"


# ---- the entry itself

ENDS = {
    "deleted": lambda directory, dn: directory.delete_s(dn),
    "renamed": lambda directory, dn: directory.rename_s(dn, "uid=alicia"),
    "moved": lambda directory, dn: directory.rename_s(dn, "uid=alice", newsuperior=f"ou=services,{dn.split(',', 2)[2]}"),
}


@pytest.fixture
def tidy_away(stack):
    yield
    for dn in (f"uid=alice,ou=services,{stack.slapd.suffix}",):
        if stack.directory.entry(dn):
            stack.directory.delete_s(dn)


@pytest.mark.parametrize("how", ENDS)
@pytest.mark.parametrize("path", ["mobile", "password"])
def test_an_entry_that_goes_away_ends_its_flows(walk, stack, tidy_away, how, path):
    """F48 MC-SEC-112: nothing is changed in its place, and the person is signed out."""
    page, fields = before_last(walk, path)
    others = {login: credentials(stack.directory.entry(stack.people.dn(login))) for login in ("bob", "carol")}
    ENDS[how](stack.directory, stack.people.dn("alice"))
    answer = walk.client.send(page, **fields)
    assert heading(answer) == "Sign in" or answer.status == 403
    assert heading(walk.client.get("")) == "Sign in"
    assert others == {login: credentials(stack.directory.entry(stack.people.dn(login))) for login in others}


def test_who_comes_after_under_the_same_name_inherits_nothing(walk, stack):
    """MC-SEC-112 F48: a person who is deleted and made anew is another person."""
    dn = stack.people.dn("alice")
    stack.directory.delete_s(dn)
    stack.people.add(stack.directory, "alice")
    assert heading(walk.client.get("")) == "Sign in"


def test_a_damaged_device_is_shown_as_such_and_lets_nobody_in(client, stack, password, person):
    """F15 MC-SEC-158: denied and reported, never taken for none."""
    device = person("carol")["mycredTotp"][0]
    fields = device.split(" ")
    fields[3] = fields[3][:-6] + "AAAAAA"
    stack.directory.replace(stack.people.dn("carol"), mycredTotp=" ".join(fields))
    visitor = client()
    answer = visitor.sign_in("carol", password)
    if heading(answer) == "Login Verification":
        answer = visitor.send(answer, code="123456")
    assert heading(visitor.get("")) == "Sign in"
    assert "event=value_damaged" in log_of(visitor.httpd)
