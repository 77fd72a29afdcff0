"""CGI by wsgiref's CGIHandler: `yourapplication.cgi`, which a web server starts anew for every request.

Every import here is paid for by every request: what only some of them need is imported where it is needed.
"""

from __future__ import annotations

import gc
import io
import os
import sys
from typing import TYPE_CHECKING

from .options import Options, Unservable, read

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
        self.left = int(length) if length.isdigit() else sys.maxsize if chunked else 0

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read what is there, within the length."""
        size = os.readv(self.file, [memoryview(buffer)[: self.left]]) if self.left else 0
        self.left -= size
        return size


def enter(folder: str) -> None:
    """Answer the one request of this process with the release in `folder`; called by its entry file."""
    os.chdir(folder)

    def load() -> WSGIApplication:
        from . import handlers, surroundings
        from .application import find, prepare  # without preflight, which the deployment has done

        options = read(folder)
        finish_within(options.graceful_timeout)
        surroundings.serving(options)
        return handlers.keep(lambda: prepare(find(options.application), options))

    answer(load)


def serve(load: Callable[[], WSGIApplication], listener: None, options: Options) -> None:
    """Answer the request that the environment and standard input hold."""
    finish_within(options.graceful_timeout)
    answer(load)


def finish_within(seconds: int) -> None:
    """Do not end at once on SIGTERM, which lighttpd sends as soon as it has the whole response.

    The application still has to close it (PEP 3333): end a transaction, write a line into a log.
    """
    import atexit
    import signal

    from . import handlers

    def stop(*_: object) -> None:
        signal.alarm(seconds)
        atexit.register(handlers.call_at_exit)

    signal.signal(signal.SIGTERM, stop)


def answer(load: Callable[[], WSGIApplication]) -> None:
    """Answer one request, then read what the application left of its body: mod_cgid takes it for the next request."""
    from wsgiref.handlers import CGIHandler

    gc.disable()  # loading leaves hardly any garbage, and looking for it takes a tenth of the whole time
    handler = CGIHandler()  # keeps the request's variables, which do not stay in the environment
    request = handler.base_env
    if "FCGI_ROLE" in request:
        request.update(_equal_headers())
    request["REQUEST_URI"] = os.environb.get(b"REQUEST_URI", b"").decode("latin-1")
    chunked = "chunked" in request.get("HTTP_TRANSFER_ENCODING", "").lower()
    body = io.BufferedReader(Body(os.dup(0), request.get("CONTENT_LENGTH", ""), chunked))
    with os.fdopen(os.dup(1), "wb") as response:
        os.dup2(2, 1)  # what the application prints goes to the log, not into the response
        try:
            application = load()
        except Unservable as error:
            sys.stderr.write(f"cgi: {error}\n")
            response.write(FAILED)
        else:
            gc.freeze()
            gc.enable()
            handler.stdin, handler.stdout = body, response
            handler.run(application)
    while body.read(65536):
        pass
    gc.freeze()  # else the process, about to end, would go through everything once more


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
