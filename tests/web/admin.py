# SPDX-License-Identifier: Apache-2.0
"""What a security administrator does, step by step over bare HTTP."""

import re
from html import unescape
from urllib.parse import urlencode

from .walk import heading


def statuses(answer):
    return [unescape(text) for text in re.findall(r'role="status">([^<]*)', answer.text)]


class Administrator:
    """A member who was just verified. Acts end on the person's page."""

    def __init__(self, flows, client, login="sadmin"):
        self.client, self.login = client, login
        home = flows.enter(client, login)
        assert heading(home) == "My Credentials", heading(home)

    def person(self, login):
        return self.client.get("administration/person?" + urlencode({"user": login}))

    def ask(self, act, login, **more):
        """The page that says what the act will do."""
        return self.client.get("administration/act?" + urlencode({"user": login, "act": act, **more}))

    def act(self, act, login, number=None, **fields):
        asked = self.ask(act, login, **({"id": number} if number else {}))
        return self.client.send(asked, **fields)

    def click(self, login, act):
        """An act that one click does, from the person's page."""
        page = self.person(login)
        form = next(form for form in page.forms if form.fields.get("act") == act)
        return self.client.send(page, form)

    def credential(self, login, what, **fields):
        page = self.client.get("administration/credential?" + urlencode({"user": login}))
        return self.client.send(page, what=what, **fields)

    def withdraw(self, login):
        page = self.person(login)
        form = next(form for form in page.forms if ("what", "withdraw") in form.buttons)
        return self.client.send(page, form, what="withdraw")


def link_in(mail):
    """The link of an invitation, as a person follows it."""
    return re.search(r"https?://\S+invitation\?t=\S+", mail.text)[0]


def told(mails, to, text):
    """The notice with this in its subject; those of other changes may come before it."""
    while True:
        mail = mails.wait(to, 40)
        if text in mail.subject:
            return mail
