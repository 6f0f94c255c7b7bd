# SPDX-License-Identifier: Apache-2.0
"""How the site is: a word for strangers, figures for operators, lines of mod_status."""

import json
import re
import time

import pytest
from stack.httpd import MODULES, Httpd
from stack.server import ROOT, poll

from .client import Client
from .test_http import lint

MORE = f"""
LoadModule status_module {MODULES}/mod_status.so
LoadModule authz_host_module {MODULES}/mod_authz_host.so
<Location /operators/mycred>
    SetHandler mycred-health
    Require local
</Location>
<Location /operators/status>
    SetHandler server-status
    Require local
</Location>
"""
FIGURES = re.findall(r'^    \{"(\w+)", [A-Z_]+,', (ROOT / "mod_mycred" / "health.c").read_text(), re.MULTILINE)


@pytest.fixture(scope="module")
def watched(stack):
    return stack.start_httpd("watched", more=MORE)


@pytest.fixture(scope="module")
def cut_off(stack):
    """An httpd whose directory is not there."""
    httpd = Httpd(stack.folder / "cut-off", stack.authority, more=MORE)
    httpd.conf = stack.login.site_conf("cut-off", httpd.url)
    text = re.sub(r"^ldap_uri = .*", "ldap_uri = ldapi://%2Fnowhere", httpd.conf.read_text(), flags=re.MULTILINE)
    httpd.conf.write_text(text)
    httpd.start()
    yield httpd
    httpd.stop()


def report(httpd):
    answer = Client(httpd).get("/operators/mycred")
    return answer.status, json.loads(answer.text)


def test_strangers_learn_one_word(watched):
    answer = Client(watched).get("health")
    assert (answer.status, answer.text, answer.headers.get_all("Set-Cookie")) == (200, "ok\n", None)
    lint(answer)
    assert Client(watched).get("health?directory=x").text == "ok\n"
    assert Client(watched).request("HEAD", "health").body == b""


def test_health_is_only_looked_at(watched):
    for method in ("POST", "PUT", "DELETE"):
        assert Client(watched).request(method, "health", "a=1").status == 405


def test_nothing_answers_without_its_directory(cut_off):
    answer = Client(cut_off).get("health")
    assert (answer.status, answer.text) == (503, "failing\n")
    status, said = report(cut_off)
    assert (status, said["status"], said["directory"], said["directory_server"]) == (503, "failing", "unavailable", 0)


def test_operators_learn_why(watched, stack):
    status, said = report(watched)
    assert list(said) == ["status", "directory", "directory_server", "login_key", "site_key", *FIGURES]
    assert (status, said["status"], said["directory"], said["directory_server"]) == (200, "ok", "ok", 1)
    assert (said["login_key"], said["site_key"]) == ("k1", "k1")
    assert said["child_connections"] <= said["child_connections_max"] == (6 if watched.mpm == "prefork" else 36)
    assert (said["child_waiting"], said["child_waiting_max"]) == (0, 64)


def test_what_happens_is_counted_whichever_child_did_it(watched, stack, mails):
    before = report(watched)[1]
    for _ in range(6):
        Client(watched).sign_in("alice", "not this one")
    Client(watched).sign_in("alice", stack.password)
    Client(watched).sign_in("dave", stack.password)
    mails.wait("dave")
    after = poll(lambda: (lambda said: said["codes_sent"] > before["codes_sent"] and said)(report(watched)[1]), 10, "the figures")
    change = {name: after[name] - before[name] for name in FIGURES if not name.startswith("child_")}
    assert (change["passwords_wrong"], change["signed_in"], change["codes_sent"]) == (6, 1, 1)
    assert change["directory_faults"] == change["codes_not_sent"] == 0


def test_the_last_fault_of_the_directory_is_dated(cut_off):
    before = report(cut_off)[1]
    began = int(time.time())
    assert Client(cut_off).get("sign-in").status == 200
    Client(cut_off).sign_in("alice", "whatever")
    after = report(cut_off)[1]
    assert after["directory_faults"] > before["directory_faults"]
    assert began <= after["directory_faults_last"] <= int(time.time())


def test_mod_status_has_the_figures(watched):
    lines = dict(line.split(": ", 1) for line in Client(watched).get("/operators/status?auto").text.splitlines() if ": " in line)
    assert {name for name in lines if name.startswith("Mycred_")} == {f"Mycred_{name}" for name in FIGURES}
    assert all(lines[f"Mycred_{name}"].isdigit() for name in FIGURES)
    page = Client(watched).get("/operators/status").text
    assert page.count("<h2>mycred</h2>") == 1
    assert re.findall(r'<tr><th align="left">(\w+)</th><td>\d+</td></tr>', page) == FIGURES
