"""What stands between the application's start_response and the server's; application.py makes one for each request."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from .headers import sent
from .measured import Measured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from ..options import Options

    Headers = list[tuple[str, str]]
    Refusal = tuple[str, Headers]


class Response:
    """The status and headers that the application has begun, kept from the server until it returns.

    So an application that fails after start_response gets a clean 500. A server would keep the application's headers.
    """

    __slots__ = ("added", "begun", "bodiless", "default", "handed_over", "head", "left", "request", "server", "write")

    def __init__(
        self,
        server: StartResponse,
        added: Headers,
        default: Headers,
        head: bool,
        request: WSGIEnvironment | None = None,
    ) -> None:
        self.server = server
        self.request = request
        self.added = added
        self.default = default  # headers that the application need not say
        self.head = self.bodiless = head
        self.begun: tuple[str, Headers] | None = None
        self.handed_over = False
        self.left: int | None = None  # bytes of the announced length that have yet to come

    def start(self, status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], object]:
        """The application's start_response; raises ValueError for what cannot be sent."""
        if self.begun and not exc_info:
            raise AssertionError("start_response was called twice (PEP 3333)")
        headers, self.left = sent(status, headers)
        self.bodiless = self.head
        if status[:3] in ("204", "304"):
            self.bodiless = True
            headers = [header for header in headers if header[0].lower() != "content-length"]
        said = {header[0].lower() for header in headers}
        self.begun = (status, [*headers, *self.added, *(each for each in self.default if each[0].lower() not in said)])
        if self.handed_over:  # by an application that starts when its body is asked for, as a generator does
            self.write = self.server(*self.begun, exc_info) if exc_info else self.server(*self.begun)
        return self.late_write

    def hand_over(self) -> None:
        """Begin the response at the server, if the application has begun it."""
        if not self.handed_over:
            self.handed_over = True
            if self.begun:
                self.write = self.server(*self.begun)

    def late_write(self, data: bytes) -> object:
        """PEP 3333's write callable: what is written before the application returns goes out at once."""
        self.hand_over()
        return None if self.bodiless else self.write(self.cut(data))

    def cut(self, data: bytes) -> bytes:
        """What of a piece is within the announced length; says once that there is more."""
        if self.left is None:
            return data
        kept = data[: self.left]
        if len(kept) < len(data):
            self.complain("longer than its Content-Length: it is cut there")
        self.left -= len(kept)
        return kept

    def complain(self, what: str) -> None:
        """One line in the log for each response."""
        if self.request:
            path = self.request.get("SCRIPT_NAME", "") + self.request.get("PATH_INFO", "")
            sys.stderr.write(f"the response to {self.request['REQUEST_METHOD']} {path!r} is {what}\n")
            self.request = None

    def body(self, returned: Iterable[bytes]) -> Iterable[bytes]:
        """What the server sends of what the application returned."""
        if self.bodiless:
            return without_body(returned)
        if self.begun and self.left is None:
            return returned
        if self.begun and isinstance(returned, list | tuple) and sum(map(len, returned)) == self.left:
            return returned
        return Measured(returned, self)


def answer(response: Response, refusal: Refusal) -> Iterable[bytes]:
    """A plain-text response whose body is the status in words."""
    status, headers = refusal
    text = (status.partition(" ")[2] + "\n").encode()
    response.start(
        status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(text))), *headers]
    )
    response.hand_over()
    return iter((b"",)) if response.head else [text]


def without_body(body: Iterable[bytes]) -> Iterator[bytes]:
    """Run a response up to its headers, then drop its body: some servers would send it (RFC 9110 9.3.2)."""
    try:
        for _ in body:
            break
    finally:
        getattr(body, "close", lambda: None)()
    return iter((b"",))  # one empty piece: for no piece at all wsgiref makes up a Content-Length of 0


def refusing(refusal: Refusal, options: Options) -> WSGIApplication:
    """An application that answers nothing else."""
    default = [header for header in options.headers.items() if header[1]]
    return lambda environ, start: answer(Response(start, [], default, environ["REQUEST_METHOD"] == "HEAD"), refusal)
