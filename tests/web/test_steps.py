# SPDX-License-Identifier: Apache-2.0
"""The order of steps is the server's: each alone, twice, reversed, across two flows and two people."""

import pytest
from stack.watch import CODE

from .last_steps import FLOWS, before_last, is_whole
from .pictures import png, upload
from .walk import VALUES, Walk, credentials, errors, heading

PAGES = sorted(VALUES)


@pytest.fixture
def unchanged(person):
    """A function that says whether the credentials are as they were when the test began."""
    before = {login: credentials(person(login)) for login in ("alice", "sadmin")}
    return lambda: before == {login: credentials(person(login)) for login in before}


def is_led_back(answer):
    """Every refused step ends on a form to start with."""
    return answer.status == 200 and heading(answer) == "Verify Identity" and answer.forms


@pytest.mark.parametrize("path", PAGES)
def test_a_value_without_a_proof_changes_nothing(walk, unchanged, path):
    """MC-SEC-82 MC-SEC-83 the last step alone, with no flow, a broken one, the first step's."""
    first = walk.client.get(path)
    for flow in ("", "k1:AAAA", first.form.fields["flow"]):
        fields = {**walk.values(path), "code": "000000", "flow": flow}
        answer = walk.client.send(first, **fields)
        assert is_led_back(answer)
    without = {**first.form.fields, **walk.values(path)}
    del without["flow"]
    assert is_led_back(walk.client.post(first.form.action, without))
    assert unchanged()


@pytest.mark.parametrize("path", PAGES)
def test_a_code_that_was_asked_for_is_no_proof_yet(walk, unchanged, path):
    """MC-SEC-82 from the step where the code is typed straight to the value."""
    asked = walk.ask(path)
    answer = walk.client.send(asked, **walk.values(path))
    assert errors(answer) == ["Type the code."]
    assert unchanged()


@pytest.mark.parametrize("path", PAGES)
def test_every_flow_does_its_one_thing_once(walk, person, path):
    """MC-SEC-82 the last step sent again is refused, and the first change stays."""
    proved = walk.prove(path)
    done = walk.finish(path, proved)
    assert done.status == 200 and not errors(done)
    after = credentials(person("alice"))
    walk.flows.forget_sends("alice")
    again = walk.client.send(proved, **walk.values(path, proved))
    if path in ("email", "mobile"):
        code = walk.flows.next_code(walk.flows.mails if path == "email" else walk.flows.sms, VALUES[path]["address"])
        again = walk.client.send(again, code=code)
    assert again.status == (403 if path == "password" else 200)  # that session was renewed
    assert credentials(person("alice")) == after


@pytest.mark.parametrize("path", PAGES)
def test_a_proof_for_one_page_is_none_for_another(walk, unchanged, path):
    """MC-SEC-04 MC-SEC-82 the proved flow of one page on another page."""
    other = "email" if path != "email" else "mobile"
    proved = walk.prove(other)
    first = walk.client.get(path)
    answer = walk.client.send(first, **{**walk.values(path), "flow": proved.form.fields["flow"]})
    assert is_led_back(answer)
    assert unchanged()


@pytest.mark.parametrize("path", PAGES)
def test_a_proof_of_one_person_is_none_for_another(walk, flows, client, unchanged, path):
    """MC-SEC-04 alice's proved flow in the browser of somebody else."""
    proved = walk.prove(path)
    other = Walk(flows, client(), "sadmin")
    first = other.client.get(path)
    answer = other.client.send(first, **{**walk.values(path), "flow": proved.form.fields["flow"]})
    assert is_led_back(answer)
    assert unchanged()


def test_a_proof_is_of_one_session(walk, flows, client, unchanged):
    """MC-SEC-83 the same person's other browser has to prove for itself."""
    proved = walk.prove("email")
    other = Walk(flows, client())
    first = other.client.get("email")
    answer = other.client.send(first, **{**VALUES["email"], "flow": proved.form.fields["flow"]})
    assert is_led_back(answer)
    assert unchanged()


def test_steps_in_reverse(walk, unchanged, sms):
    """MC-SEC-82 going back to the first form starts at the first step, whatever was proved."""
    first = walk.client.get("mobile")
    proved = walk.prove("mobile")
    answer = walk.client.send(first, way="sms")
    assert heading(answer) == "Verify Identity"
    sms.wait("alice")
    again = walk.client.send(proved, address="nonsense")
    assert errors(again) and heading(again) == "Change Mobile Number"
    assert unchanged()


def test_a_code_for_identity_is_none_for_the_new_address(walk, unchanged, sms):
    """MC-SEC-04 a code of one purpose in the place of another's."""
    asked = walk.ask("mobile", by="sms")
    identity = walk.sent
    proved = walk.client.send(asked, code=identity)
    walk.flows.forget_sends("alice")
    sent = walk.client.send(proved, address="+491511234599")
    sms.wait("+491511234599")
    answer = walk.client.send(sent, code=identity)
    assert errors(answer)[0].startswith("That code is not right.")
    assert unchanged()


def test_a_code_for_one_flow_is_none_for_another(walk, sms, unchanged):
    """MC-SEC-04 codes belong to their flow."""
    first = walk.ask("email", by="sms")
    code = walk.sent
    walk.flows.forget_sends("alice")
    other = walk.ask("mobile", by="email")
    answer = walk.client.send(other, code=code)
    assert errors(answer)[0].startswith("That code is not right.")
    assert first.status == 200 and unchanged()


def test_the_destination_is_the_directorys(walk, flows, sms, mails, unchanged):
    """MC-SEC-11 no field names where an identity code goes."""
    first = walk.client.get("email")
    names = ("address", "mobile", "mail", "to", "destination", "number", "phone", "email", "user", "login", "uid")
    walk.client.send(first, way="sms", **{name: "+491511234577" for name in names})
    sms.wait("alice")
    assert sms.all() == [] and not any(CODE.search(mail.text) for mail in mails.all())
    assert unchanged()


def test_the_method_takes_the_code_of_the_method_that_was_chosen(walk, person, sms):
    """MC-SEC-82 MC-SEC-88 changing the method between the steps changes nothing."""
    first = walk.client.get("method")
    asked = walk.client.send(first, method="sms")
    code = sms.code("alice")
    answer = walk.client.send(asked, method="email", code=code)
    assert heading(answer) == "My Credentials"
    assert person("alice")["mycredLoginMethod"] == ["sms"]


@pytest.mark.parametrize("method", ["totp", "none", "carrier-pigeon", ""])
def test_methods_that_cannot_be_chosen_are_refused_when_they_are_sent_anyway(walk, unchanged, method):
    """MC-SEC-88 what the page does not offer is not taken."""
    answer = walk.client.send(walk.client.get("method"), method=method)
    assert errors(answer)
    assert unchanged()


def test_unbinding_takes_the_code_of_that_very_device(flows, client, stack, person):
    """MC-SEC-53 not without a code, nor with somebody else's id."""
    stack.directory.replace(stack.people.dn("carol"), mycredLoginMethod="email")
    carol = client()
    page = carol.sign_in("carol", stack.password)
    carol.send(page, code=flows.code("carol"))
    before = person("carol")["mycredTotp"]
    form = carol.get("unbind?id=1")
    for fields in ({"code": ""}, {"code": "000000"}, {"id": "2", "code": "0"}, {"id": "0", "code": "0"}):
        carol.send(form, **fields)
    assert person("carol")["mycredTotp"] == before


def test_the_reset_begins_with_a_code(client, unchanged, new_password, sms):
    """MC-SEC-98 setting a password without the steps before."""
    visitor = client()
    first = visitor.get("forgot")
    visitor.send(first, login="alice", way="", new_password=new_password, confirm_password=new_password)
    asked = visitor.send(visitor.get("forgot"), login="alice", way="sms")
    sms.wait("alice")
    visitor.send(asked, code="", new_password=new_password, confirm_password=new_password)
    visitor.send(asked, code="000000", new_password=new_password, confirm_password=new_password)
    assert unchanged()


def test_a_reset_allows_a_new_password_and_nothing_else(client, flows, unchanged):
    """MC-SEC-98 after the proof every other page is still closed."""
    visitor = client()
    asked = visitor.send(visitor.get("forgot"), login="alice", way="sms")
    proved = visitor.send(asked, code=flows.code("alice", "mobile"))
    assert 'name="new_password"' in proved.text
    for path in ("", *PAGES, "sessions", "picture", "avatar"):
        assert heading(visitor.get(path)) == "Sign in"
    flow = proved.form.fields["flow"]
    for path in PAGES:
        answer = visitor.post(path, {"token": proved.form.fields["token"], "flow": flow}, follow=False)
        assert answer.status == 303 and answer.location.endswith("/sign-in?again=1")
    assert unchanged()


def test_a_reset_stays_with_who_began_it(client, flows, change, stack):
    """MC-SEC-94 MC-SEC-112 an address that is somebody else's by the second proof takes nothing along."""
    visitor = client()
    asked = visitor.send(visitor.get("forgot"), login="carol@example.org", way="email")
    second = visitor.send(asked, code=flows.next_code(flows.mails, "carol"))
    change("carol", mail=None)
    change("sadmin", mail="carol@example.org")
    proved = visitor.send(second, code=flows.code("carol", "app"))
    assert 'name="new_password"' in proved.text and "carol" in proved.text


def test_a_reset_is_used_once(client, flows, new_password, stack, person):
    """MC-SEC-97 the proof is void after use."""
    visitor = client()
    asked = visitor.send(visitor.get("forgot"), login="alice", way="sms")
    proved = visitor.send(asked, code=flows.code("alice", "mobile"))
    done = visitor.send(proved, new_password=new_password, confirm_password=new_password)
    assert "Your new password is set." in done.text
    after = person("alice")["userPassword"]
    visitor.send(proved, new_password=f"{new_password} two", confirm_password=f"{new_password} two")
    assert person("alice")["userPassword"] == after


def test_a_new_password_voids_a_reset_under_way(client, flows, walk, new_password, person):
    """MC-SEC-97 MC-SEC-80 codes and forms from before a password change are dead."""
    visitor = client()
    asked = visitor.send(visitor.get("forgot"), login="alice", way="email")
    code = flows.next_code(flows.mails, "alice")
    walk.finish("password", walk.prove("password"))
    after = person("alice")["userPassword"]
    answer = visitor.send(asked, code=code)
    assert errors(answer) or heading(answer) == "Forgot Password"
    visitor.send(answer, new_password=new_password, confirm_password=new_password)
    assert person("alice")["userPassword"] == after


EXTRA = "mail mobile uid user login dn cn method mycredLoginMethod mycredTotp mycredRequire step channel proved admin is_admin id next".split()


@pytest.mark.parametrize("path", FLOWS)
def test_fields_that_no_form_has_change_nothing_more(walk, person, path):
    """MC-SEC-82 MC-SEC-11 whatever else is sent along with the step that makes the change."""
    page, fields = before_last(walk, path)
    before = credentials(person("alice"))
    extra = {name: "sadmin" for name in EXTRA if name not in {**page.form.fields, **fields}}
    walk.client.send(page, **{**extra, **fields})
    assert is_whole(path, before, credentials(person("alice")))


@pytest.mark.parametrize("path", FLOWS)
def test_what_a_page_carries_is_taken_as_it_was_made(walk, unchanged, path):
    """MC-SEC-82 MC-SEC-114 one character of the flow or of the form's token is another one."""
    page, fields = before_last(walk, path)
    for name in ("flow", "token"):
        sealed = page.form.fields[name]
        for place in (4, len(sealed) // 2, len(sealed) - 2):
            broken = sealed[:place] + ("A" if sealed[place] != "A" else "B") + sealed[place + 1 :]
            answer = walk.client.send(page, **{**fields, name: broken})
            assert answer.status == 403 or heading(answer) in ("Verify Identity", "Change Verification Method"), name
    assert unchanged()


def test_a_login_under_way_is_one_browsers(client, flows, password):
    """MC-SEC-110 MC-SEC-04 the address of somebody's Login Verification, and its form, in another browser."""
    bob, stranger = client(), client()
    asked = bob.sign_in("bob", password)
    code = flows.code("bob", "mobile")
    stranger.get("sign-in")
    assert heading(stranger.get(asked.url)) == "Sign in"
    assert stranger.send(asked, code=code).status == 403
    assert heading(stranger.get("")) == "Sign in"
    assert heading(bob.send(asked, code=code)) == "My Credentials"


def test_a_login_under_way_opens_nothing_else(client, password):
    """MC-SEC-110 between password and code no page and no form of a page works."""
    bob = client()
    asked = bob.sign_in("bob", password)
    for path in ("", *PAGES, "method", "sessions", "picture", "avatar", "unbind?id=1"):
        assert heading(bob.get(path)) == "Sign in"
        answer = bob.post(path or "/mycred/", asked.form.fields, follow=False)
        assert answer.status in (303, 403, 405) and "__Host-mycred" not in bob.cookies
    assert bob.get("/demo/app/", follow=False).status == 303


def test_a_code_for_one_forgotten_password_is_none_for_another(client, flows, unchanged, new_password):
    """MC-SEC-04 MC-SEC-97 two flows of one person, and of two."""
    first, second, other = client(), client(), client()
    asked = first.send(first.get("forgot"), login="alice", way="sms")
    code = flows.code("alice", "mobile")
    flows.forget_sends("alice")
    for browser, login in ((second, "alice"), (other, "bob")):
        page = browser.send(browser.get("forgot"), login=login, way="email")
        answer = browser.send(page, code=code)
        assert errors(answer) and 'name="new_password"' not in answer.text
        browser.send(answer, new_password=new_password, confirm_password=new_password)
    assert asked.status == 200 and unchanged()


def test_nobody_ends_the_session_of_somebody_else(walk, flows, client, person):
    """MC-SEC-147 MC-SEC-109 by its id in one's own form; and twice is as good as once."""
    other = Walk(flows, client(), "dave")
    (theirs,) = {value.split(" ")[0] for value in person("dave")["mycredSession"]}
    form = walk.client.get("sessions")
    for _ in range(2):
        answer = walk.client.post("sessions", {**form.every_form[-1].fields, "session": theirs})
        assert answer.status in (200, 403)
    assert heading(other.client.get("")) == "My Credentials"


def test_a_picture_is_its_owners_alone(walk, flows, client, person):
    """MC-SEC-147 the form of one person in another's browser, twice, and without a session."""
    page = walk.client.get("avatar")
    other = Walk(flows, client(), "dave").client
    assert upload(other, page.form, png())().status == 403
    assert upload(client(), page.form, png())().status in (200, 403)
    assert not person("dave").get("jpegPhoto") and not person("alice").get("jpegPhoto")
    for _ in range(2):
        assert upload(walk.client, page.form, png())().status == 200
    assert len(person("alice")["jpegPhoto"]) == 1
    assert other.get("picture").status == 404
    for _ in range(2):
        assert walk.client.send(page, remove="1").status == 200
    assert not person("alice").get("jpegPhoto")
