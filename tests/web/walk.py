# SPDX-License-Identifier: Apache-2.0
"""Flows step by step over bare HTTP, so that steps can be left out, repeated, mixed and hurried."""

import re
import secrets
from html import unescape

from stack.otp import totp

CREDENTIALS = {
    "mail",
    "mobile",
    "userPassword",
    "jpegPhoto",
    "mycredTotp",
    "mycredRecovery",
    "mycredApiPassword",
    "mycredLoginMethod",
    "mycredVerified",
}

# Pages that ask for identity first, and what their next step takes.
VALUES = {
    "email": {"address": "alice@example.net"},
    "mobile": {"address": "+491511234599"},
    "password": {},
    "api-password": {"label": "laptop", "scope": "", "life": "30"},
    "device": {"first_code": "1", "second_code": "2"},
    "recovery": {},
}
LAST_STEP_IS_A_CODE = {"email", "mobile"}


def errors(answer):
    return [unescape(text) for text in re.findall(r'<li><a href="#\w+" autofocus>([^<]*)', answer.text)]


def heading(answer):
    found = re.search(r"<h1[^>]*>([^<]*)", answer.text)
    return unescape(found[1]) if found else ""


class Walk:
    """One signed-in person in one browser."""

    def __init__(self, flows, client, login="alice", start=True):
        self.flows, self.client, self.login = flows, client, login
        if start:
            home = flows.enter(client, login)
            assert heading(home) == "My Credentials", heading(home)

    def ask(self, path, by="sms"):
        """To the form for the code of Verify Identity; the code has arrived as .sent."""
        asked = self.client.send(self.client.get(path), way=by)
        self.sent = self.flows.code(self.login, {"sms": "mobile", "email": "email"}[by])
        return asked

    def prove(self, path, by="sms"):
        """Past Verify Identity: the page with the form for the new value."""
        answer = self.client.send(self.ask(path, by), code=self.sent)
        assert heading(answer) != "Verify Identity", errors(answer)
        self.flows.forget_sends(self.login)
        return answer

    def values(self, path, answer=None):
        """What the value step of a page takes to succeed."""
        values = dict(VALUES[path])
        if path == "password":
            new = f"quiet orchard lanterns {secrets.token_hex(3)}"
            values = {"current_password": self.flows.stack.password, "new_password": new, "confirm_password": new}
        if path == "device" and answer is not None:
            secret = re.search(r"<code[^>]*>([A-Z2-7]+)<", answer.text)[1]
            values = {"first_code": totp(secret, -1), "second_code": totp(secret), "label": "phone"}
        return values

    def finish(self, path, answer):
        """From the value step to the end."""
        answer = self.client.send(answer, **self.values(path, answer))
        if path in LAST_STEP_IS_A_CODE:
            arrivals = self.flows.mails if path == "email" else self.flows.sms
            answer = self.client.send(answer, code=self.flows.next_code(arrivals, VALUES[path]["address"]))
        return answer


def credentials(entry):
    """What no request may change unless every step before was made."""
    return {name: sorted(map(str, values)) for name, values in entry.items() if name in CREDENTIALS}
