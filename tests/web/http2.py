# SPDX-License-Identifier: Apache-2.0
"""The client, speaking HTTP/2; many requests may share one connection."""

import email.message
import io
import ssl
from urllib.parse import urljoin, urlsplit

import h2.config
import h2.connection
import h2.events

from .client import FORM, Answer, Client


class Response:
    """What Answer reads, as http.client gives it."""

    def __init__(self):
        self.status, self.headers, self._body = None, email.message.Message(), io.BytesIO()
        self.over = False

    def take(self, event):
        if isinstance(event, h2.events.ResponseReceived):
            for name, value in event.headers:
                if name == b":status":
                    self.status = int(value)
                else:
                    self.headers[name.decode()] = value.decode()
        elif isinstance(event, h2.events.DataReceived):
            self._body.write(event.data)
        elif isinstance(event, (h2.events.StreamEnded, h2.events.StreamReset)):
            self.over = True

    def read(self):
        return self._body.getvalue()


class Connection:
    def __init__(self, client):
        context = ssl.create_default_context(cafile=client.httpd.authority.file)
        context.set_alpn_protocols(["h2"])
        plain = client.socket()
        self.socket = context.wrap_socket(plain, server_hostname="localhost")
        assert self.socket.selected_alpn_protocol() == "h2"
        self.protocol = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding=None))
        self.protocol.initiate_connection()
        self._flush()

    def ask_all(self, requests):
        """requests: headers and body of each. All are sent before any answer is read."""
        responses = {}
        for headers, body in requests:
            stream = self.protocol.get_next_available_stream_id()
            self.protocol.send_headers(stream, headers, end_stream=body is None)
            responses[stream] = Response()
            self._flush()
            while body:
                room = min(self.protocol.local_flow_control_window(stream), self.protocol.max_outbound_frame_size)
                self.protocol.send_data(stream, body[:room], end_stream=room >= len(body))
                self._flush()
                body = body[room:]
                if body and not self.protocol.local_flow_control_window(stream):
                    self._receive(responses)
        while not all(response.over for response in responses.values()):
            self._receive(responses)
        return list(responses.values())

    def _receive(self, responses):
        data = self.socket.recv(65536)
        assert data, "the connection ended before the answers"
        for event in self.protocol.receive_data(data):
            if getattr(event, "stream_id", 0) in responses:
                responses[event.stream_id].take(event)
            if isinstance(event, h2.events.DataReceived):
                self.protocol.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        self._flush()

    def close(self):
        self.protocol.close_connection()
        self._flush()
        self.socket.close()

    def _flush(self):
        self.socket.sendall(self.protocol.data_to_send())


class Http2Client(Client):
    def clone(self):
        return Http2Client(self.httpd, self.agent, self.cookies)

    def request(self, method, path, body=None, **headers):
        url = urljoin(self.httpd.url, path)
        connection = Connection(self)
        (response,) = connection.ask_all([self.prepare(method, url, body, **headers)])
        connection.close()
        answer = Answer(response, url)
        self._keep(answer)
        return answer

    def prepare(self, method, url, body=None, **headers):
        parts = urlsplit(url)
        sent = {"user-agent": self.agent, "cookie": "; ".join(f"{n}={v}" for n, v in self.cookies.items())}
        if body is not None:
            body = body.encode() if isinstance(body, str) else body
            sent["content-type"] = FORM
            sent["content-length"] = str(len(body))
        sent.update({name.replace("_", "-").lower(): value for name, value in headers.items()})
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        pseudo = [(":method", method), (":scheme", "https"), (":authority", f"localhost:{self.httpd.port}"), (":path", target)]
        return pseudo + [(name, value) for name, value in sent.items() if value], body
