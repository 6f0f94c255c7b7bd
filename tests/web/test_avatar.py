# SPDX-License-Identifier: Apache-2.0
"""mycred-avatar, as the site runs it: pictures in, pictures of ours out, and nothing else."""

import json
import os
import resource
import signal
import subprocess
import time

import pytest
from stack.server import BUILD
from web import pictures

PROGRAM = BUILD / "mycred-avatar"
REFUSED = 1
LARGEST = 1 << 20


def convert(data, **options):
    return subprocess.run([PROGRAM], input=data, capture_output=True, timeout=30, env={}, **options)


def converted(data):
    done = convert(data)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def photo():
    """A JPEG to build others from."""
    return converted(pictures.png(300, 200))


def metadata(data):
    """What exiftool finds besides the file itself and the picture's outline."""
    done = subprocess.run(["exiftool", "-j", "-G", "-"], input=data, capture_output=True, check=True)
    found = json.loads(done.stdout)[0]
    return {name for name in found if name.split(":")[0] not in ("SourceFile", "ExifTool", "File", "Composite")}


ONLY_JFIF = {"JFIF:JFIFVersion", "JFIF:ResolutionUnit", "JFIF:XResolution", "JFIF:YResolution"}


@pytest.mark.parametrize("size", [(1, 1), (64, 64), (300, 100), (17, 900)])
def test_a_png_becomes_a_square_jpeg(size):
    """MC-SEC-135"""
    jpeg = converted(pictures.png(*size))
    done = subprocess.run(["exiftool", "-j", "-"], input=jpeg, capture_output=True, check=True)
    seen = json.loads(done.stdout)[0]
    assert (seen["FileType"], seen["ImageWidth"], seen["ImageHeight"]) == ("JPEG", 256, 256)
    assert "Warning" not in seen and "Error" not in seen


def test_the_output_is_never_the_input(photo):
    """MC-SEC-135: not even for a picture that has the right form already"""
    for _ in range(5):
        again = converted(photo)
        assert again != photo
        photo = again


def test_metadata_is_gone(photo):
    """MC-SEC-138"""
    loaded = pictures.with_segments(
        photo,
        pictures.exif(1, b"secret-exif\0"),
        pictures.segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>secret-xmp</x:xmpmeta>"),
        pictures.segment(0xE2, b"ICC_PROFILE\0\1\1" + b"secret-icc" + bytes(200)),
        pictures.segment(0xED, b"Photoshop 3.0\0secret-iptc"),
        pictures.segment(0xFE, b"secret-comment"),
    )
    assert metadata(loaded) > ONLY_JFIF
    png = pictures.png(
        before=pictures.chunk(b"tEXt", b"Comment\0secret-text")
        + pictures.chunk(b"eXIf", b"II*\0secret")
        + pictures.chunk(b"zTXt", b"Comment\0\0" + pictures.zeros(100))
    )
    for data in (loaded, png):
        jpeg = converted(data)
        assert metadata(jpeg) == ONLY_JFIF
        assert b"secret" not in jpeg


def polyglots(photo):
    script = b"<script>alert(1)</script><?php system($_GET[0]); ?>"
    yield "script after a JPEG", photo + script
    yield "script in a comment", pictures.with_segments(photo, pictures.segment(0xFE, script))
    yield "script after a PNG", pictures.png() + script
    yield "script in a chunk", pictures.png(before=pictures.chunk(b"tEXt", b"a\0" + script))
    yield "archive after a PNG", pictures.png() + b"PK\3\4" + script + b"PK\5\6" + bytes(18)


def test_polyglots_come_out_clean(photo):
    """MC-SEC-135"""
    for name, data in polyglots(photo):
        jpeg = converted(data)
        assert b"script" not in jpeg and b"php" not in jpeg and b"PK" not in jpeg, name


def not_pictures(photo):
    yield "nothing", b""
    yield "one byte", b"\xff"
    yield "text", b"hello"
    yield "HTML", b"<!doctype html><script>alert(1)</script>"
    yield "SVG", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
    yield "GIF", b"GIF89a\1\0\1\0\0\0\0!\xf9\4\0\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\1D\0;"
    yield "GIF before a JPEG", b"GIF89a" + photo
    yield "HTML before a PNG", b"<!-- " + pictures.png()
    yield "WebP", b"RIFF\x24\0\0\0WEBPVP8 " + bytes(28)
    yield "BMP", b"BM" + bytes(60)
    yield "TIFF", b"II*\0" + bytes(60)
    yield "PDF", b"%PDF-1.7\n" + photo
    yield "ZIP", b"PK\3\4" + bytes(60)
    yield "JPEG's first bytes", b"\xff\xd8\xff\xe0"
    yield "PNG's first bytes", pictures.SIGNATURE
    yield "PNG without data", pictures.SIGNATURE + pictures.header(1, 1) + pictures.chunk(b"IEND")
    yield "PNG of no width", pictures.SIGNATURE + pictures.header(0, 1) + pictures.chunk(b"IEND")
    yield "PNG with a false CRC", pictures.png().replace(b"IDAT", b"IDAT\0", 1)
    yield "zeros", bytes(LARGEST)


def test_what_is_no_picture_is_refused(photo):
    """MC-SEC-135"""
    for name, data in not_pictures(photo):
        done = convert(data)
        assert (done.returncode, done.stdout) == (REFUSED, b""), name


def test_more_than_a_mebibyte_is_refused(photo):
    """MC-SEC-136"""
    fits = photo + bytes(LARGEST - len(photo))
    assert convert(fits).returncode == 0
    assert convert(fits + b"\0").returncode == REFUSED


def test_cut_pictures_are_refused(photo):
    """MC-SEC-135: sampled here; the unit test cuts at every byte"""
    for data in (photo, pictures.png()):
        for end in range(0, len(data) - 2, max(1, len(data) // 150)):
            done = convert(data[:end])
            assert (done.returncode, done.stdout) == (REFUSED, b""), end


def dear_pictures(photo):
    yield "60,000 by 60,000, header", pictures.SIGNATURE + pictures.header(60000, 60000) + pictures.chunk(b"IEND")
    yield "60,000 by 60,000, one bit", pictures.bomb(60000, 60000, 1, 0)[:LARGEST]
    yield "4097 pixels wide", pictures.bomb(4097, 1)
    yield "2^31 pixels high", pictures.SIGNATURE + pictures.header(1, 1 << 31) + pictures.chunk(b"IEND")
    yield "animated", pictures.animated(10000)[:LARGEST]
    yield "animated, once", pictures.animated(2)
    yield "a chunk without end", pictures.SIGNATURE + pictures.header(1, 1) + b"\xff\xff\xff\xffIDAT" + bytes(100)
    yield "data past the last row", pictures.png(after=pictures.chunk(b"IHDR", bytes(13)))
    yield "10,000 scans", pictures.progressive_bomb(photo, 10000)[:LARGEST]
    sized = photo.index(b"\xff\xc0") + 5
    yield "JPEG of 65,500 pixels", photo[:sized] + b"\xff\xdc\xff\xdc" + photo[sized + 4 :]


def test_dear_pictures_are_refused_within_a_second(photo):
    """MC-SEC-136"""
    for name, data in dear_pictures(photo):
        begun = time.monotonic()
        done = convert(data)
        assert (done.returncode, done.stdout) == (REFUSED, b""), name
        assert time.monotonic() - begun < 1, name


def bounded_pictures():
    yield "the most pixels a PNG may have", pictures.bomb(4096, 4096, 16, 6)
    text = pictures.chunk(b"zTXt", b"a\0\0" + pictures.zeros(200 << 20))
    yield "compressed text", pictures.png(before=text, after=text)
    profile = pictures.chunk(b"iCCP", b"a\0\0" + pictures.zeros(200 << 20))
    yield "compressed profile", pictures.png(before=profile)
    yield "10,000 chunks", pictures.png(before=pictures.chunk(b"tEXt", b"a\0b") * 10000)


def test_what_looks_dear_is_converted_within_its_bounds():
    """MC-SEC-136"""
    for name, data in bounded_pictures():
        assert len(data) <= LARGEST, name
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        assert convert(data).returncode == 0, name
        assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 2, name


def sanitized():
    return b"__asan_init" in PROGRAM.read_bytes()


def running(**options):
    """The program, waiting for its input, with its confinement done."""
    process = subprocess.Popen([PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options)
    status = f"/proc/{process.pid}/status"
    deadline = time.monotonic() + 10
    while "Seccomp:\t2" not in open(status).read():
        assert time.monotonic() < deadline
        os.sched_yield()
    return process


@pytest.mark.skipif("sanitized()", reason="sanitizers need memory and system calls the confinement takes away")
def test_it_is_confined_before_it_reads():
    """MC-SEC-137"""
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)
    process = running(env={"MYCRED_TEST": "secret"}, pass_fds=(writer,))
    try:
        limits = open(f"/proc/{process.pid}/limits").read()
        for name, value in {"cpu time": 2, "file size": 0, "open files": 0, "processes": 0, "core file size": 0}.items():
            line = next(line for line in limits.splitlines() if line.startswith(f"Max {name}"))
            assert line.removeprefix(f"Max {name}").split()[0] == str(value), line
        size, limit = int(open(f"/proc/{process.pid}/statm").read().split()[0]) * resource.getpagesize(), None
        for line in limits.splitlines():
            if line.startswith("Max address space"):
                limit = int(line.split()[3])
        assert limit - size <= 64 << 20
        assert sorted(os.listdir(f"/proc/{process.pid}/fd")) == ["0", "1", "2"]
    finally:
        process.kill()
        process.communicate()
        os.close(reader)
        os.close(writer)


@pytest.mark.skipif("sanitized()", reason="sanitizers make system calls of their own")
def test_it_makes_only_a_few_system_calls(photo, tmp_path):
    """MC-SEC-137"""
    allowed = {"read", "write", "brk", "mmap", "munmap", "mremap", "exit_group"}
    for data in (photo, pictures.png(4000, 30), b"GIF89a", bytes(100)):
        trace = tmp_path / "trace"
        subprocess.run(["strace", "-o", trace, PROGRAM], input=data, capture_output=True, timeout=60)
        after = trace.read_text().rpartition("seccomp(SECCOMP_SET_MODE_FILTER")[2].splitlines()[1:]
        calls = {line.split("(")[0] for line in after if "(" in line and not line.startswith("+++")}
        assert calls <= allowed, calls - allowed


def test_killed_it_leaves_nothing(photo, tmp_path):
    """MC-SEC-142"""
    before = set(os.listdir("/tmp"))
    for _ in range(20):
        process = subprocess.Popen([PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path)
        process.stdin.write(photo[:1000])
        process.stdin.flush()
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert not os.listdir(tmp_path)
    assert not {name for name in set(os.listdir("/tmp")) - before if "avatar" in name}
