# SPDX-License-Identifier: Apache-2.0
"""What somebody with the password can guess before the factor is disabled, and what the documentation says of it."""

from datetime import datetime, timedelta

from stack.otp import totp
from stack.server import ROOT

from .walk import errors, heading

RIGHT_AT_A_TIME = 2  # the present code and the one before
CODES = 10**6
AT_MOST = 2e-4


def age(stack, login):
    """As if every wrong code had been typed two hours earlier: longer than any wait."""
    dn = stack.people.dn(login)
    values = stack.directory.entry(dn).get("mycredTotpFailure", [])
    older = [f"{datetime.strptime(value[:14], '%Y%m%d%H%M%S') - timedelta(hours=2):%Y%m%d%H%M%S}{value[14:]}" for value in values]
    stack.directory.replace(dn, mycredTotpFailure=older)


def test_the_chance_of_guessing_is_what_the_documentation_says(stack, client, password):
    """MC-SEC-31 MC-SEC-23 MC-SEC-29 the live module is asked until it compares no more; two browsers share the count."""
    browsers = [client(), client()]
    asked = [browser.sign_in("carol", password) for browser in browsers]
    compared = 0
    for number in range(200):
        answer = browsers[number % 2].send(asked[number % 2], code="x")
        if "unlock" in errors(answer)[0]:
            break
        assert errors(answer)[0].startswith("That code is not right.")
        compared += 1
        age(stack, "carol")
    right = browsers[0].send(asked[0], code=totp(stack.carol_totp))
    assert "unlock" in errors(right)[0] and heading(right) == "Login Verification"
    chance = compared * RIGHT_AT_A_TIME / CODES
    assert compared == 50 and chance <= AT_MOST
    assert f"1 in {round(1 / chance):,}" in (ROOT / "SECURITY.md").read_text()
