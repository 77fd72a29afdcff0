"""Clients that send nothing, send slowly or read nothing take no thread, and every silence has an end."""

import contextlib
import time

import pytest

from . import live, probe

MANY = 40  # ten times the threads of the process
ALONE = ("tornado", "gevent", "gunicorn", "mod_wsgi")
UPLOAD = b"POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
CHUNKED = b"POST /upload HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
SLOW = {
    "idle": b"",
    "header": b"GET / HTTP/1.1\r\nHost: loc",
    "body": UPLOAD + b"begun",
    "chunk": CHUNKED + b"5\r\nbe",
    "unread": b"GET /download?pieces=160 HTTP/1.1\r\nHost: localhost\r\n\r\n",
}


def slow_clients(stack, process, sent):
    clients = [stack.enter_context(contextlib.closing(live.Http(process.address))) for _ in range(MANY)]
    for client in clients:
        client.socket.sendall(sent)
    return clients


@pytest.mark.parametrize("adapter", ALONE)
@pytest.mark.parametrize("kind", SLOW)
def test_slow_clients_keep_nobody_waiting(serve, adapter, kind):
    process = serve(adapter)
    with contextlib.ExitStack() as stack:
        slow_clients(stack, process, SLOW[kind])
        time.sleep(0.3)
        began = time.monotonic()
        for _ in range(5):
            assert process.request("POST", "/", (), b"quick").status == 200
        assert time.monotonic() - began < 10  # they are slow for longer


@pytest.mark.parametrize("adapter", ALONE)
@pytest.mark.parametrize("kind", ["header", "body", "chunk"])
def test_a_silence_ends_at_timeout(serve, adapter, kind):
    process = serve(adapter, timeout=1, keepalive_timeout=1)
    with contextlib.ExitStack() as stack:
        clients = slow_clients(stack, process, SLOW[kind])
        began = time.monotonic()
        for client in clients:
            while client.socket.recv(65536):
                pass
        assert time.monotonic() - began < 20


@pytest.mark.parametrize("adapter", ALONE)
def test_who_does_not_read_is_left_at_timeout(serve, adapter):
    """What was sent until then is more than the kernel takes, and less than the whole."""
    process = serve(adapter, timeout=1)
    with contextlib.closing(live.Http(process.address)) as client:
        client.socket.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(4)
        received = 0
        with contextlib.suppress(ConnectionError):
            while piece := client.socket.recv(1 << 20):
                received += len(piece)
        assert 0 < received < 16 * 1024 * 1024


@pytest.mark.parametrize("adapter", ALONE)
def test_a_slow_upload_arrives_whole(serve, adapter):
    """Piece by piece, each within TIMEOUT; more than is kept in memory."""
    process = serve(adapter, timeout=1)
    with contextlib.closing(live.Http(process.address)) as client:
        client.socket.sendall(CHUNKED)
        for _ in range(24):
            client.socket.sendall(b"19000\r\n" + bytes(0x19000) + b"\r\n")
            time.sleep(0.06)
        client.socket.sendall(b"0\r\n\r\n")
        client.method = "POST"
        assert client.receive().body.startswith(str(24 * 0x19000).encode())


@pytest.mark.parametrize("adapter", ALONE)
def test_what_a_slow_reader_gets_is_whole(serve, adapter):
    """Longer than any buffer between; read in pieces, with pauses."""
    process = serve(adapter)
    with contextlib.closing(live.Http(process.address)) as client:
        client.send("GET", "/download?pieces=160")
        time.sleep(0.5)
        assert process.request("GET", "/").status == 200
        assert client.receive().body == probe.PIECE * 160
        assert client.request("GET", "/").status == 200
