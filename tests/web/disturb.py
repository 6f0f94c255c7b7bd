# SPDX-License-Identifier: Apache-2.0
"""What happens to httpd and to its directory while people use the site."""

import http.client
import os
import signal
import ssl
import threading
from contextlib import suppress

from faults.proxy import BIND, EXTENDED, MODIFY, SEARCH, Cut, CutAfter
from stack.server import poll

from .client import Client

REQUESTS = {BIND, SEARCH, MODIFY, EXTENDED}
BROKEN = (OSError, http.client.HTTPException, ssl.SSLError)


def answers(httpd):
    try:
        return Client(httpd).get("style.css").status == 200
    except BROKEN:
        return False


def kill_children(httpd):
    for pid in httpd.children():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def restart(httpd):
    """A graceful restart, to its end."""
    before = set(httpd.children())
    httpd.graceful()
    poll(lambda: not before & set(httpd.children()) and answers(httpd), 30, "the new generation")


def kill(httpd):
    """Every child at once; the parent starts others."""
    before = set(httpd.children())
    kill_children(httpd)
    poll(lambda: set(httpd.children()) - before and answers(httpd), 30, "new children")


class AtRequest:
    """A proxy's rule: something happens at the number-th request from when it is set; `count` goes on counting."""

    def __init__(self, number=None, action=None):
        self.number, self.action = number, action
        self.count = 0
        self._lock = threading.Lock()

    def __call__(self, tag, _message):
        if tag not in REQUESTS:
            return True
        with self._lock:
            self.count += 1
            hit = self.count == self.number
        return self.action() if hit else True


def lose_request():
    raise Cut


def lose_reply():
    raise CutAfter
