# SPDX-License-Identifier: Apache-2.0
"""How the service comes and goes: its socket, its options, its end."""

import signal
import socket
import stat
import subprocess
import threading
import time

import pytest
from stack.server import poll, runs

from . import frames
from .harness import PROGRAM, Service, elapsed, facts


@pytest.fixture
def listener(folder):
    """A listening socket as the service manager holds it."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "manager.sock"))
        listener.listen(4096)
        yield listener


def test_a_socket_of_its_own_is_open_to_everybody(service):
    running = service()
    assert stat.S_IMODE(running.socket.stat().st_mode) == 0o666


def test_a_stale_socket_is_replaced(service):
    first = service()
    first.process.kill()
    first.process.wait()
    assert first.socket.exists()
    assert service().ask().result == "ok"


def test_a_socket_in_use_is_left_alone(service, folder):
    running = service()
    done = subprocess.run([PROGRAM, "--socket", running.socket], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == f"mycred-logind: {running.socket}: Address already in use\n"
    assert running.ask().result == "ok"


def test_a_file_in_the_place_of_the_socket_is_left_alone(folder):
    place = folder / "login.sock"
    place.write_text("mine")
    done = subprocess.run([PROGRAM, "--socket", place], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, f"mycred-logind: {place}: File exists\n")
    assert place.read_text() == "mine"


BAD = {
    "unknown": (["--wrokers", "4"], '"--wrokers" is no option of mycred-logind, or lacks its value'),
    "no value": (["--workers"], '"--workers" is no option of mycred-logind, or lacks its value'),
    "not an option": (["start"], '"start" is no option of mycred-logind, or lacks its value'),
    "none": (["--workers", "0"], '--workers takes a number from 1 to 64, not "0"'),
    "too many": (["--workers=65"], '--workers takes a number from 1 to 64, not "65"'),
    "no number": (["--idle", "5m"], '--idle takes a number from 0 to 86400, not "5m"'),
    "relative": (["--conf", "mycred.conf"], '--conf takes an absolute path, not "mycred.conf"'),
    "no folder": (["--socket", "/nonexistent/login.sock"], "/nonexistent/login.sock: No such file or directory"),
    "long name": (["--socket", "/" + "x" * 110], "/" + "x" * 110 + ": longer than the 107 bytes a socket's name may have"),
}


@pytest.mark.parametrize("arguments, sentence", BAD.values(), ids=BAD.keys())
def test_a_bad_option_gives_one_sentence_that_names_it(arguments, sentence):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True)
    assert done.returncode in (1, 2)
    assert done.stderr == f"mycred-logind: {sentence}\n"


def test_a_passed_socket_is_used(service, listener):
    running = service(listener=listener)
    assert running.ask().result == "ok"
    assert not running.socket.exists()
    # a copy would keep connections open, or the socket busy, in some child
    assert facts(running.ask())["descriptors"].keys() <= {"0", "1", "2", "3", "4", "5"}


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM], ids=["datagrams", "not listening"])
def test_something_else_passed_is_refused(folder, kind):
    with socket.socket(socket.AF_UNIX, kind) as wrong:
        wrong.bind(str(folder / "wrong.sock"))
        running = Service(folder, listener=wrong)
        running.is_up = lambda: running.process.wait() is not None
        running.start()
        assert running.process.returncode == 1
        assert running.log() == "mycred-logind: descriptor 3 is not a listening local stream socket\n"


def test_idle_for_long_it_leaves_and_the_next_connection_finds_another(service, listener):
    running = service(listener=listener, idle=1)
    assert running.ask().result == "ok"
    begin = time.monotonic()
    client = running.connect()  # a connection is no idleness, even a silent one
    time.sleep(1.5)
    assert running.process.poll() is None
    client.close()
    assert running.process.wait(5) == 0
    assert time.monotonic() - begin > 2.4
    assert not any(runs(pid) for pid in running.started())
    waiting = running.begin()
    running.start()
    assert waiting.reply().result == "ok"


@pytest.mark.parametrize("options", [{"idle": 0}, {"idle": 1, "listener": None}], ids=["told not to", "own socket"])
def test_otherwise_it_stays(service, listener, options):
    running = service(**{"listener": listener, **options})
    with pytest.raises(subprocess.TimeoutExpired):
        running.process.wait(1.5)
    assert running.ask().result == "ok"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_told_to_end_it_finishes_what_is_under_way(service, number):
    running = service(workers=1)
    clients = [running.begin("sleep=0.3") for _ in range(3)] + [running.begin("send=sleep=0.3_exit=0")]
    poll(lambda: running.started(), 5, "a worker to start")
    running.signal(number)
    poll(lambda: not running.socket.exists(), 5, "the socket to go")
    assert [client.reply().result for client in clients] == ["ok", "ok", "ok", "ask"]
    assert running.process.wait(5) == 0
    assert not any(runs(pid) for pid in running.started())


def test_told_to_end_it_waits_no_more_than_5_seconds(service):
    running = service()
    clients = [running.begin("stop"), running.begin("send=sleep=60"), running.connect()]
    poll(lambda: len(running.jobs()) == 1, 5, "the sender to run")
    running.signal(signal.SIGTERM)
    took, _ = elapsed(lambda: running.process.wait(10))
    assert 4.9 < took < 5.8
    replies = [client.reply() for client in clients]
    assert replies[0].result == replies[1].result == "unavailable"
    assert replies[0].logs == ["event=service_stopped reason=restart id=0123456789abcdef"]
    assert replies[2] is None
    assert not any(runs(pid) for pid in running.started() + [int(running.jobs()[0].split()[0])])


def test_killed_it_leaves_no_worker(service):
    running = service()
    assert [client.reply().result for client in [running.begin("sleep=0.1") for _ in range(4)]] == ["ok"] * 4
    running.process.kill()
    running.process.wait()
    poll(lambda: not any(runs(pid) for pid in running.started()), 5, "the workers to see its end")


class Load:
    """Clients that ask without a pause until told to stop; a connection refused is counted apart."""

    def __init__(self, running, threads=8):
        self.running, self.over = running, threading.Event()
        self.results = []
        self.threads = [threading.Thread(target=self.ask) for _ in range(threads)]

    def ask(self):
        while not self.over.is_set():
            try:
                client = self.running.connect()
            except (ConnectionRefusedError, FileNotFoundError):
                self.results.append("refused")
                time.sleep(0.001)
                continue
            client.write(frames.request(user="sleep=0.005"))
            reply = client.reply()
            self.results.append(reply.result if reply else "lost")

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()


def restart_ten_times(running, load):
    for _ in range(10):
        served = load.results.count("ok")
        poll(lambda: load.results.count("ok") > served + 20, 10, "this instance to work")
        running.signal(signal.SIGTERM)
        assert running.process.wait(10) == 0
        running.start()


def test_a_restart_under_load_loses_no_login(service, listener):
    """With the manager's socket nobody even notices."""
    running = service(listener=listener)
    with Load(running) as load:
        restart_ten_times(running, load)
    assert set(load.results) == {"ok"}


def test_a_restart_under_load_with_a_socket_of_its_own_refuses_or_serves(service):
    """Who is refused has sent nothing yet and helps himself; nobody is left without a reply."""
    running = service()
    with Load(running) as load:
        restart_ten_times(running, load)
    assert set(load.results) <= {"ok", "refused"}
