"""CGI by wsgiref's CGIHandler: `yourapplication.cgi`, which a web server starts anew for every request.

Every import here is paid for by every request: what only some of them need is imported where it is needed.
"""

from __future__ import annotations

import gc
import io
import os
import sys
from typing import TYPE_CHECKING, Any

from ..options import Options, Unservable, read
from . import ending

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import WSGIApplication

protocols = ("cgi",)
requires = ()
programs: dict[str, str] = {}
inherits = ()
forks = False
stop_signal = "TERM"

FAILED = b"Status: 500 Internal Server Error\r\nContent-Type: text/plain\r\n\r\nInternal Server Error\n"


class Body(io.RawIOBase):
    """The request's body: CONTENT_LENGTH bytes of standard input, no more (RFC 3875 4.2); all of it when chunked."""

    def __init__(self, file: int, length: str, chunked: bool) -> None:
        self.file = file
        self.patience = 0  # seconds that the application has, from the last piece of the body on
        self.left = int(length) if length.isdigit() else sys.maxsize if chunked else 0

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read what is there, within the length."""
        size = os.readv(self.file, [memoryview(buffer)[: self.left]]) if self.left else 0
        self.left -= size
        if self.patience:
            self._await(self.patience)
        return size

    def wait_for_ever(self) -> None:
        """The request is answered."""
        self.patience = 0
        self._await(0)

    def _await(self, seconds: int) -> None:
        import signal

        signal.alarm(seconds)


def enter(folder: str) -> None:
    """Answer the one request of this process with the release in `folder`; called by its entry file."""
    ending.apart()
    os.chdir(folder)

    def load() -> tuple[WSGIApplication, int]:
        from ..process import handlers, surroundings
        from ..wsgi.application import find, prepare  # without preflight, which the deployment has done

        options = read(folder)
        ending.finish_within(options)
        surroundings.serving(options)
        with ending.not_kept():
            application = handlers.keep(lambda: prepare(find(options.application), options))
        return application, options.request_timeout

    answer(load)


def serve(load: Callable[[], WSGIApplication], listener: None, options: Options) -> None:
    """Answer the request that the environment and standard input hold."""
    ending.finish_within(options)
    answer(lambda: (load(), options.request_timeout))


def answer(load: Callable[[], tuple[WSGIApplication, int]]) -> None:
    """Answer one request, then read what the application left of its body: mod_cgid takes it for the next request."""
    from wsgiref.handlers import CGIHandler

    gc.disable()  # loading leaves hardly any garbage, and looking for it takes a tenth of the whole time
    handler = CGIHandler()  # keeps the request's variables, which do not stay in the environment
    request = handler.base_env
    if "FCGI_ROLE" in request:
        request.update(_equal_headers())
    request["REQUEST_URI"] = os.environb.get(b"REQUEST_URI", b"").decode("latin-1")
    chunked = "chunked" in request.get("HTTP_TRANSFER_ENCODING", "").lower()
    raw = Body(os.dup(0), request.get("CONTENT_LENGTH", ""), chunked)
    body = io.BufferedReader(raw)
    with os.fdopen(os.dup(1), "wb") as response:
        os.dup2(2, 1)  # what the application prints goes to the log, not into the response
        try:
            application, raw.patience = load()
        except Unservable as error:
            sys.stderr.write(f"cgi: {error}\n")
            response.write(FAILED)
        else:
            gc.freeze()
            gc.enable()
            handler.stdin, handler.stdout = body, response
            handler.log_exception = _logging(handler)  # type: ignore[method-assign, assignment]
            handler.run(application)
            raw.wait_for_ever()
        ending.answered()
    while body.read(65536):
        pass
    gc.freeze()  # else the process, about to end, would go through everything once more


def _logging(handler: Any) -> Callable[[Any], None]:
    """What logs an exception, as wsgiref does; for a request that has no end, on one line, and it is answered 504."""
    ordinary = handler.log_exception

    def log(exc_info: Any) -> None:
        if not isinstance(exc_info[1], ending.Ended):
            return ordinary(exc_info)  # type: ignore[no-any-return]
        from traceback import extract_tb

        where = " < ".join(f"{at.filename}:{at.lineno} {at.name}" for at in reversed(extract_tb(exc_info[2])))
        sys.stderr.write(f"{exc_info[1]}: {where}\n")
        handler.error_status, handler.error_body = "504 Gateway Timeout", b"Gateway Timeout\n"
        return None

    return log


def _equal_headers() -> dict[str, str]:
    """Request headers that were sent more than once, each as one list (RFC 3875 4.1.18).

    fcgiwrap hands them over one by one, as nginx before 1.23 does, and os.environ knows only one of each.
    """
    with open("/proc/self/environ", encoding="latin-1") as file:
        pairs = [line.partition("=")[::2] for line in file.read().split("\0") if line.startswith("HTTP_")]
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: ", ".join(values) for name, values in found.items() if len(values) > 1}
