# SPDX-License-Identifier: Apache-2.0
"""HTTP as a program speaks it: cookies are kept, forms are read, and everything can be sent wrong."""

import http.client
import socket
import ssl
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

FORM = "application/x-www-form-urlencoded"


class Form:
    def __init__(self, action):
        self.action, self.fields, self.buttons = action, {}, []


class _Forms(HTMLParser):
    def __init__(self):
        super().__init__()
        self.forms, self.form = [], None

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.form = Form(attributes["action"])
            self.forms.append(self.form)
        elif self.form and tag == "input" and "name" in attributes:
            if attributes.get("type") not in ("radio", "checkbox") or "checked" in attributes:
                self.form.fields[attributes["name"]] = attributes.get("value", "")
        elif self.form and tag == "button" and "name" in attributes:
            self.form.buttons.append((attributes["name"], attributes.get("value", "")))

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None


class Answer:
    """.status, .headers (of http.client), .body, .text, .location, .forms without the one to sign out."""

    def __init__(self, response, url):
        self.status, self.headers, self.url = response.status, response.headers, url
        self.body = response.read()
        self.text = self.body.decode(errors="replace")
        self.location = response.headers["Location"]
        parser = _Forms()
        parser.feed(self.text if "html" in (response.headers["Content-Type"] or "") else "")
        self.every_form = parser.forms
        self.forms = [form for form in parser.forms if not form.action.endswith("/sign-out")]

    @property
    def form(self):
        return self.forms[0]


class Client:
    def __init__(self, httpd, agent="tests", cookies=None):
        self.httpd, self.agent = httpd, agent
        self.cookies = dict(cookies or {})

    def clone(self):
        return Client(self.httpd, self.agent, self.cookies)

    def request(self, method, path, body=None, **headers):
        """path is below the site, or begins with a slash. Headers: Name_of_header="value"; None sends none."""
        url = urljoin(self.httpd.url, path)
        parts = urlsplit(url)
        connection = self._connect()
        sent = {"User-Agent": self.agent, "Cookie": "; ".join(f"{n}={v}" for n, v in self.cookies.items())}
        if body is not None:
            sent["Content-Type"] = FORM
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body, {name: value for name, value in sent.items() if value})
        answer = Answer(connection.getresponse(), url)
        connection.close()
        self._keep(answer)
        return answer

    def _connect(self):
        if self.httpd.authority is None:
            return http.client.HTTPConnection("127.0.0.1", self.httpd.port, timeout=20)
        context = ssl.create_default_context(cafile=self.httpd.authority.file)
        return http.client.HTTPSConnection("localhost", self.httpd.port, timeout=20, context=context)

    def socket(self):
        return socket.create_connection(("127.0.0.1", self.httpd.port), 20)

    def _keep(self, answer):
        for line in answer.headers.get_all("Set-Cookie") or []:
            for name, cookie in SimpleCookie(line).items():
                if cookie["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = cookie.value

    def get(self, path="", follow=True, **headers):
        answer = self.request("GET", path, **headers)
        return self.follow(answer) if follow else answer

    def follow(self, answer):
        for _ in range(5):
            if answer.status != 303:
                break
            answer = self.request("GET", answer.location)
        return answer

    def post(self, path, fields, follow=True, **headers):
        body = fields if isinstance(fields, (str, bytes)) else urlencode(fields)
        answer = self.request("POST", path, body, **headers)
        return self.follow(answer) if follow else answer

    def send(self, answer, form=None, follow=True, **fields):
        """Submits the page's first form (or that one) with these fields filled in."""
        form = form or answer.form
        return self.post(form.action, {**form.fields, **fields}, follow)

    def sign_in(self, login, password, **fields):
        return self.send(self.get("sign-in"), login=login, password=password, **fields)
