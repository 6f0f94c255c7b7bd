# SPDX-License-Identifier: Apache-2.0
"""What is asked of a password and how it is kept; how many devices and addresses a person may have."""

import re
import secrets
import time

from stack.otp import totp

from .last_steps import says_done
from .pictures import png, upload
from .walk import errors, heading

KINDS = ("bcdfghjkmnpqrstvwxz", "0123456789", "ΑΒΓΔΖΗΘΚΛΜΝΞΠΡΣΦΨΩ")


def change_password(walk, current, new):
    page = walk.prove("password")
    return page, walk.client.send(page, current_password=current, new_password=new, confirm_password=new)


def test_no_kind_of_letter_is_demanded_and_no_hint_is_kept(walk, password):
    """MC-SEC-74: length alone; neither secret questions nor an age at which a password ends."""
    current = password
    for kind in KINDS:
        new = "".join(secrets.choice(kind) for _ in range(18))
        page, done = change_password(walk, current, new)
        assert says_done(done), errors(done)
        assert set(page.form.fields) <= {"token", "flow", "username", "current_password", "new_password", "confirm_password"}
        current = new
    policy = walk.flows.stack.directory.entry(f"cn=default,ou=policies,{walk.flows.stack.people.base}")
    assert policy.get("pwdMaxAge", ["0"]) == ["0"]


def test_the_directory_keeps_a_hash_and_has_a_say(walk, password, new_password, person):
    """MC-SEC-78: by RFC 3062, so that the directory's own scheme and policy count; its reason is shown."""
    _, done = change_password(walk, password, new_password)
    assert says_done(done), errors(done)
    entry = person("alice")
    assert entry["userPassword"][0].startswith("{CRYPT}$6$") and new_password not in str(entry)
    _, refused = change_password(walk, new_password, password)
    assert heading(refused) == "Change Password" and errors(refused)
    assert person("alice")["userPassword"] == entry["userPassword"]


def bind(walk, label):
    page = walk.prove("device")
    secret = re.search(r"<code[^>]*>([A-Z2-7]+)<", page.text)[1]
    walk.client.send(page, first_code=totp(secret, -1), second_code=totp(secret), label=label)
    walk.flows.forget_steps(walk.login)
    return secret


def test_devices_are_listed_and_removed_one_by_one(walk, person):
    """MC-SEC-54: each by its name, with the day it was bound."""
    first, _ = bind(walk, "phone"), bind(walk, "tablet")
    home = walk.client.get("")
    assert "phone" in home.text and "tablet" in home.text
    for value in person("alice")["mycredTotp"]:
        bound = re.search(r" (\d{14})Z ", value)[1]
        assert f"{bound[:4]}-{bound[4:6]}-{bound[6:8]}" in home.text
    ids = re.findall(r"unbind\?id=(\d+)", home.text)
    assert len(set(ids)) == 2
    assert says_done(walk.client.send(walk.client.get(f"unbind?id={min(ids)}"), code=totp(first)))
    assert [value.split(" ")[-1] for value in person("alice")["mycredTotp"]] == ["tablet"]


def test_two_addresses_are_kept_and_either_recovers(client, walk, flows):
    """MC-SEC-87"""
    identity = walk.client.get("password").text
    assert 'value="email"' in identity and 'value="sms"' in identity
    for way, by in (("email", "email"), ("sms", "mobile")):
        visitor = client()
        asked = visitor.send(visitor.get("forgot"), login="alice", way=way)
        answer = visitor.send(asked, code=flows.code("alice", by))
        assert 'name="new_password"' in answer.text
        flows.forget_sends("alice")


def uploads(ago):
    """As many as an hour allows, made that many seconds ago."""
    stamp = time.strftime("%Y%m%d%H%M%S", time.gmtime(time.time() - ago))
    return [f"{stamp}.{number:06}Z avatar" for number in range(60)]


def test_uploads_of_an_hour_are_limited(walk, change, person):
    """MC-SEC-142: who has used them up keeps the old picture; an hour later they are forgotten."""
    change("alice", mycredSendTime=uploads(ago=60))
    form = walk.client.get("avatar").form
    assert "You have uploaded many pictures in the last hour." in upload(walk.client, form, png())().text
    assert "jpegPhoto" not in person("alice")
    change("alice", mycredSendTime=uploads(ago=3700))
    assert says_done(upload(walk.client, form, png())())
    assert person("alice")["jpegPhoto"] and len(person("alice")["mycredSendTime"]) < 60
