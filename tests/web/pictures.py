# SPDX-License-Identifier: Apache-2.0
"""Small pictures, written without any library."""

import os
import struct
import zlib


def png(width=300, height=300):
    """An RGB picture with a slope of colours."""
    return _png(width, height, [bytes((x * 255 // width, y * 255 // height, 120)) for y in range(height) for x in range(width)])


def noise(side=300):
    """A picture that cannot be made small."""
    return _png(side, side, [os.urandom(3) for _ in range(side * side)])


def large(side=4000):
    """Of one colour: small to send, long to read."""
    row = b"\0" + b"\x40\x80\xc0" * side
    return _whole(side, side, row * side)


def upload(browser, form, picture):
    """A job that posts a picture as browsers do, in a tab of its own."""
    boundary = "----x7Zk2Vw9"
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="token"\r\n\r\n{form.fields["token"]}\r\n'.encode()]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="picture"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
    body = b"".join([*parts, head.encode(), picture, f"\r\n--{boundary}--\r\n".encode()])
    tab = browser.clone()
    return lambda: tab.post("avatar", body, Content_Type=f"multipart/form-data; boundary={boundary}")


def _png(width, height, pixels):
    return _whole(width, height, b"".join(b"\0" + b"".join(pixels[y * width : (y + 1) * width]) for y in range(height)))


def _whole(width, height, rows):
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name, data):
    body = name + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
