"""Ask the application in process whether it is ready, before its first connection is accepted."""

from __future__ import annotations

import importlib
import io
import os
import traceback
from typing import TYPE_CHECKING

from ..options import Options, Unservable

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import WSGIApplication, WSGIEnvironment

LEADING = (os.path.dirname(__file__), os.path.dirname(importlib.__file__))  # code between us and the application
ENOUGH = 65536  # bytes of the answer read: an application may stream for ever


def preflight(served: WSGIApplication, options: Options) -> None:
    """GET the readiness URL; raises Unservable when the application fails or says it is not ready (a 5xx).

    An application without such a URL (404) is taken as ready: it was imported and it answers.
    """
    path = (options.mount or "") + options.ready_path
    errors = io.StringIO()
    try:
        status, text = _get(served, path, (options.server_name or ["localhost"])[0].replace("*", "www"), errors)
    except Exception as error:
        raise Unservable(f"not ready: GET {path} failed: {explained(error)}") from error
    if status[:1] not in ("2", "3", "4"):
        reason = (errors.getvalue() + text).strip()
        raise Unservable(f"not ready: GET {path} answered {status or 'nothing'}: {reason}")


def explained(error: BaseException) -> str:
    """What an error says, once, and where in the application it came from, without the lines that led there."""
    at = error.__traceback__
    while at and (at.tb_frame.f_code.co_filename.startswith("<frozen importlib") or
                  os.path.dirname(at.tb_frame.f_code.co_filename) in LEADING):  # fmt: skip
        at = at.tb_next
    only = traceback.format_exception_only(error)
    if at is None:  # a syntax error in the module itself, which names its place
        where = "".join(only[:-1])
    else:
        where = "".join(traceback.format_exception(type(error), error, at)).removesuffix("".join(only))
    return f"{type(error).__name__}: {error}\n{where}".rstrip()


def _get(served: WSGIApplication, path: str, host: str, errors: io.StringIO) -> tuple[str, str]:
    """The status line and the beginning of the body; closes the response as a server does."""
    status = ""
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": "",
        "SERVER_NAME": host, "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": host,
        "REMOTE_ADDR": "127.0.0.1", "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(),
        "wsgi.errors": errors, "wsgi.multithread": False, "wsgi.multiprocess": False, "wsgi.run_once": False,
    }  # fmt: skip
    text = bytearray()

    def start_response(line: str, headers: object, exc_info: object = None) -> Callable[[bytes], object]:
        nonlocal status
        status = line
        return text.extend

    body = served(environ, start_response)
    try:
        for piece in body:
            text += piece
            if len(text) > ENOUGH:
                break
    finally:
        getattr(body, "close", lambda: None)()
    return status, text.decode("utf-8", "replace")
