"""What stands between the application's start_response and the server's; application.py makes one for each request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIApplication

    Headers = list[tuple[str, str]]
    Refusal = tuple[str, Headers]


class Response:
    """The status and headers that the application has begun, kept from the server until it returns.

    So an application that fails after start_response is answered with a clean 500: servers keep its headers otherwise.
    """

    __slots__ = ("added", "begun", "bodiless", "default", "handed_over", "head", "server", "write")

    def __init__(self, server: StartResponse, added: Headers, default: Headers, head: bool) -> None:
        self.server = server
        self.added = added
        self.default = default  # headers that the application need not say
        self.head = self.bodiless = head
        self.begun: tuple[str, Headers] | None = None
        self.handed_over = False

    def start(self, status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], object]:
        """The application's start_response; refuses what would split the response (RFC 9110 5.5)."""
        if self.begun and not exc_info:
            raise AssertionError("start_response was called twice (PEP 3333)")
        text = status + "".join(map("".join, headers))
        if "\n" in text or "\r" in text:
            raise ValueError(f"the response's status or a header contains a line break: {status!r} {headers!r}")
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
        return None if self.bodiless else self.write(data)


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


def refusing(refusal: Refusal) -> WSGIApplication:
    """An application that answers nothing else."""
    return lambda environ, start: answer(Response(start, [], [], environ["REQUEST_METHOD"] == "HEAD"), refusal)
