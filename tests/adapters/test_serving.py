"""Each adapter serves over every kind of listening socket, shares it with other processes, and stops without loss."""

import contextlib
import os
import pathlib
import threading
import time

import pytest

from deploy.adapters.options import LINGER

from . import live, probe
from .conftest import HTTP, WITH_SOCKET

SERVERS = [*WITH_SOCKET, "mod_wsgi"]


@pytest.mark.parametrize("adapter", WITH_SOCKET)
@pytest.mark.parametrize("pass_by", ["stdin", "systemd", "listen"])
@pytest.mark.parametrize("family", ["tcp", "unix"])
def test_listening_sockets(serve, release, adapter, pass_by, family):
    address = ("127.0.0.1", live.free_port()) if family == "tcp" else str(release / "web.sock")
    process = serve(adapter, address, pass_by)
    found = process.request("GET", "/").json
    assert found["PATH_INFO"] == "/"
    assert found["SERVER_NAME"] and found["SERVER_PORT"]
    if adapter != "fastcgi":
        assert found["REMOTE_ADDR"] == ("127.0.0.1" if family == "tcp" else "")
    process.signal_stop()
    assert process.wait() == 0, process.errors
    if family == "unix":
        assert os.path.exists(address) is (pass_by != "listen")
    assert "Traceback" not in process.errors


@pytest.mark.parametrize("adapter", WITH_SOCKET)
def test_systemd_socket_activation(release, python, adapter):
    """With the real systemd-socket-activate, which starts the adapter when the first client connects."""
    address = str(release / "activated.sock")
    live.configure(release, adapter=adapter)
    log = release / "activated.log"
    with log.open("wb") as errors:
        activate = ["systemd-socket-activate", "-l", address, python, "-m", "deploy.adapters", adapter]
        process = live.subprocess.Popen(activate, cwd=release, stderr=errors, stdin=live.subprocess.DEVNULL)
    try:
        live.wait_for(lambda: live.connects(address))
        client = live.FastCGI(address) if adapter == "fastcgi" else live.Http(address)
        with contextlib.closing(client):
            assert client.request("GET", "/").status == 200
    finally:
        process.terminate()
        process.wait(live.PATIENCE)
    assert process.returncode == 0, log.read_text()


@pytest.mark.parametrize("adapter", SERVERS)
def test_flags_of_two_processes_with_one_thread(serve, adapter):
    found = serve(adapter, processes=2, threads=1).request("GET", "/").json
    assert found["wsgi.multiprocess"] is True
    assert found["wsgi.multithread"] is (adapter == "gevent")


@pytest.mark.parametrize("adapter", SERVERS)
def test_stopping_finishes_what_has_begun(serve, release, adapter):
    process = serve(adapter, keepalive_timeout=300)
    with (
        contextlib.closing(process.connection()) as busy,
        contextlib.closing(process.connection()) as quicker,
        contextlib.closing(process.connection()) as idle,
    ):
        assert idle.request("GET", "/").status == 200
        busy.send("GET", "/hold?name=slow")
        quicker.send("GET", "/hold?name=quick")
        live.wait_for((release / "events/slow.begun").exists)
        live.wait_for((release / "events/quick.begun").exists)
        process.signal_stop()
        if adapter == "mod_wsgi":  # Apache closes idle connections when it exits
            live.wait_for(lambda: not live.connects(process.address))
        else:
            assert idle.ended()
        process.signal_stop()
        (release / "events/quick").touch()
        assert quicker.receive().body == b"held"
        assert quicker.ended()
        assert process.process.poll() is None
        (release / "events/slow").touch()
        reply = busy.receive()
        assert (reply.status, reply.body) == (200, b"held")
        if adapter != "fastcgi":
            assert reply.all("Connection") == ["close"]
        assert busy.ended()
    assert process.wait() == 0, process.errors
    assert "Traceback" not in process.errors


@pytest.mark.parametrize("adapter", ["tornado", "gevent", "gunicorn"])
def test_a_request_on_a_kept_connection_is_answered_while_stopping(serve, adapter):
    """A client may be sending it when the process is told to stop; within LINGER it is answered, and told to leave."""
    process = serve(adapter, keepalive_timeout=300)
    with contextlib.closing(process.connection()) as client:
        assert client.request("GET", "/").status == 200
        process.signal_stop()
        replies = []
        while not replies or replies[-1].all("Connection") != ["close"]:
            replies.append(client.request("GET", "/"))
        assert {reply.status for reply in replies} == {200}
        assert client.ended()
    assert process.wait() == 0, process.errors


def accepted(client):
    """Whether a process has taken a connection from the queue: only then its socket has an inode (proc(5))."""
    port = f":{client.socket.getsockname()[1]:04X}"
    lines = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()]
    return any(fields[2].endswith(port) and fields[9] != "0" for fields in lines)


@pytest.mark.parametrize("adapter", ["tornado", "gevent", "gunicorn"])
def test_accepted_connections_are_answered_while_stopping(serve, adapter):
    """Nobody else can answer on them: one without a byte yet, half a request line, and one that reads late."""
    process = serve(adapter)
    with (
        contextlib.closing(process.connection()) as silent,
        contextlib.closing(process.connection()) as half,
        contextlib.closing(process.connection()) as late,
    ):
        half.socket.sendall(b"GET /?hal")
        late.send("GET", "/large")
        live.wait_for(lambda: all(map(accepted, (silent, half, late))))
        process.signal_stop()
        time.sleep(LINGER + 1)
        half.socket.sendall(b"f HTTP/1.1\r\nHost: localhost\r\n\r\n")
        half.method = "GET"
        assert half.receive().json["QUERY_STRING"] == "half"
        assert silent.request("GET", "/").status == 200
        assert late.receive().body == probe.LARGE
    assert process.wait() == 0, process.errors


@pytest.mark.parametrize("adapter", WITH_SOCKET)
def test_a_stopping_process_leaves_new_connections_to_the_next(serve, release, adapter):
    address = ("127.0.0.1", live.free_port())
    with live.listening(address) as held:
        first = serve(adapter, address, held=held)
        with contextlib.closing(first.connection()) as busy, contextlib.closing(first.connection()) as idle:
            old = idle.request("GET", "/").json["pid"]
            busy.send("GET", "/hold?name=last")
            live.wait_for((release / "events/last.begun").exists)
            first.signal_stop()
            assert idle.ended()
            with contextlib.closing(first.connection()) as waiting:
                waiting.send("GET", "/")
                second = serve(adapter, address, held=held)
                assert waiting.receive().json["pid"] != old
            assert second.process.poll() is None
            (release / "events/last").touch()
            assert busy.receive().body == b"held"
        assert first.wait() == 0, first.errors


@pytest.mark.parametrize("adapter", SERVERS)
def test_stopping_is_bounded(serve, release, adapter):
    process = serve(adapter, graceful_timeout=1)
    with contextlib.closing(process.connection()) as busy:
        busy.send("GET", "/hold?name=never")
        live.wait_for((release / "events/never.begun").exists)
        process.signal_stop()
        assert process.wait() == 0, process.errors


@pytest.mark.parametrize("adapter", SERVERS)
def test_processes_on_one_socket_replace_each_other_without_loss(serve, adapter):
    address = ("127.0.0.1", live.free_port())
    failures, pids = [], set()
    with live.listening(address) as held:
        first = serve(adapter, address, held=held)
        second = serve(adapter, address, held=held)
        done = threading.Event()

        def load():
            while not done.is_set():
                try:
                    pids.add(second.request("GET", "/").json["pid"])
                except Exception as error:
                    failures.append(repr(error))

        clients = [threading.Thread(target=load) for _ in range(4)]
        for client in clients:
            client.start()
        live.wait_for(lambda: len(pids) > 1)  # both processes accept from the same socket
        first.signal_stop()
        assert first.wait() == 0, first.errors
        third = serve(adapter, address, held=held)
        second.signal_stop()
        assert second.wait() == 0, second.errors
        assert third.request("GET", "/").status == 200
        done.set()
        for client in clients:
            client.join()
    assert failures == []


@pytest.mark.parametrize("adapter", ["gunicorn", "mod_wsgi"])
def test_nobody_outlives_a_killed_master(serve, adapter):
    """Its children would go on serving the old release, beside whatever the supervisor starts."""
    process = serve(adapter, processes=2)
    assert process.request("GET", "/").status == 200
    family = live.descendants(process.pid)
    assert family
    process.process.kill()
    process.wait()
    live.wait_for(lambda: not any(map(live.runs, family)))


@pytest.mark.parametrize("adapter", WITH_SOCKET)
def test_waiting_beside_others_costs_nothing(serve, adapter):
    """Each connection wakes all processes on the socket; those that come too late must neither fail nor spin."""
    address = ("127.0.0.1", live.free_port())
    with live.listening(address) as held:
        processes = [serve(adapter, address, held=held) for _ in range(2)]
        for _ in range(100):
            assert processes[0].request("GET", "/").status == 200
        before = [cpu(process.pid) for process in processes]
        time.sleep(1)
        assert all(cpu(process.pid) - used < 30 for process, used in zip(processes, before, strict=True))
        assert all(process.process.poll() is None for process in processes)


def cpu(pid):
    """Clock ticks (of 10 ms) used by a process and its children."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12]) + sum(map(cpu, live.children(pid)))


@pytest.mark.parametrize("adapter", HTTP)
def test_idle_connections_are_closed_in_time(serve, adapter):
    process = serve(adapter, keepalive_timeout=1)
    with contextlib.closing(live.Http(process.address)) as client:
        assert client.request("GET", "/").status == 200
        assert client.ended()


@pytest.mark.parametrize("adapter", ["tornado", "gevent", "fastcgi", "gunicorn"])
def test_idle_connections_do_not_keep_others_waiting(serve, adapter):
    process = serve(adapter, threads=1, keepalive_timeout=60)
    idle = [process.connection() for _ in range(20)]
    for client in idle:
        assert client.request("GET", "/").status == 200
    assert process.request("GET", "/").status == 200
    for client in reversed(idle):
        assert client.request("GET", "/").status == 200
        client.close()


def peak(pids):
    return sum(
        int(line.split()[1])
        for pid in pids
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith("VmHWM")
    )


@pytest.mark.parametrize("adapter", SERVERS)
@pytest.mark.parametrize("direction", ["up", "down"])
def test_streaming_64_mib_does_not_grow_a_process(serve, adapter, direction):
    process = serve(adapter, threads=2, body_limit=2**27)
    size = 64 * 1024 * 1024

    def run(size):
        if direction == "up":
            assert process.request("POST", "/upload", (), bytes(size)).body.startswith(str(size).encode())
        else:
            pieces = size // 65536
            assert len(process.request("GET", f"/download?pieces={pieces}").body) == size

    run(2 * 1024 * 1024)
    pids = [process.request("GET", "/").json["pid"]]
    pathlib.Path(f"/proc/{pids[0]}/clear_refs").write_text("5")  # proc(5): the peak begins anew
    before = peak(pids)
    run(size)
    assert peak(pids) - before <= 8 * 1024


@pytest.mark.parametrize("adapter", SERVERS)
def test_nothing_is_written_to_the_home_folder(serve, release, adapter, monkeypatch):
    home = release / "home"
    home.mkdir()
    process = serve(adapter)
    assert process.request("GET", "/").status == 200
    environment = pathlib.Path(f"/proc/{process.pid}/environ").read_bytes()
    assert b"HOME=" not in environment
    assert not list(home.iterdir())
