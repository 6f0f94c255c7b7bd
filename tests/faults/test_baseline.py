# SPDX-License-Identifier: Apache-2.0
"""Without a fault everything works; else none of the refusals that other tests see would mean anything."""


def test_totp(site):
    reply = site.login_once("carol", site.code())
    assert reply.result == "ok" and "event=login_verified" in reply.log("event=")


def test_sms(site):
    assert site.login_once("bob", site.sent_code).result == "ok"


def test_recovery(site):
    assert site.login_once("carol", site.carol_recovery[0]).result == "ok"


def test_off(site):
    assert site.login_once("alice").result == "off"


def test_service(site):
    from .wire import Conversation
    with site.service() as door:
        assert Conversation(door.ask, "carol").login(site.code()).result == "ok"
        assert Conversation(door.ask, "bob").login(site.sent_code).result == "ok"
