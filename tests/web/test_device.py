# SPDX-License-Identifier: Apache-2.0
"""Row 8: binding and unbinding a virtual MFA device; recovery codes."""

import subprocess
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from stack.otp import totp


def begin(page, flows, login="alice"):
    flows.begin(page, login, "Bind Virtual MFA Device")
    assert page.heading == "Bind Virtual MFA Device"
    return page.text("code")


def bind(page, secret, name="my phone"):
    page.do("fill", "Name of the device", name)
    return page.fill(First_code=totp(secret, -1), Second_code=totp(secret)).press("OK")


@pytest.mark.short
def test_binds_a_device_by_two_consecutive_codes(page, flows, person):
    """MC-SEC-50 bound only when codes of it came back; recovery codes are shown once."""
    secret = begin(page, flows)
    assert "mycredTotp" not in person("alice")
    bind(page, secret)
    codes = page.texts(".codes li")
    assert page.heading == "Your recovery codes" and len(codes) == 10
    page.follow("Done")
    assert codes[0] not in page.text()
    assert page.rows()["Virtual MFA device"][0].startswith("my phone")
    assert page.rows()["Recovery codes"] == ("10 codes left", "Renew Recovery Codes")
    assert person("alice")["mycredTotp"][0].endswith(" my phone")


def test_codes_that_are_not_consecutive_bind_nothing(page, flows, person):
    secret = begin(page, flows)
    page.fill(First_code=totp(secret), Second_code=totp(secret)).press("OK")
    assert page.errors == ["Those are not two codes in a row. Wait for a new code, type it, and then the one after it."]
    assert page.text("code") == secret
    assert "mycredTotp" not in person("alice")
    bind(page, secret)
    assert page.heading == "Your recovery codes"


def test_the_picture_holds_the_secret(page, flows, tmp_path, stack):
    """MC-SEC-52 the QR code is read by an independent program."""
    secret = begin(page, flows)
    page.do("screenshot", str(tmp_path / "page.png"))
    read = subprocess.run(["zbarimg", "-q", "--raw", tmp_path / "page.png"], capture_output=True, text=True)
    uri = urlsplit(read.stdout.strip())
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert unquote(uri.path) == "/mycred demo:alice"
    assert parse_qs(uri.query)["secret"] == [secret]


def test_the_code_that_bound_it_is_no_login_code(page, open_page, flows, password, change):
    """MC-SEC-51 the code used to bind cannot be used for the next login."""
    secret = begin(page, flows)
    used = totp(secret)
    page.fill(First_code=totp(secret, -1), Second_code=used).press("OK")
    change("alice", mycredLoginMethod="totp")
    other = open_page()
    other.sign_in("alice", password)
    other.fill(Verification_code=used).press("OK")
    assert other.heading == "Login Verification"


def test_a_device_bound_here_is_asked_by_ssh(page, flows, change, password, ssh_login):
    secret = begin(page, flows)
    bind(page, secret)
    change("alice", mycredLoginMethod="totp", mycredTotpUsed=None)
    assert not ssh_login("alice", password, "000000").ok
    assert ssh_login("alice", password, totp(secret)).ok


def test_unbinds_by_a_current_code(page, flows, person):
    """MC-SEC-53 removing a device destroys its secret."""
    secret = begin(page, flows)
    bind(page, secret)
    flows.forget_steps("alice")
    page.goto().follow("Unbind Virtual MFA Device")
    page.fill(Verification_code="000000").press("OK")
    assert page.errors
    page.fill(Verification_code=totp(secret)).press("OK")
    assert page.rows()["Virtual MFA device"] == ("Not bound", "Bind Virtual MFA Device")
    assert "mycredTotp" not in person("alice")


def test_a_device_in_use_is_not_unbound(page, flows, person):
    flows.sign_in(page, "carol")
    page.follow("Unbind Virtual MFA Device")
    assert "This device is your login verification." in page.text()
    assert not page.offers("button", "OK")
    assert "mycredTotp" in person("carol")


def test_a_new_device_replaces_the_old_one(page, flows, stack, person):
    """The old one works until the new one is proved, and goes by its own code."""
    flows.sign_in(page, "carol")
    page.follow("Unbind Virtual MFA Device").follow("Bind another device")
    flows.prove(page, "carol")
    secret = page.text("code")
    bind(page, secret, "new phone")
    assert len(person("carol")["mycredTotp"]) == 2
    flows.forget_steps("carol")
    page.goto("unbind?id=1").fill(Verification_code=totp(stack.carol_totp)).press("OK")
    assert [value.split()[-1] for value in person("carol")["mycredTotp"]] == ["phone"]


def test_renews_recovery_codes(page, open_page, flows, stack, person):
    """MC-SEC-101 renewal voids the old codes."""
    flows.sign_in(page, "carol")
    page.follow("Renew Recovery Codes")
    flows.prove(page, "carol")
    page.press("OK")
    fresh = page.texts(".codes li")
    assert len(fresh) == 10 and not set(fresh) & set(stack.carol_recovery)
    other = open_page()
    other.sign_in("carol", stack.password)
    other.fill(Verification_code=stack.carol_recovery[1]).press("OK")
    assert other.heading == "Login Verification"
    other.fill(Verification_code=fresh[0]).press("OK")
    assert other.heading == "My Credentials"
