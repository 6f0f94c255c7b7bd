# SPDX-License-Identifier: Apache-2.0
"""The sender as a process: what it takes from its caller, what it leaves behind, and that it always ends."""

import contextlib
import os
import re
import resource
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from .gateway import Gateway, answer, hang
from .sender import ADDRESS, NUMBER, PROGRAM, with_environment

BODY = "sms_body = to=%{to}&text=%{text}\n"
JOB = f"channel sms\nto {NUMBER}\nid 1\n\n123456 is your code."


def plain(gateway):
    return f"sms_url = {gateway.url}/\n{BODY}"


def test_proxy_variables_are_not_obeyed(sender):
    """MC-SEC-134"""
    names = ("http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy", "socks_proxy")
    with Gateway(answer(200)) as proxy, Gateway(answer(200)) as gateway:
        result = sender(plain(gateway)).sms(environment=with_environment(**dict.fromkeys(names, proxy.url)))
        assert result.status == 0
        assert (proxy.connections, gateway.connections) == (0, 1)


def test_no_tls_key_is_written(sender, authority, tmp_path):
    """SSLKEYLOGFILE in the caller's environment has no effect."""
    keys = tmp_path / "keys"
    with Gateway(answer(200), authority.issue("keylog")) as gateway:
        lines = plain(gateway) + f"sms_ca_file = {authority.file}\n"
        result = sender(lines).sms(environment=with_environment(SSLKEYLOGFILE=str(keys)))
    assert result.status == 0
    assert not keys.exists()


def test_files_in_the_caller_s_home_are_not_read(sender, tmp_path):
    """MC-SEC-64: no .netrc, no .curlrc"""
    (tmp_path / ".netrc").write_text("default login stranger password stranger\n")
    (tmp_path / ".curlrc").write_text("header = X-Stranger: 1\n")
    with Gateway(answer(200)) as gateway:
        environment = with_environment(HOME=str(tmp_path), NETRC=str(tmp_path / ".netrc"), CURL_HOME=str(tmp_path))
        assert sender(plain(gateway)).sms(environment=environment).status == 0
        (request,) = gateway.requests
    assert request.header("authorization") is None and request.header("x-stranger") is None


def sanitized():
    return b"__asan_init" in PROGRAM.read_bytes()


def traced(folder, what, command, job):
    log = folder / "strace"
    # a leak checker cannot run under a tracer
    environment = with_environment(ASAN_OPTIONS="detect_leaks=0")
    strace = ["strace", "-f", "-qq", "-v", "-s", "4096", "-o", log, "-e", what]
    done = subprocess.run([*strace, *command], input=job.encode(), capture_output=True, env=environment)
    return done, log.read_text()


def test_no_program_is_run_and_nothing_is_written(sender, tmp_path):
    """MC-SEC-133, MC-SEC-64"""
    with Gateway(answer(200)) as gateway:
        one = sender(plain(gateway))
        done, log = traced(tmp_path, "execve,execveat,fork,vfork,openat,open,creat", [PROGRAM, "--conf", one.conf], JOB)
    assert done.returncode == 0
    assert len(re.findall(r"execve", log)) == 1
    assert "fork(" not in log
    for written in re.findall(r'"([^"]*)", O_(?:WRONLY|RDWR)', log):
        assert written == "/dev/null"


@contextlib.contextmanager
def waiting_for(gateway, one, **options):
    """The process while it waits for the gateway's answer."""
    command = [PROGRAM, "--conf", one.conf]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, **options)
    with process.stdin as job:
        job.write(JOB.encode())
    try:
        wait_for(lambda: gateway.requests)
        yield Path(f"/proc/{process.pid}")
    finally:
        process.kill()
        process.wait()


def wait_for(check, seconds=5):
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_memory_is_closed_to_core_files_and_arguments_hold_no_message(sender):
    with Gateway(hang) as gateway:
        one = sender(plain(gateway), timeout=5)
        with waiting_for(gateway, one) as process:
            assert re.search(r"Max core file size +0 +0 ", (process / "limits").read_text())
            arguments = (process / "cmdline").read_bytes().split(b"\0")
            assert arguments == [bytes(PROGRAM), b"--conf", bytes(one.conf), b""]


def test_descriptors_of_the_caller_are_closed(sender, tmp_path):
    with open(tmp_path / "open", "w") as file, Gateway(hang) as gateway:
        os.set_inheritable(file.fileno(), True)
        one = sender(plain(gateway), timeout=5)
        with waiting_for(gateway, one, close_fds=False) as process:
            names = [os.readlink(link) for link in (process / "fd").iterdir()]
    assert str(tmp_path / "open") not in names
    assert sum(name.startswith("socket:") for name in names) <= 3  # the gateway's, and libcurl's own pair


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_standard_descriptors_do_no_harm(sender, closed):
    with Gateway(answer(200)) as gateway:
        one = sender(plain(gateway))
        command = ["sh", "-c", f'exec "$0" --conf "$1" {closed}', PROGRAM, one.conf]
        done = subprocess.run(command, input=JOB.encode(), capture_output=True)
        assert done.returncode == (2 if "<" in closed else 0)
        assert gateway.connections == (0 if "<" in closed else 1)


def test_a_caller_that_never_ends_the_job_is_not_waited_for(sender):
    with Gateway(answer(200)) as gateway:
        one = sender(plain(gateway))
        process = subprocess.Popen([PROGRAM, "--conf", one.conf], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        process.stdin.write(JOB.encode())
        process.stdin.flush()
        started = time.monotonic()
        output, _ = process.stdout.read(), process.wait(10)
        process.stdin.close()
        assert time.monotonic() - started < 4
        assert process.returncode == 1 and b"no whole job came in time" in output
        assert gateway.connections == 0


def test_a_blocked_alarm_and_ignored_signals_do_not_make_it_immortal(sender):
    """The signal mask and SIG_IGN come from the parent."""
    program = (
        "import os, signal, sys\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\n"
        "signal.signal(signal.SIGALRM, signal.SIG_IGN)\n"
        "os.execv(sys.argv[1], sys.argv[1:])\n"
    )
    one = sender("")
    process = subprocess.Popen(
        ["/usr/bin/python3", "-c", program, PROGRAM, "--conf", one.conf], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.wait(5) == 1
    assert b"no whole job came in time" in process.stdout.read()
    process.stdin.close()


def mute_name_server():
    """A port 53 on loopback that takes questions and never answers; None where that is not allowed."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        server.bind(("127.0.53.1", 53))
    except OSError:
        server.close()
        return None
    return server


@pytest.mark.parametrize("kind", ["sms", "email"])
def test_a_mute_name_server_ends_at_the_deadline(sender, tmp_path, kind):
    """F17, MC-SEC-162: the deadline includes resolution."""
    server = mute_name_server()
    if server is None or subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode:
        pytest.skip("this machine allows no private mounts or no port 53")
    conf = tmp_path / "resolv.conf"
    conf.write_text("nameserver 127.0.53.1\noptions timeout:30 attempts:5\n")
    inside = f'mount --bind {conf} "$(readlink -f /etc/resolv.conf)" && exec "$@"'
    wrapper = ["unshare", "--mount", "sh", "-c", inside, "sh"]
    mail = "smtp_url = smtp://mail.example.org\nmail_from = mycred@example.org\n"
    lines = f"sms_url = https://sms.example.org/\n{BODY}{mail}"
    with server:
        one = sender(lines, timeout=2)
        options = {"wrapper": wrapper, "environment": {"PATH": os.environ["PATH"]}}
        result = one.sms(**options) if kind == "sms" else one.mail(**options)
        assert (result.status, result.cause) == (1, "unreachable")
        assert 1.7 < result.seconds < 3


def test_a_name_that_does_not_exist_is_said(sender, tmp_path):
    """F17"""
    lines = f"sms_url = https://no-such-gateway.invalid/\n{BODY}"
    result = sender(lines, timeout=2).sms()
    assert (result.status, result.cause, result.gateway) == (1, "unreachable", "no-such-gateway.invalid")


def test_only_libcurl_and_libc_are_linked():
    """The sender needs neither libldap nor libsodium of its own."""
    if sanitized():
        pytest.skip("a sanitizer's runtime is linked as well")
    dynamic = subprocess.run(["readelf", "-d", PROGRAM], capture_output=True, text=True, check=True).stdout
    needed = re.findall(r"NEEDED.*\[(.*?)\.so", dynamic)
    assert sorted(needed) == ["libc", "libcurl-gnutls"]


def test_a_small_stack_of_descriptors_is_enough(sender):
    with Gateway(answer(200)) as gateway:
        one = sender(plain(gateway))

        def few():
            resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))

        done = subprocess.run([PROGRAM, "--conf", one.conf], input=JOB.encode(), capture_output=True, preexec_fn=few)
        assert done.returncode == 0


@pytest.mark.parametrize("limit", [3, 4, 5, 6])
def test_too_few_descriptors_end_in_a_plain_refusal(sender, limit):
    """F50"""
    with Gateway(answer(200)) as gateway:
        one = sender(plain(gateway))

        def few():
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))

        done = subprocess.run([PROGRAM, "--conf", one.conf], input=JOB.encode(), capture_output=True, preexec_fn=few)
        # without descriptors not even its libraries can be loaded: the loader's own 127
        assert done.returncode in (0, 1, 2, 127)
        assert (done.returncode == 0) == (len(gateway.requests) == 1)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--conf"],
        ["--help"],
        ["/x"],
        ["--conf", "/x", "more"],
        ["--conf", "/x", "--check"],
        ["--conf", "/x", "--check", "totp"],
    ],
)
def test_wrong_arguments_are_explained(arguments):
    done = subprocess.run([PROGRAM, *arguments], input=b"", capture_output=True)
    assert done.returncode == 2
    assert done.stdout == b"" and done.stderr.startswith(b"usage: mycred-send --conf PATH")


def refused(result, *reasons):
    assert (result.status, result.outcome, result.cause) == (2, "permanent", "configuration")
    for reason in reasons:
        assert reason in result.reason


def test_a_channel_that_is_not_configured_is_named(sender):
    refused(sender("").sms(), "sms_url is not set")
    refused(sender("").mail(), "smtp_url is not set")


def test_a_broken_configuration_is_named_with_file_and_line(sender):
    """MC-SEC-68"""
    one = sender("sms_ulr = https://sms.example.org/\n")
    refused(one.sms(), f"{one.conf}:5: unknown option 'sms_ulr'; did you mean 'sms_url'?")


def test_a_configuration_that_others_may_change_is_refused(sender):
    """MC-SEC-64"""
    one = sender("")
    one.conf.chmod(0o666)
    refused(one.sms(), str(one.conf), "written by others")
    one.conf.unlink()
    refused(one.sms(), str(one.conf), "No such file")
    one.conf.symlink_to("/etc/passwd")
    refused(one.sms(), str(one.conf), "symbolic link")


@pytest.mark.parametrize(
    "change, reason",
    [
        (lambda file: file.chmod(0o644), "read by everybody"),
        (lambda file: file.unlink(), "No such file"),
        (lambda file: file.write_text(""), "must hold one line"),
        (lambda file: file.write_text("a\nb\n"), "must hold one line"),
    ],
)
def test_a_password_file_must_be_private_and_one_line(sender, change, reason):
    """MC-SEC-64"""
    with Gateway(answer(200)) as gateway:
        one = sender(plain(gateway) + "sms_header = X-Key: %{password}\nsms_password_file = PASSWORD_FILE\n")
        change(one.password_file)
        refused(one.sms(), str(one.password_file), reason)
        assert gateway.connections == 0


@pytest.mark.parametrize(
    "job",
    [
        "",
        "\n",
        "hello",
        f"channel sms\nto {NUMBER}\nid 1\n",
        f"channel sms\nto {ADDRESS}\nid 1\n\nx",
        "x" * 9000,
        b"\xff\xfe\n\nx",
        JOB.replace("sms", "totp"),
    ],
)
def test_a_malformed_job_is_refused(sender, job):
    with Gateway(answer(200)) as gateway:
        result = sender(plain(gateway)).run(job)
        assert (result.status, result.cause) == (2, "job")
        assert gateway.connections == 0


def test_credentials_are_in_headers_and_never_in_addresses_or_lines(sender):
    """MC-SEC-163"""
    lines = "sms_header = Authorization: Basic %{basic}\nsms_user = mycred\nsms_password_file = PASSWORD_FILE\n"
    for status in (200, 401, 500, 302):
        with Gateway(answer(status)) as gateway:
            one = sender(plain(gateway) + lines)
            one.sms()  # which looks for the password in all output
            for request in gateway.requests:
                assert one.password not in request.target
                assert request.header("authorization").startswith("Basic ")


@pytest.mark.skipif(not shutil.which("valgrind"), reason="valgrind is not installed")
def test_valgrind_finds_nothing(sender):
    with Gateway(answer(200)) as gateway:
        one = sender(plain(gateway), timeout=10)
        command = ["valgrind", "-q", "--error-exitcode=99", "--leak-check=full", PROGRAM]
        if sanitized():
            pytest.skip("a sanitizer does not run under valgrind")
        done = subprocess.run([*command, "--conf", one.conf], input=JOB.encode(), capture_output=True, timeout=50)
        assert done.returncode == 0, done.stderr.decode()
