# SPDX-License-Identifier: Apache-2.0
"""httpd restarted and its children killed in every step, configurations that are wrong at a reload, full disks, no descriptors."""

import contextlib
import os
import shutil
import socket
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from stack.login import TEMPLATES
from stack.people import add_person, hashed
from stack.server import poll

from .client import Client
from .disturb import BROKEN, answers, kill, restart
from .last_steps import says_done
from .pictures import png, upload
from .walk import Walk, heading


WIDE_CHILD = "StartServers 1\nServerLimit 1\nThreadLimit 128\nThreadsPerChild 128\nMaxRequestWorkers 128"


@pytest.mark.parametrize("disturb", [restart, kill])
@pytest.mark.parametrize("mpm", ["event", pytest.param("prefork", marks=pytest.mark.long), pytest.param("worker", marks=pytest.mark.long)])
def test_flows_survive_what_happens_to_httpd_between_their_steps(own_site, flows, person, disturb, mpm):
    """MC-SEC-170 MC-SEC-171 F40 F41: nothing of a flow is in a process."""
    httpd = own_site(mpm=mpm)
    alice = Client(httpd)
    asked = alice.get("sign-in")
    disturb(httpd)
    assert heading(alice.send(asked, login="alice", password=flows.stack.password)) == "My Credentials"
    disturb(httpd)
    first = alice.get("mobile")
    disturb(httpd)
    code_form = alice.send(first, way="email")
    code = flows.code("alice")
    disturb(httpd)
    value_form = alice.send(code_form, code=code)
    disturb(httpd)
    sent = alice.send(value_form, address="+491511234599")
    code = flows.next_code(flows.sms, "+491511234599")
    disturb(httpd)
    assert "Your mobile number was changed." in alice.send(sent, code=code).text
    assert person("alice")["mobile"] == ["+491511234599"]


class Patient(Client):
    """A browser whose request finds no server for a moment, and whose person reloads the page then.

    httpd may close a connection that it took just before it restarts; a request that was answered is never sent again.
    """

    def request(self, *arguments, **headers):
        return poll(lambda: self._try(*arguments, **headers), 30, "an answer")

    def _try(self, *arguments, **headers):
        try:
            return super().request(*arguments, **headers)
        except BROKEN:
            return None


def run_flows(httpd, flows, login, count):
    """That many whole flows of one person, each from signing in to signing out."""
    password = flows.stack.password
    done = 0
    for _ in range(count):
        client = Patient(httpd)
        walk = Walk(flows, client, login)
        proved = client.send(client.get("api-password"), password=password)
        done += says_done(client.send(proved, label="laptop", scope="", life="30"))
        home = walk.client.get("")
        client.send(home, form=home.every_form[0])
    return done


@pytest.mark.parametrize("each", [12, pytest.param(125, marks=pytest.mark.long)])
def test_flows_under_restarts_all_the_time(own_site, flows, stack, person, each):
    """MC-SEC-170 F40: a graceful restart every 2 s; every flow ends with its change, once."""
    httpd = own_site()
    people = [f"person{number}" for number in range(8)]
    for number, login in enumerate(people):
        # with nothing bound: identity is verified by the password
        add_person(stack.directory, stack.slapd.suffix, login, 20000 + number, userPassword=hashed(stack.password))
    over = threading.Event()

    def restart_all_the_time():
        while not over.wait(2):
            httpd.graceful()

    with ThreadPoolExecutor(len(people) + 1) as pool:
        restarting = pool.submit(restart_all_the_time)
        try:
            done = list(pool.map(lambda login: run_flows(httpd, flows, login, each), people))
        finally:
            over.set()
        restarting.result()
    assert done == [each] * len(people)
    for login in people:
        entry = person(login)
        # one of that name, changed so many times
        assert [value.split(" ")[0] for value in entry["mycredApiPassword"]] == [str(each)]
        assert not entry.get("mycredSession")
        assert not [value for value in entry.get("mycredChallenge", []) if value.startswith("proved")]


# ---- a reload with something wrong


def apache2ctl(httpd, verb):
    """What an administrator types, where httpd's numbers of processes are its own."""
    names = ["nsenter", f"--target={httpd.pid}", "--mount", "--pid"]
    own = {"APACHE_ARGUMENTS": f"-f {httpd.config}", "APACHE_CONFDIR": str(httpd.folder), "APACHE_RUN_DIR": str(httpd.folder)}
    own |= {"APACHE_LOCK_DIR": str(httpd.folder), "APACHE_ENVVARS": "/dev/null", "APACHE_RUN_USER": "www-data"}
    return subprocess.run([*names, "/usr/sbin/apache2ctl", verb], env={**os.environ, **own}, capture_output=True, text=True)


def broken_line(httpd):
    with open(httpd.conf, "a") as conf:
        conf.write("no_such_option = 1\n")
    return f"{httpd.conf}:"


def bad_value(httpd):
    with open(httpd.conf, "a") as conf:
        conf.write("code_digits = 5\n")
    return "code_digits"


def cut_off(httpd):
    httpd.conf.write_text(httpd.conf.read_text()[:200])
    return str(httpd.conf)


def no_conf(httpd):
    httpd.conf.unlink()
    return str(httpd.conf)


def key_missing(httpd):
    (httpd.folder / "site.key").unlink()
    return "site.key"


def key_open_to_all(httpd):
    (httpd.folder / "site.key").chmod(0o644)
    return "site.key"


def key_short(httpd):
    (httpd.folder / "site.key").write_text("k1 AAAA\n")
    return "site.key"


def template_wrong(httpd):
    (httpd.folder / "templates" / "home.html").write_text("<p>{{no_such_name}}</p>")
    return "home.html:1"


MISTAKES = [broken_line, bad_value, cut_off, no_conf, key_missing, key_open_to_all, key_short, template_wrong]


@pytest.fixture
def breakable(own_site, stack):
    """A site whose key file and templates are its own, to be broken."""
    folder = stack.folder / "own0"
    folder.mkdir()
    shutil.copy(stack.login.folder / "site.key", folder / "site.key")
    shutil.copytree(TEMPLATES, folder / "templates")
    return own_site(site_key_file=folder / "site.key", template_dir=folder / "templates")


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_at_a_reload_keeps_the_old_generation(breakable, flows, mistake):
    """MC-SEC-169 MC-SEC-149 F35 F38 F39: refused with file and reason, and those who are signed in notice nothing."""
    walk = Walk(flows, Client(breakable))
    asked = walk.ask("email", by="sms")
    before = set(breakable.children())
    names = mistake(breakable)
    refused = apache2ctl(breakable, "graceful")
    assert refused.returncode != 0
    said = refused.stdout + refused.stderr
    assert names in said, said
    assert before <= set(breakable.children())
    assert heading(walk.client.send(asked, code=walk.sent)) == "Change Email Address"


def test_a_right_reload_is_done(breakable):
    """MC-SEC-169 the other side: with nothing wrong the new generation comes."""
    before = set(breakable.children())
    done = apache2ctl(breakable, "graceful")
    assert done.returncode == 0, done.stderr
    poll(lambda: not before & set(breakable.children()) and answers(breakable), 30, "the new generation")


# ---- a machine without room


def test_without_descriptors_people_are_put_off_and_then_served_again(own_site, flows):
    """F50: the visitor's connection has the last one, and the directory's cannot be made; later it can."""
    most = 100
    as_debian = "<Directory />\nAllowOverride None\n</Directory>"  # else httpd itself wants files of every request
    httpd = own_site(mpm="event", limits=WIDE_CHILD, descriptors=most, more=as_debian)
    visitor = Client(httpd)
    form = visitor.get("sign-in")
    (child,) = httpd.children()

    def used():
        return len(os.listdir(f"/proc/{child}/fd"))

    with contextlib.ExitStack() as holding:
        while (before := used()) < most - 1:
            one = holding.enter_context(socket.create_connection(("127.0.0.1", httpd.port), 5))
            one.sendall(b"\x16")  # the first byte of a handshake
            poll(lambda: used() > before, 10, "the connection to be taken")  # noqa: B023
        refused = visitor.send(form, login="alice", password=flows.stack.password)
        assert refused.status == 503 and int(refused.headers["Retry-After"]) > 0
        assert "__Host-mycred" not in visitor.cookies
    assert "event=directory_fault" in (httpd.folder / "error.log").read_text()
    poll(lambda: enters(httpd, flows.stack.password), 30, "the site to recover")
    assert httpd.children() == [child]


def enters(httpd, password):
    try:
        return heading(Client(httpd).sign_in("alice", password)) == "My Credentials"
    except BROKEN:
        return False


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 64 KiB, and how to fill it."""
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,nr_inodes=100,mode=1777", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill(path):
    filling = os.open(path, os.O_WRONLY | os.O_CREAT)
    with contextlib.suppress(OSError):
        while True:
            os.write(filling, b"x" * 512)
    os.close(filling)


def test_full_disks_hold_nothing_up(own_site, flows, person, small_disk):
    """F31 MC-SEC-142 MC-SEC-166: the disk of the logs is full; a picture is taken all the same, whole."""
    httpd = own_site(more=f"ErrorLog {small_disk}/error.log\nCustomLog {small_disk}/access.log \"%h %U\"")
    fill(small_disk / "filling")
    assert os.statvfs(small_disk).f_bavail == 0
    walk = Walk(flows, Client(httpd))
    form = walk.client.get("avatar").form
    assert upload(walk.client, form, png())().status == 200
    assert person("alice")["jpegPhoto"][0].startswith(b"\xff\xd8\xff")
    assert says_done(walk.finish("mobile", walk.prove("mobile", by="email")))
