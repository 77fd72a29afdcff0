"""A request as gunicorn parses it, with the limits and the body that are ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

STATUS = {
    "LimitRequestHeaders": "431 Request Header Fields Too Large",  # too many of them
    "UnsupportedTransferCoding": "501 Not Implemented",
    "ExpectationFailed": "417 Expectation Failed",
}


class Unacceptable(Exception):
    """It is refused with `status`."""

    def __init__(self, status: str, why: str) -> None:
        super().__init__(f"{status}: {why}")
        self.status = status


def parser(limit: int) -> Callable[[Any, bytes, Any], tuple[Any, int | None, bytes]]:
    """What parses requests whose headers have at most `limit` bytes."""
    from gunicorn.http import errors, message
    from gunicorn.http.body import ChunkedReader
    from gunicorn.http.parser import RequestParser

    class Request(message.Request):  # type: ignore[misc]
        headers: list[tuple[str, str]]
        stopping: Callable[[], bool] = bool
        closes: bool | None = None  # said with the headers, to be kept to after the body

        def should_close(self) -> bool:
            """Whether the connection is closed; a process that stops while it answers says so too."""
            if self.closes is None:
                self.closes = self.stopping() or super().should_close()
            return self.closes

        @property
        def expects(self) -> bool:
            """Whether its client waits to be told to send the body (RFC 9110 10.1.1)."""
            told = (value.lower() for name, value in self.headers if name == "EXPECT")
            return self.version > (1, 0) and "100-continue" in told

        def give(self, body: Any, size: int, whole: bool) -> None:
            """Its body, taken by the loop; without the rest of it the connection is of no more use."""
            self.body = body
            framing = ("TRANSFER-ENCODING", "CONTENT-LENGTH")
            self.headers = [*(each for each in self.headers if each[0] not in framing), ("CONTENT-LENGTH", str(size))]
            if not whole:
                self.force_close()

    class Parser(RequestParser):  # type: ignore[misc]
        mesg_class = Request

    def parse(configuration: Any, data: bytes, address: Any) -> tuple[Any, int | None, bytes]:
        """A request, the length of its body, None for a chunked one, and what comes after its header.

        Raises Unacceptable.
        """
        line, _, fields = data.partition(b"\n")
        if len(line) > limit:
            raise Unacceptable("414 URI Too Long", "header_limit")
        parsing = Parser(configuration, [data], address)
        try:
            request = next(parsing)
        except (errors.ParseException, errors.NoMoreData) as error:
            raise Unacceptable(STATUS.get(type(error).__name__, "400 Bad Request"), repr(error)) from error
        rest = parsing.unreader.read()
        if len(fields) - len(rest) > limit:
            raise Unacceptable(STATUS["LimitRequestHeaders"], "header_limit")
        if isinstance(request.body.reader, ChunkedReader):
            return request, None, rest
        return request, int(dict(request.headers).get("CONTENT-LENGTH", 0)), rest

    return parse
