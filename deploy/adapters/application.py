"""Load the application, mount it, tell it who its client is, limit its bodies and preflight it: the same everywhere.

Every adapter serves what `load` returns, so what differs between servers is evened out in this one file.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import re
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from .options import Options, Unservable

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

TARGET = re.compile(r"(?P<module>[A-Za-z_]\w*(?:\.\w+)*):(?P<attribute>[A-Za-z_]\w*)(?P<call>\(\))?")
SPOOL = 1024 * 1024  # bytes of a chunked body kept in memory before it goes to a temporary file
FORGED = re.compile(r"HTTP_(X_FORWARDED_.*|FORWARDED|PROXY|SCRIPT_NAME)")


def load(options: Options) -> WSGIApplication:
    """The application as every adapter serves it: found, prepared and found ready.

    Raises Unservable when it cannot be imported, is not callable or is not ready.
    """
    served = prepare(find(options.application), options)
    preflight(served, options)
    return served


def find(name: str) -> Any:
    """The application named `module:attribute` or `module:factory()`; raises Unservable."""
    match = TARGET.fullmatch(name)
    if match is None:
        raise Unservable(f"application {name!r} is not of the form module:attribute or module:factory()")
    try:
        found = getattr(importlib.import_module(match["module"]), match["attribute"])
        found = found() if match["call"] else found
    except Unservable:
        raise
    except Exception as error:
        raise Unservable(f"application {name!r} cannot be loaded:\n{traceback.format_exc().rstrip()}") from error
    if not callable(found):
        raise Unservable(f"application {name!r} is a {type(found).__name__}, not a WSGI callable (PEP 3333)")
    return found


def prepare(application: WSGIApplication, options: Options) -> WSGIApplication:
    """`application` under its mount, with a true client, a bounded body, and the release named in X-Release."""

    def served(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        respond = _responder(start_response, options.release)
        believe(environ, options.proxied)
        refusal = place(environ, options.mount) or bound(environ, options.body_limit)
        if refusal:
            return _answer(environ, respond, *refusal)
        try:
            body = application(environ, respond)
        except Exception:
            traceback.print_exc(file=environ["wsgi.errors"])
            return _answer(environ, respond, "500 Internal Server Error", [])
        return _without_body(body) if environ["REQUEST_METHOD"] == "HEAD" else body

    return served


def believe(environ: WSGIEnvironment, proxied: bool) -> None:
    """Take client address, scheme and host from our front end's headers, one hop, and drop everybody else's.

    A front end that proxies HTTP overwrites the three headers; anywhere else they come from the client.
    """
    if proxied:
        client = environ.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
        if client:
            environ["REMOTE_ADDR"] = client
            environ.pop("REMOTE_PORT", None)
        environ["wsgi.url_scheme"] = environ.get("HTTP_X_FORWARDED_PROTO", environ["wsgi.url_scheme"])
        host = environ.get("HTTP_X_FORWARDED_HOST")
        if host:
            environ["HTTP_HOST"] = host
            name, separator, port = host.rpartition(":")
            tcp = port if separator and port.isdigit() else None
            environ["SERVER_NAME"] = name if tcp else host
            environ["SERVER_PORT"] = tcp or ("443" if environ["wsgi.url_scheme"] == "https" else "80")
    for name in [name for name in environ if name.startswith("HTTP_") and FORGED.fullmatch(name)]:
        del environ[name]


def place(environ: WSGIEnvironment, mount: str | None) -> tuple[str, list[tuple[str, str]]] | None:
    """Split the path into SCRIPT_NAME (the mount) and PATH_INFO; the answer for a path outside the mount.

    Servers disagree on the split, never on the whole: SCRIPT_NAME + PATH_INFO is the decoded path (RFC 3875 4.1.5).
    """
    if mount is None:
        return None
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    inner = path[len(mount) :]
    if not path.startswith(mount) or (inner and not inner.startswith("/")):
        return "404 Not Found", []
    if mount and not inner:
        query = environ.get("QUERY_STRING", "")
        return "308 Permanent Redirect", [("Location", quote(mount) + "/" + ("?" + query if query else ""))]
    environ["SCRIPT_NAME"], environ["PATH_INFO"] = mount, inner
    return None


def bound(environ: WSGIEnvironment, limit: int) -> tuple[str, list[tuple[str, str]]] | None:
    """Refuse a body over `limit` bytes; give a chunked one, spooled, the CONTENT_LENGTH that applications expect."""
    length = environ.get("CONTENT_LENGTH", "")
    if length:
        if not (length.isascii() and length.isdigit()):
            return "400 Bad Request", [("Connection", "close")]
        return TOO_LARGE if int(length) > limit else None
    if "chunked" not in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        return None
    spool = tempfile.SpooledTemporaryFile(SPOOL)
    size = 0
    while size <= limit and (chunk := environ["wsgi.input"].read(min(65536, limit + 1 - size))):
        spool.write(chunk)
        size += len(chunk)
    if size > limit:
        return TOO_LARGE
    spool.seek(0)
    del environ["HTTP_TRANSFER_ENCODING"]
    environ.update({"wsgi.input": spool, "wsgi.input_terminated": True, "CONTENT_LENGTH": str(size)})
    return None


TOO_LARGE = ("413 Request Entity Too Large", [("Connection", "close")])


def preflight(served: WSGIApplication, options: Options) -> None:
    """Ask the application for its readiness URL in process; raises Unservable when it is not ready.

    An application without such a URL (404) is taken as ready: it was imported and it answers.
    """
    path = (options.mount or "") + options.ready_path
    status: list[str] = []
    errors = io.StringIO()
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": "",
        "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "localhost",
        "REMOTE_ADDR": "127.0.0.1", "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(),
        "wsgi.errors": errors, "wsgi.multithread": False, "wsgi.multiprocess": False, "wsgi.run_once": False,
    }  # fmt: skip

    def start_response(line: str, headers: object, exc_info: object = None) -> Callable[[bytes], object]:
        status[:] = [line]
        return lambda data: None

    try:
        with contextlib.ExitStack() as stack:
            body = served(environ, start_response)
            stack.callback(getattr(body, "close", lambda: None))
            text = b"".join(body).decode("utf-8", "replace")
    except Exception as error:
        raise Unservable(f"GET {path} failed:\n{traceback.format_exc().rstrip()}") from error
    if not status or status[0] >= "500":
        reason = (errors.getvalue() + text).strip()
        raise Unservable(f"not ready: GET {path} answered {status[0] if status else 'nothing'}: {reason}")


def _responder(start_response: StartResponse, release: str) -> StartResponse:
    """start_response that names the release and refuses headers that would split the response (RFC 9110 5.5)."""

    def respond(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
        for name, value in headers:
            if "\n" in value or "\r" in value or "\n" in name or "\r" in name:
                raise ValueError(f"response header {name!r} contains a line break")
        headers = [*headers, ("X-Release", release)] if release else headers
        return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

    return respond


def _answer(
    environ: WSGIEnvironment, respond: StartResponse, status: str, headers: list[tuple[str, str]]
) -> Iterable[bytes]:
    text = (status.partition(" ")[2] + "\n").encode()
    respond(status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(text))), *headers])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [text]


def _without_body(body: Iterable[bytes]) -> Iterator[bytes]:
    """Run a HEAD response up to its headers, then drop it: some servers would send its body (RFC 9110 9.3.2)."""
    try:
        for _ in body:
            break
    finally:
        getattr(body, "close", lambda: None)()
    return iter(())
