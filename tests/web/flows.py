# SPDX-License-Identifier: Apache-2.0
"""The steps that many tests walk through, as a person does."""

from stack.otp import totp
from stack.watch import CODE

from .client import Client


def cookie(name, value):
    return {"name": name, "value": value, "domain": "localhost", "path": "/", "secure": True, "httpOnly": True}


class Flows:
    """Knows where codes arrive. Every method takes the page (a window of the browser) it acts in."""

    def __init__(self, stack, sms, mails):
        self.stack, self.sms, self.mails = stack, sms, mails

    def sign_in(self, page, login):
        """A window that is signed in. How a person does that is for test_sign_in.py; here a cookie is put in."""
        if page.site != self.stack.httpd.url:
            return page.sign_in(login, self.stack.password)
        client = Client(self.stack.httpd)
        self.enter(client, login)
        page.do("add_cookies", [cookie(name, value) for name, value in client.cookies.items()])
        return page.goto()

    def enter(self, client, login):
        """The same over bare HTTP, with the code where one is asked; the page it leads to."""
        answer = client.sign_in(login, self.stack.password)
        if 'name="code"' in answer.text:
            by = {"bob": "mobile", "carol": "app", "dave": "email", "sadmin": "email"}[login]
            answer = client.send(answer, code=self.code(login, by))
            self.forget_sends(login)
            self.forget_steps(login)
        return answer

    def prove(self, page, login, by="email"):
        """Verify Identity, to its end."""
        assert page.heading == "Verify Identity"
        ways = {"email": "Verify by email", "mobile": "Verify by mobile", "app": "Verify by authenticator app"}
        if page.offers("radio", ways[by]):
            page.choose(ways[by])
        page.press("Send Code")
        return page.fill(Verification_code=self.code(login, by)).press("Next")

    def code(self, login, by="email"):
        if by == "app":
            return totp(self.stack.carol_totp)
        return self.next_code(self.mails if by == "email" else self.sms, login)

    @staticmethod
    def next_code(arrivals, to):
        """The next code that arrives; notices may come before it."""
        while True:
            found = CODE.search(arrivals.text_of(arrivals.wait(to)))
            if found:
                return found[0]

    def begin(self, page, login, action, by="email"):
        """Signs in, follows the row's action and verifies identity."""
        self.sign_in(page, login)
        page.follow(action)
        self.prove(page, login, by)
        self.forget_sends(login)
        return page

    def forget_sends(self, login):
        """As if the last message had been sent long ago."""
        self.stack.directory.replace(self.stack.people.dn(login), mycredSendTime=None)

    def forget_steps(self, login):
        """As if the device's last code had been used long ago."""
        self.stack.directory.replace(self.stack.people.dn(login), mycredTotpUsed=None)
