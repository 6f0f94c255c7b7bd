# SPDX-License-Identifier: Apache-2.0
"""Many requests at one moment: one code is one success, one proof one change, one quota one message."""

from concurrent.futures import ThreadPoolExecutor

from stack.otp import totp

from .pictures import png, upload
from .walk import errors, heading

MANY = 12


def at_once(jobs):
    """Runs them in parallel; their results."""
    with ThreadPoolExecutor(len(jobs)) as pool:
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


def test_one_code_of_the_device_in_two_browsers_and_ssh(client, stack, password, ssh):
    """MC-SEC-12 MC-SEC-13 exactly one of all doors opens."""
    terminal = ssh.open("carol")
    terminal.prompt()
    terminal.answer(password)
    terminal.prompt()
    browsers = [client(), client()]
    asked = [browser.sign_in("carol", password) for browser in browsers]
    code = totp(stack.carol_totp)

    def by_ssh():
        terminal.answer(code)
        return terminal.prompt() is None and terminal.finish().ok

    def by_browser(browser, answer):
        return heading(browser.send(answer, code=code)) == "My Credentials"

    jobs = [lambda pair=pair: by_browser(*pair) for pair in zip(browsers, asked, strict=True)]
    assert sorted(at_once([by_ssh, *jobs])) == [False, False, True]
    terminal.hang_up()


def test_one_recovery_code_in_many_browsers(client, stack, password):
    """MC-SEC-15 exactly one is let in."""
    browsers = [client() for _ in range(6)]
    asked = [browser.sign_in("carol", password) for browser in browsers]
    jobs = [sends(b, a, code=stack.carol_recovery[2]) for b, a in zip(browsers, asked, strict=True)]
    assert sum(heading(answer) == "My Credentials" for answer in at_once(jobs)) == 1


def test_asked_for_many_codes_at_once_one_is_sent(walk, sms):
    """MC-SEC-34 MC-SEC-35 the quota is charged before sending."""
    first = walk.client.get("email")
    at_once([sends(walk.client, first, way="sms") for _ in range(MANY)])
    sms.wait("alice")
    assert sms.count_after(0.5) == 0


def test_parallel_guesses_do_not_pass_the_limit(walk):
    """MC-SEC-21 MC-SEC-22 an attempt is charged before it is compared; five in all."""
    asked = walk.ask("email")
    wrong = "000000" if walk.sent != "000000" else "000001"
    answers = at_once([sends(walk.client, asked, code=wrong) for _ in range(20)])
    compared = [answer for answer in answers if errors(answer)[0].startswith("That code is not right.")]
    assert len(compared) <= 5
    assert errors(walk.client.send(asked, code=walk.sent))


def test_parallel_pictures_leave_one_whole_picture(walk, person):
    """MC-SEC-143 fifty at once."""
    form = walk.client.get("avatar").form
    pictures = [png(100 + number, 100) for number in range(50)]
    at_once([upload(walk.client, form, picture) for picture in pictures])
    stored = person("alice")["jpegPhoto"]
    assert len(stored) == 1
    assert stored[0].startswith(b"\xff\xd8\xff") and stored[0].endswith(b"\xff\xd9")


def test_two_changes_at_once_are_both_whole(walk, flows, client, person, sms, mails):
    """MC-SEC-90 a change of contact races a new API password: each happens wholly or is refused."""
    api = walk.prove("api-password")
    flows.forget_sends("alice")
    mobile = walk.prove("mobile", by="email")
    sent = walk.client.send(mobile, address="+491511234599")
    code = flows.next_code(sms, "+491511234599")
    at_once([sends(walk.client, api, label="program", scope="", life="30"), sends(walk.client, sent, code=code)])
    entry = person("alice")
    assert entry["mobile"] in (["+491511234599"], ["+491511234511"])
    assert len(entry.get("mycredApiPassword", [])) <= 1
    assert any("mobile" in value for value in entry.get("mycredVerified", [])) == (entry["mobile"] == ["+491511234599"])
