# SPDX-License-Identifier: Apache-2.0
"""Pictures made byte by byte, and what people might send in their place."""

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind, data=b""):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header(width, height, depth=8, colour=2, interlace=0):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace))


def png(width=64, height=64, before=b"", after=b""):
    """Reds and greens; `before` and `after` are chunks around the image's data."""
    rows = b"".join(
        b"\0" + b"".join(bytes((x * 255 // width, y * 255 // height, 128)) for x in range(width))
        for y in range(height)
    )
    data = chunk(b"IDAT", zlib.compress(rows))
    return SIGNATURE + header(width, height) + before + data + after + chunk(b"IEND")


def animated(frames):
    def control(number):
        return chunk(b"fcTL", struct.pack(">IIIIIHHBB", number, 1, 1, 0, 0, 1, 100, 0, 0))

    pixel = zlib.compress(b"\0\0\0\0")
    more = b"".join(
        control(2 * i - 1) + chunk(b"fdAT", struct.pack(">I", 2 * i) + pixel) for i in range(1, frames)
    )
    first = chunk(b"acTL", struct.pack(">II", frames, 0)) + control(0) + chunk(b"IDAT", pixel)
    return SIGNATURE + header(1, 1) + first + more + chunk(b"IEND")


def zeros(size):
    """A deflate stream of that many zeros, as short as can be."""
    packer = zlib.compressobj(9)
    block = bytes(1 << 20)
    parts = [packer.compress(block) for _ in range(size >> 20)]
    return b"".join(parts) + packer.compress(bytes(size & 0xFFFFF)) + packer.flush()


def bomb(width, height, depth=8, colour=2):
    """A PNG of one colour, all there: rows that cost next to nothing to send."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    row = 1 + (width * depth * channels + 7) // 8
    return SIGNATURE + header(width, height, depth, colour) + chunk(b"IDAT", zeros(row * height)) + chunk(b"IEND")


def segment(marker, content):
    return bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content


def exif(orientation, secret=b""):
    """An APP1 segment with an orientation and, behind it, a comment."""
    fields = struct.pack("<HHII", 0x0112, 3, 1, orientation) + struct.pack("<HHII", 0x010E, 2, len(secret), 38)
    return segment(0xE1, b"Exif\0\0II*\0" + struct.pack("<IH", 8, 2) + fields + struct.pack("<I", 0) + secret)


def with_segments(jpeg, *segments):
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def progressive_bomb(jpeg, scans):
    """The same JPEG, called progressive, with a first scan that is said again and again."""
    frame = jpeg.index(b"\xff\xc0")
    scan = jpeg.index(b"\xff\xda")
    dc_only = segment(0xDA, b"\x03\x01\x00\x02\x11\x03\x11\x00\x00\x01") + bytes(100)
    return jpeg[:frame] + b"\xff\xc2" + jpeg[frame + 2 : scan] + dc_only * scans + b"\xff\xd9"
