"""A small HTTP/1.1 client that sends exactly the bytes it is given and reports exactly what came back."""

from __future__ import annotations

import select
import socket
import time
from typing import NamedTuple

TIMEOUT = 30.0  # seconds after which a silent server is a failure: a busy machine makes everybody slow
BODILESS = (204, 304)


class Request(NamedTuple):
    """A request as it goes over the wire; `headers` come after Host, `host` None leaves that out."""

    method: str = "GET"
    target: bytes | str = "/"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    host: str | None = "site.test"
    version: str = "HTTP/1.1"

    def wire(self) -> bytes:
        """All its bytes; a body without a framing header gets a Content-Length."""
        target = self.target if isinstance(self.target, bytes) else self.target.encode("ascii")
        named = [*([("Host", self.host)] if self.host is not None else []), *self.headers]
        framed = {name.lower() for name, _ in named} & {"content-length", "transfer-encoding"}
        if self.body and not framed:
            named.append(("Content-Length", str(len(self.body))))
        lines = b"".join(f"{name}: {value}\r\n".encode("latin-1") for name, value in named)
        first = b" ".join((self.method.encode(), target, self.version.encode())) + b"\r\n"
        return first + lines + b"\r\n" + self.body


class Response(NamedTuple):
    """A response; `whole` says whether its framing was complete, `interim` which 1xx came before it."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes
    whole: bool
    interim: tuple[int, ...] = ()

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def get(self, name: str) -> str:
        """The only value of a header, or ''."""
        (value,) = self.all(name) or [""]
        return value


class Closed(Exception):
    """The server closed the connection where a response, or the rest of its head, was due."""


class Connection:
    """One TCP connection to a target at `address`, from the client address `source` (empty: the kernel's choice)."""

    def __init__(self, port: int, source: str = "127.0.0.1", address: str = "127.0.0.1") -> None:
        self.socket = socket.create_connection((address, port), TIMEOUT, (source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.unread = b""

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Send all of it, or as much as is wanted: a server that answers early (413) is no longer listened to."""
        view = memoryview(data)
        self.socket.setblocking(False)
        deadline = time.monotonic() + TIMEOUT
        try:
            while view and not (len(data) > 65536 and select.select([self.socket], [], [], 0)[0]):
                if time.monotonic() > deadline:
                    raise TimeoutError(f"the server takes no more, with {len(view)} bytes of {len(data)} to go")
                if select.select([self.socket], [self.socket], [], TIMEOUT)[1]:
                    view = view[self.socket.send(view[: 1 << 18]) :]
        except (BrokenPipeError, ConnectionResetError):
            pass  # what the server said before it closed is read by receive
        finally:
            self.socket.settimeout(TIMEOUT)

    def ask(self, request: Request) -> Response:
        """Send a request and receive its response."""
        self.send(request.wire())
        return self.receive(request.method)

    def receive(self, method: str = "GET") -> Response:
        """The next final response; raises Closed when the connection ends where its head was due."""
        interim: list[int] = []
        while True:
            status, reason, headers = self.head()
            if status >= 200:
                body, whole = self.body(method, status, {name.lower(): value for name, value in headers})
                return Response(status, reason, headers, body, whole, tuple(interim))
            interim.append(status)

    def head(self) -> tuple[int, str, list[tuple[str, str]]]:
        """A status line and headers, received."""
        raw = self.until(b"\r\n\r\n")
        first, *lines = raw.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
        version, _, rest = first.partition(" ")
        assert version in ("HTTP/1.1", "HTTP/1.0"), f"not a status line: {first!r}"
        status, _, reason = rest.partition(" ")
        headers = [line.partition(":") for line in lines]
        assert all(colon for _, colon, _ in headers), f"not headers: {lines!r}"
        return int(status), reason, [(name, value.strip(" \t")) for name, _, value in headers]

    def body(self, method: str, status: int, headers: dict[str, str]) -> tuple[bytes, bool]:
        """A body by its framing (RFC 9112 6.3) and whether it was complete."""
        if method == "HEAD" or status in BODILESS:
            return b"", True
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return self.chunks()
        if "content-length" in headers:
            return self.exactly(int(headers["content-length"]))
        return self.rest(), True

    def chunks(self) -> tuple[bytes, bool]:
        """A chunked body and whether its last chunk came."""
        body = bytearray()
        try:
            while size := int(self.until(b"\r\n").partition(b";")[0], 16):
                data, whole = self.exactly(size)
                body += data
                if not whole or self.until(b"\r\n") != b"\r\n":
                    return bytes(body), False
            return bytes(body), self.until(b"\r\n") == b"\r\n"
        except (Closed, ValueError):
            return bytes(body), False

    def exactly(self, size: int) -> tuple[bytes, bool]:
        """`size` bytes, or fewer when the connection ends."""
        parts = [self.unread]
        missing = size - len(self.unread)
        while missing > 0 and (data := self.more(1 << 18)):
            parts.append(data)
            missing -= len(data)
        received = b"".join(parts)
        self.unread = received[size:]
        return received[:size], len(received) >= size

    def until(self, end: bytes) -> bytes:
        """Bytes up to and including `end`; raises Closed when the connection ends before."""
        while end not in self.unread:
            data = self.more()
            if not data:
                raise Closed(f"closed after {self.unread!r}")
            self.unread += data
        found, _, self.unread = self.unread.partition(end)
        return found + end

    def rest(self) -> bytes:
        """Everything up to the connection's end."""
        received, self.unread = self.unread, b""
        while data := self.more():
            received += data
        return received

    def more(self, size: int = 65536) -> bytes:
        """The next bytes, or b'' at the connection's end, however that came."""
        try:
            return self.socket.recv(size)
        except ConnectionResetError:
            return b""


def ask(port: int, request: Request, source: str = "127.0.0.1") -> Response:
    """One request on a connection of its own."""
    with Connection(port, source) as connection:
        return connection.ask(request)


def chunked(body: bytes, size: int = 10000) -> bytes:
    """`body` in chunks, as Transfer-Encoding: chunked wants it."""
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
