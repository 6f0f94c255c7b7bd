# SPDX-License-Identifier: Apache-2.0
"""An SMS gateway that takes everything."""

import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer


class Gateway(HTTPServer):
    """Takes every SMS and keeps its text; with (certificate, key) files over TLS."""

    def __init__(self, certificate=None):
        self.texts, self.scheme = [], "https" if certificate else "http"
        super().__init__(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.server_port}/send?to=%{{to}}"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.texts.append((self.path, self.rfile.read(int(self.headers["Content-Length"])).decode()))
        self.send_response(202)
        self.end_headers()

    def log_message(self, *_):
        pass
