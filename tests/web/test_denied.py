# SPDX-License-Identifier: Apache-2.0
"""What cannot be seen, is damaged, or was proved for something else opens nothing at the site."""

import re
import time

import pytest

from .test_api_clients import api_status
from .test_site_directory import is_put_off, log_of
from .walk import Walk, errors, heading

DATABASE = "olcDatabase={1}mdb,cn=config"


@pytest.fixture
def hide(stack):
    """hide("mycredLoginMethod"): the site's identity may not see this of anybody."""
    root = stack.slapd.as_root()
    before = root.entry(DATABASE, ["olcAccess"])["olcAccess"]
    kept = [line.split("}", 1)[1] for line in before]

    def hide_one(attribute):
        rule = f"to attrs={attribute} by dn.exact=cn=mycred-web,ou=services,{stack.people.base} none by * break"
        root.replace(DATABASE, olcAccess=[f"{{{n}}}{line}" for n, line in enumerate([rule, *kept])])

    yield hide_one
    root.replace(DATABASE, olcAccess=before)


@pytest.mark.parametrize("attribute", ["mycredLoginMethod", "mycredRequire", "mycredLockedUntil"])
def test_what_is_hidden_is_not_taken_as_absent(client, hide, password, attribute):
    """F14 MC-SEC-55 a password alone lets in only where it can be seen that no more is asked."""
    hide(attribute)
    visitor = client()
    answer = visitor.sign_in("alice", password)
    assert is_put_off(answer)
    assert heading(visitor.get("")) == "Sign in"
    assert f"cause=ldap_rights_missing attribute={attribute}" in log_of(visitor.httpd)


def test_who_verifies_is_not_let_in_when_the_choice_is_hidden(client, hide, password):
    """F14"""
    hide("mycredLoginMethod")
    visitor = client()
    assert is_put_off(visitor.sign_in("bob", password))
    assert heading(visitor.get("")) == "Sign in"


def test_one_proof_resets_no_password_when_the_choice_is_hidden(client, hide, flows):
    """F14 MC-SEC-94 whether a second one is needed is not known."""
    hide("mycredLoginMethod")
    visitor = client()
    asked = visitor.send(visitor.get("forgot"), login="bob", way="email")
    assert is_put_off(visitor.send(asked, code=flows.code("bob")))


@pytest.mark.parametrize("attribute", ["mycredLoginMethod", "mycredApiPassword"])
def test_a_login_password_opens_no_api_door_when_something_better_may_be_hidden(own_site, hide, password, attribute):
    """F14 MC-SEC-81"""
    lenient = own_site(api_accepts_login_password="yes")
    assert api_status(lenient, "alice", password) == 200
    hide(attribute)
    assert api_status(lenient, "alice", password) == 500


def test_nobody_passes_without_a_name(walk, hide):
    """F14 `Require valid-user` is content with any name, also an empty one."""
    assert walk.client.get("/demo/app/").status == 200
    hide("uid")
    assert walk.client.get("/demo/app/").status == 503


def moved(value, seconds):
    stamp = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + seconds))
    return re.sub(r"\d{14}(\.\d+)?Z", stamp, value, count=2)


def test_a_session_of_the_future_is_over(walk, change, person):
    """F33 a clock that was set back makes no old session young."""
    session = person("alice")["mycredSession"][0]
    change("alice", mycredSession=moved(session, 60))  # clocks may differ a little
    assert heading(walk.client.get("")) == "My Credentials"
    change("alice", mycredSession=moved(session, 3600))
    assert heading(walk.client.get("")) == "Sign in"


def test_a_session_without_a_method_is_none(walk, change, person):
    """MC-SEC-158 it would pass for one that saw more than a password."""
    fields = person("alice")["mycredSession"][0].split(" ")
    assert fields[6] == "password"
    change("alice", mycredSession=" ".join(fields[:6]))
    assert walk.client.get("/demo/verified/", follow=False).status == 303
    assert heading(walk.client.get("")) == "Sign in"


def test_disabling_takes_a_code_of_the_method_that_is_the_present_one_now(client, flows, change, person):
    """MC-SEC-88 MC-SEC-90 a form from before a stronger method was chosen switches nothing off."""
    walk = Walk(flows, client())
    change("alice", mycredLoginMethod="email")
    asked = walk.client.send(walk.client.get("method"), method="none")
    code = flows.code("alice")
    change("alice", mycredLoginMethod="sms")
    answer = walk.client.send(asked, code=code)
    assert heading(answer) == "Change Verification Method", errors(answer)
    assert person("alice")["mycredLoginMethod"] == ["sms"]


def test_a_damaged_device_is_not_taken_for_none(client, flows, change, password):
    """F15 MC-SEC-46 where nothing else is bound, the password alone verifies no identity."""
    change("carol", mycredTotp="1 20261121210000Z k1:AAAA damaged", mycredLoginMethod=None, mail=None)
    visitor = client()
    assert heading(visitor.sign_in("carol", password)) == "My Credentials"
    asked = visitor.get("email")
    assert heading(asked) == "Verify Identity" and 'name="password"' not in asked.text
    assert heading(visitor.send(asked, password=password, way="totp")) == "Verify Identity"


def test_a_lock_counts_at_every_step(walk, client, lock, password):
    """MC-SEC-108 before the password, between it and the code, and signed in: the entry as it is now decides."""
    bob = client()
    asked = bob.send(bob.get("sign-in"), login="bob", password=password)
    assert heading(asked) == "Login Verification"
    lock("alice")
    lock("bob")
    assert heading(walk.client.get("")) == "Sign in"
    assert bob.get(asked.url, follow=False).location.endswith("/sign-in")
    assert errors(client().sign_in("alice", password)) == ["User name or password is not right."]


def test_an_exemption_counts_until_its_end(client, change, password):
    """The password alone lets in meanwhile, and no longer."""
    for seconds, expected in (600, "My Credentials"), (-600, "Login Verification"):
        end = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + seconds))
        change("bob", mycredExemptUntil=end)
        assert heading(client().sign_in("bob", password)) == expected


def test_an_api_password_of_somebody_locked_opens_nothing(walk, site, lock):
    """MC-SEC-108 MC-SEC-81 at httpd's door too."""
    answer = walk.client.send(walk.prove("api-password"), label="script", scope="", life="30")
    made = re.search(r"\d+-[A-Z2-7]{26}", answer.text)[0]
    assert api_status(site, "alice", made) == 200
    lock("alice")
    assert api_status(site, "alice", made) == 401
