"""The one request of a CGI process, answered by wsgiref's CGIHandler, whose patience has an end."""

from __future__ import annotations

import gc
import io
import os
import sys
from typing import TYPE_CHECKING, Any
from wsgiref.handlers import CGIHandler

from ..options import Unservable
from . import ending
from .body import Body

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import WSGIApplication

FAILED = b"Status: 500 Internal Server Error\r\nContent-Type: text/plain\r\n\r\nInternal Server Error\n"


class Handler(CGIHandler):
    """It keeps the request's variables, which do not stay in the environment."""

    def log_exception(self, exc_info: Any) -> None:
        """Log an exception as wsgiref does. A request that has no end is logged on one line, and answered 504."""
        if not isinstance(exc_info[1], ending.Ended):
            super().log_exception(exc_info)
            return
        from traceback import extract_tb

        where = " < ".join(f"{at.filename}:{at.lineno} {at.name}" for at in reversed(extract_tb(exc_info[2])))
        sys.stderr.write(f"{exc_info[1]}: {where}\n")
        self.error_status, self.error_body = "504 Gateway Timeout", b"Gateway Timeout\n"


def answer(load: Callable[[], tuple[WSGIApplication, int]]) -> None:
    """Answer one request, then read what the application left of its body: mod_cgid takes it for the next request."""
    gc.disable()  # loading leaves hardly any garbage, and looking for it takes a tenth of the whole time
    handler = Handler()
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
            handler.run(application)
            raw.wait_for_ever()
        ending.answered()
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
