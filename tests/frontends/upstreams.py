"""Upstreams that keep what a front end sent to them, byte for byte, and answer it with what a test has chosen."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

PATIENCE = 10.0
BEGIN, END, PARAMS, STDIN, STDOUT = 1, 3, 4, 5, 6  # FastCGI specification 8

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


class Received(NamedTuple):
    """One request as it came: its first line (http) or none, its header lines or FastCGI parameters, and its body."""

    line: str
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        """Every value of a header or parameter."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


class Upstream(NamedTuple):
    """What has been received, newest last; `answer` is asked for each response."""

    received: list[Received]
    path: Path


@contextlib.contextmanager
def listening(path: Path, serve: Callable[[socket.socket, list[Received]], None]) -> Iterator[Upstream]:
    """A unix socket that anybody may connect to, each connection served in a thread."""
    path.parent.mkdir(exist_ok=True)
    received: list[Received] = []
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        path.chmod(0o777)
        listener.listen(128)
        threads = [threading.Thread(target=_accept, args=(listener, serve, received))]
        threads[0].start()
        try:
            yield Upstream(received, path)
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            threads[0].join()
            path.unlink()


def _accept(
    listener: socket.socket, serve: Callable[[socket.socket, list[Received]], None], received: list[Received]
) -> None:
    serving = []
    with contextlib.suppress(OSError):  # the listener is shut down at the end
        while True:
            connection, _ = listener.accept()
            connection.settimeout(PATIENCE)
            serving.append(threading.Thread(target=_serve, args=(connection, serve, received)))
            serving[-1].start()
    for thread in serving:
        thread.join()


def _serve(
    connection: socket.socket, serve: Callable[[socket.socket, list[Received]], None], received: list[Received]
) -> None:
    with connection, contextlib.suppress(ConnectionError):  # a front end may leave at any time
        serve(connection, received)


def http(path: Path, answer: Callable[[Received], bytes] = lambda request: OK) -> AbstractContextManager[Upstream]:
    """An HTTP upstream; an empty answer closes the connection without one."""

    def serve(connection: socket.socket, received: list[Received]) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        length = int({name.lower(): value for name, value in headers}.get("content-length", "0"))
        while len(body) < length:
            body += connection.recv(65536)
        request = Received(first, headers, body)
        received.append(request)
        connection.sendall(answer(request))

    return listening(path, serve)


def fastcgi(path: Path) -> AbstractContextManager[Upstream]:
    """A FastCGI upstream that answers every request with `ok`."""

    def serve(connection: socket.socket, received: list[Received]) -> None:
        params, body = b"", b""
        with connection.makefile("rb") as stream:
            while header := stream.read(8):
                _, kind, request, length, padding = struct.unpack("!BBHHBx", header)
                content = stream.read(length + padding)[:length]
                params += content if kind == PARAMS else b""
                body += content if kind == STDIN else b""
                if kind == STDIN and not length:
                    break
        received.append(Received("", list(pairs(params)), body))
        answer = b"Status: 200 OK\r\nContent-Type: text/plain\r\n\r\nok"
        for kind, content in ((STDOUT, answer), (STDOUT, b""), (END, bytes(8))):
            connection.sendall(struct.pack("!BBHHBx", 1, kind, request, len(content), 0) + content)

    return listening(path, serve)


def silent(path: Path) -> AbstractContextManager[Upstream]:
    """An upstream that takes whatever comes, and says nothing until the front end leaves."""

    def serve(connection: socket.socket, received: list[Received]) -> None:
        while connection.recv(65536):
            pass

    return listening(path, serve)


def pairs(data: bytes) -> Iterator[tuple[str, str]]:
    """FastCGI's name-value pairs (specification 3.4)."""
    while data:
        sizes = []
        for _ in range(2):
            size, rest = (data[0], 1) if data[0] < 128 else (struct.unpack("!I", data[:4])[0] & 0x7FFFFFFF, 4)
            sizes.append(size)
            data = data[rest:]
        name, value, data = data[: sizes[0]], data[sizes[0] : sum(sizes)], data[sum(sizes) :]
        yield name.decode("latin-1"), value.decode("latin-1")
