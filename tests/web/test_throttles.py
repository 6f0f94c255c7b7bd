# SPDX-License-Identifier: Apache-2.0
"""What one address, and the site as a whole, may cost: wrong passwords, SMS, a gateway that fails."""

import base64
import subprocess
from concurrent.futures import ThreadPoolExecutor

from stack.otp import totp
from stack.server import free_port, poll

from .client import Client
from .walk import Walk, errors, heading


def refusals(answer):
    return [line for line in answer.text.splitlines() if "No more codes can be sent by SMS for now." in line]


def lines(httpd, event):
    return [line for line in (httpd.folder / "error.log").read_text().splitlines() if f"event={event} " in line]


def test_wrong_passwords_are_counted_by_address_for_all_children(own_site, stack):
    """MC-SEC-24 MC-SEC-27 MC-SEC-144: known and unknown names read the same; a refusal is 429 and holds no worker."""
    httpd = own_site(wrong_passwords_per_source=6)
    for login in ("alice", "nobody", "carol", "x y", "alice", "nobody"):
        answer = Client(httpd).sign_in(login, "wrong")
        assert answer.status == 200 and errors(answer) == ["User name or password is not right."]

    def try_one(login):
        return Client(httpd).sign_in(login, stack.password)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(try_one, ["alice", "nobody"] * 8))
    assert {answer.status for answer in answers} == {429}
    assert {errors(answer)[0] for answer in answers} == {
        "Too many wrong passwords came from your network address. Try again in 10 minutes."
    }
    assert all(540 < int(answer.headers["Retry-After"]) <= 600 for answer in answers)
    assert Client(httpd).get("sign-in").status == 200
    assert len(lines(httpd, "source_throttled")) == 1


def test_a_throttled_address_counts_nothing_on_the_entry(own_site, stack, person):
    """MC-SEC-25 the directory is not asked."""
    httpd = own_site(wrong_passwords_per_source=1)
    Client(httpd).sign_in("nobody", "wrong")
    before = person("alice")
    for _ in range(5):
        assert Client(httpd).sign_in("alice", "wrong").status == 429
    assert person("alice") == before


def test_a_right_password_counts_nothing(own_site, stack):
    httpd = own_site(wrong_passwords_per_source=3)
    for _ in range(6):
        assert heading(Client(httpd).sign_in("alice", stack.password)) == "My Credentials"


def test_no_limit_by_address_where_it_is_switched_off(own_site):
    httpd = own_site(wrong_passwords_per_source=0)
    assert {Client(httpd).sign_in("alice", f"wrong {i}").status for i in range(60)} == {200}


def test_wrong_api_passwords_are_counted_by_address(own_site, stack):
    """MC-SEC-29 128-bit API passwords are throttled by address; sign-in is not touched by that."""
    httpd = own_site(wrong_passwords_per_source=4)

    def ask(login):
        basic = base64.b64encode(f"{login}:wrong".encode()).decode()
        return Client(httpd).get("/demo/api/", Authorization=f"Basic {basic}")

    assert [ask(login).status for login in ("alice", "nobody", "carol", "nobody")] == [401] * 4
    for login in ("alice", "nobody"):
        answer = ask(login)
        assert answer.status == 429 and 540 < int(answer.headers["Retry-After"]) <= 600
        assert answer.headers["WWW-Authenticate"] is None
        assert answer.text == "Too many wrong API passwords came from your network address. Try again in 10 minutes."
    assert heading(Client(httpd).sign_in("alice", stack.password)) == "My Credentials"


def test_sms_to_one_address_end_and_other_ways_go_on(own_site, flows, stack, sms, mails):
    """MC-SEC-36 per source; TOTP and e-mail go on, and one line says so."""
    httpd = own_site(sms_per_source=2)
    bob = Client(httpd)
    assert not refusals(bob.sign_in("bob", stack.password))
    bob.send(bob.sign_in("bob", stack.password), code=sms.code("bob"))
    flows.forget_sends("bob")
    walk = Walk(flows, Client(httpd))
    walk.ask("email", by="sms")
    flows.forget_sends("alice")
    refused = walk.client.send(walk.client.get("mobile"), way="sms")
    assert len(refusals(refused)) == 1 and "try again in 60 minutes" in refused.text
    assert len(lines(httpd, "sms_budget_spent")) == 1
    walk.prove("api-password", by="email")
    carol = Client(httpd)
    assert heading(carol.send(carol.sign_in("carol", stack.password), code=totp(stack.carol_totp))) == "My Credentials"
    assert len(lines(httpd, "sms_budget_spent")) == 1


def test_sms_of_the_whole_site_end(own_site, flows, stack, sms):
    """MC-SEC-36 site-wide, and parallel asking does not pass it."""
    httpd = own_site(sms_per_site=1)
    clients = [Client(httpd) for _ in range(8)]
    people = ["bob", "alice"] * 4

    def ask(client, login):
        answer = client.sign_in(login, stack.password)
        return answer if login == "bob" else client.send(client.get("mobile"), way="sms")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, clients, people))
    said = [bool(refusals(answer)) for answer in answers]
    assert any(said)
    poll(lambda: lines(httpd, "code_sent"), 10, "the one SMS")
    assert len(lines(httpd, "code_sent")) == 1
    assert [line.split("event=")[1] for line in lines(httpd, "sms_budget_spent")] == ["sms_budget_spent of=site"]


def test_strangers_use_up_only_what_is_theirs(own_site, flows, stack, sms):
    """MC-SEC-36 MC-SEC-93: Forgot Password has its own count, the same for names that nobody has."""
    httpd = own_site(sms_per_source=3)
    answers = []
    for login in ("nobody", "alice", "nobody", "nobody", "alice"):
        stranger = Client(httpd)
        answers.append(stranger.send(stranger.get("forgot"), login=login, way="sms"))
    assert [bool(refusals(answer)) for answer in answers] == [False] * 3 + [True] * 2
    mail = Client(httpd)
    assert not refusals(mail.send(mail.get("forgot"), login="nobody", way="email"))
    bob = Client(httpd)
    assert not refusals(bob.sign_in("bob", stack.password))
    assert sms.code("bob")


def fail_five_times(httpd, flows):
    for number in range(1, 6):
        flows.forget_sends("bob")
        Client(httpd).sign_in("bob", flows.stack.password)
        poll(lambda wanted=number: len(lines(httpd, "code_not_sent")) == wanted, 10, f"failure {number}")
        flows.stack.directory.replace(flows.stack.people.dn("bob"), mycredChallenge=None)


def test_a_gateway_that_fails_is_left_alone(own_site, flows, stack):
    """MC-SEC-162 F19: after five failures people hear at once that no SMS goes, and nobody waits for it."""
    httpd = own_site(gateway_pause="1h", sms_url=f"http://127.0.0.1:{free_port()}/")
    fail_five_times(httpd, flows)
    assert len(lines(httpd, "gateway_paused")) == 1
    flows.forget_sends("bob")
    before = stack.directory.entry(stack.people.dn("bob"))
    assert "No codes can be sent by SMS right now." in Client(httpd).sign_in("bob", stack.password).text
    assert stack.directory.entry(stack.people.dn("bob")) == before
    assert len(lines(httpd, "code_not_sent")) == 5


def test_a_probe_follows_the_pause(own_site, flows, stack):
    """MC-SEC-162 half-open."""
    httpd = own_site(gateway_pause="1", sms_url=f"http://127.0.0.1:{free_port()}/")
    fail_five_times(httpd, flows)

    def is_probed():
        flows.forget_sends("bob")
        Client(httpd).sign_in("bob", stack.password)
        return len(lines(httpd, "code_not_sent")) > 5

    poll(is_probed, 15, "the probe")


def test_httpd_does_not_start_without_its_shared_cache(own_site):
    """MC-SEC-169 what limits rest on is there or nothing starts."""
    httpd = own_site()
    httpd.stop()
    kept = [line for line in httpd.config.read_text().splitlines() if "socache_shmcb" not in line]
    httpd.config.write_text("\n".join(kept) + "\n")
    done = subprocess.run(["/usr/sbin/apache2", "-t", "-f", httpd.config], capture_output=True, text=True, timeout=30)
    assert done.returncode != 0 and "mod_socache_shmcb" in done.stderr


def test_a_changed_number_proves_nothing_for_a_while(own_site, flows, stack, sms, person):
    """MC-SEC-41: neither for another change nor for a forgotten password, while there is another proof."""
    httpd = own_site(contact_hold="24h")
    walk = Walk(flows, Client(httpd))
    walk.finish("mobile", walk.prove("mobile", by="email"))
    assert person("alice")["mobile"] == ["+491511234599"]

    def offers():
        form = walk.client.get("api-password")
        return 'value="sms"' in form.text or "A code will be sent to your mobile number." in form.text

    def forgot():
        stranger = Client(httpd)
        stranger.send(stranger.get("forgot"), login="alice", way="sms")

    assert not offers()
    refused = walk.client.send(walk.client.get("api-password"), way="sms")
    assert heading(refused) == "Verify Identity" and 'name="code"' not in refused.text
    forgot()
    poll(lambda: lines(httpd, "reset_refused"), 10, "the refusal")
    flows.forget_sends("alice")
    dn = stack.people.dn("alice")
    kind, _, seal = person("alice")["mycredVerified"][0].split(" ")
    stack.directory.replace(dn, mycredVerified=f"{kind} 20200101000000Z {seal}")
    assert offers()
    forgot()
    assert sms.code("+491511234599")
    stack.directory.replace(dn, mycredVerified=f"{kind} 20991231000000Z {seal}", mail=None)
    assert offers(), "there is no other proof"


def test_bad_requests_do_not_fill_the_log(own_site):
    """MC-SEC-167: past a number of lines they are only counted, which one line says; other events go on."""
    httpd = own_site(log_lines_per_source=5)
    for _ in range(40):
        assert Client(httpd).post("sign-in", {"token": "k1:AAAA", "login": "alice"}).status == 403
    assert len(lines(httpd, "form_refused")) == 5
    assert len(lines(httpd, "lines_folded")) == 1
    assert "source=127.0.0.1" in lines(httpd, "lines_folded")[0]
    Client(httpd).sign_in("alice", "wrong")
    assert len(lines(httpd, "password_wrong")) == 1
