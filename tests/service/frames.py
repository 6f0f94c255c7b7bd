# SPDX-License-Identifier: Apache-2.0
"""The frames of pam_mycred/wire.h, written a second time and by hand: the two must agree."""

import struct
from dataclasses import dataclass, field

START, ANSWER, ACCOUNT, CHECK_OLD, SET_NEW, UNDELIVERED = range(1, 7)
REPLY, SEND = 64, 65
ID, USER, SERVICE, RHOST, METHODS, FLAGS, FALLBACK, PROMPTS_LEFT, PASSWORD, NEW_PASSWORD, ANSWER_TEXT = range(1, 12)
STATE, CAUSE, RESULT, MESSAGE, LOG, JOB, IF_SENT, OTHERWISE = range(12, 20)
CHANNEL, SOURCE_LIMIT, SITE_LIMIT, PAUSE = range(20, 24)
TOTP, SMS, EMAIL = range(1, 4)
HEADER_SIZE = 8
PAYLOAD_MAX = 65536

RESULTS = (
    "undecided ok exempt off ask wrong throttled locked unknown-user no-method undelivered unavailable untrusted "
    "bad-config bad-data denied-peer password-refused malformed not-found lost-race no-memory internal"
).split()

ENVELOPE = struct.Struct("=II")


class Malformed(Exception):
    pass


def frame(kind, fields):
    payload = b"".join(struct.pack(">BI", tag, len(value)) + value for tag, value in fields)
    return b"mc" + struct.pack(">BBI", 1, kind, len(payload)) + payload


def request(kind=START, user="ok", id="0123456789abcdef", **more):
    fields = [(ID, id.encode()), (USER, user.encode())]
    fields += [(globals()[name.upper()], value) for name, value in more.items()]
    return frame(kind, fields)


def reply(result, state=b"", logs=()):
    fields = [(RESULT, bytes([RESULTS.index(result)]))]
    fields += [(STATE, state)] if state else []
    fields += [(LOG, bytes([3]) + line.encode()) for line in logs]
    return frame(REPLY, fields)


def send(job, if_sent, otherwise, channel=0, limits=()):
    """limits: SMS from one source, SMS in all, pause."""
    fields = [(JOB, job), (IF_SENT, if_sent), (OTHERWISE, otherwise)]
    if channel:
        fields += [(CHANNEL, bytes([channel]))]
        fields += [(tag, struct.pack(">I", number)) for tag, number in zip((SOURCE_LIMIT, SITE_LIMIT, PAUSE), limits) if number]
    return frame(SEND, fields)


@dataclass
class Frame:
    kind: int
    fields: list = field(default_factory=list)

    def get(self, tag, preset=b""):
        return next((value for found, value in self.fields if found == tag), preset)

    @property
    def result(self):
        return RESULTS[self.get(RESULT)[0]]

    @property
    def logs(self):
        return [value[1:].decode() for tag, value in self.fields if tag == LOG]


def payload_size(header):
    magic, version, kind, size = struct.unpack(">2sBBI", header)
    if magic != b"mc" or version != 1 or size > PAYLOAD_MAX:
        raise Malformed(header)
    return kind, size


def parse(data):
    kind, size = payload_size(data[:HEADER_SIZE])
    payload, fields = data[HEADER_SIZE:], []
    if len(payload) != size:
        raise Malformed(f"{len(payload)} bytes of {size}")
    while payload:
        tag, length = struct.unpack(">BI", payload[:5])
        fields.append((tag, payload[5 : 5 + length]))
        payload = payload[5 + length :]
    return Frame(kind, fields)


def read_exactly(receive, size):
    data = b""
    while len(data) < size:
        more = receive(size - len(data))
        if not more:
            return None
        data += more
    return data


def read_frame(receive):
    """One frame; None when the other side is gone."""
    header = read_exactly(receive, HEADER_SIZE)
    if header is None:
        return None
    body = read_exactly(receive, payload_size(header)[1])
    return None if body is None else parse(header + body)
