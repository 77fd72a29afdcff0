"""What servers leave different about a request, evened out for application.py: its client, its place, its body."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from .naming import BAD_REQUEST

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from .response import Refusal

AUTHORITY = re.compile(r"\A[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")  # of a request target in absolute form (RFC 9112 3.2.2)
DOTS = re.compile(r"/\.\.?(?:/|\Z)")  # segments that clients resolve before they ask; some servers do it for them
CONTROL = re.compile(r"[\x00-\x20\x7f]")
FORGED = frozenset({"HTTP_FORWARDED", "HTTP_PROXY", "HTTP_SCRIPT_NAME",
                    "HTTP_X_HOST",  # lighttpd adds it
                    "HTTP_CONTENT_LENGTH", "HTTP_CONTENT_TYPE"})  # twins of CGI's own (RFC 3875 4.1.18)  # fmt: skip
FORGERY = "HTTP_X_FORWARDED_"  # and all that begin with it
SPOOL = 1024 * 1024  # bytes of a chunked body kept in memory before it goes to a temporary file

NOT_FOUND: Refusal = ("404 Not Found", [])
TOO_LARGE: Refusal = ("413 Request Entity Too Large", [])


def believe(environ: WSGIEnvironment, proxied: bool, named: bool) -> None:
    """Take client address, scheme, host and the request's name from our front end, one hop; drop everybody else's.

    A front end that proxies HTTP overwrites the three headers; anywhere else they come from the client.
    """
    if proxied:
        client = environ.pop("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
        if client:
            environ["REMOTE_ADDR"] = client
        scheme = environ.pop("HTTP_X_FORWARDED_PROTO", "")
        if scheme in ("http", "https"):
            environ["wsgi.url_scheme"] = scheme
        if host := environ.pop("HTTP_X_FORWARDED_HOST", ""):
            environ["HTTP_HOST"] = host
    environ.pop("REMOTE_PORT", None)  # known to some servers only
    if not environ.keys().isdisjoint(FORGED) or FORGERY in " ".join(environ):  # seldom: quicker than asking every name
        for name in [name for name in environ if name in FORGED or name.startswith(FORGERY)]:
            del environ[name]
    if not named:
        environ.pop("HTTP_X_REQUEST_ID", None)


def ask(environ: WSGIEnvironment, judged: Callable[[str], Refusal | None], unnamed: str) -> Refusal | None:
    """Refuse a request for another site; name the server as the request does, or `unnamed` where it does not.

    Only HTTP/1.0 need not say a Host (RFC 9112 3.2).
    """
    host = environ.get("HTTP_HOST")
    refusal = judged(host) if host is not None else BAD_REQUEST if environ["SERVER_PROTOCOL"] == "HTTP/1.1" else None
    if refusal:
        return refusal
    name, _, port = (host or unnamed).rpartition(":")
    if not name or port[-1] == "]":  # [::1] is a name without a port
        name, port = host or unnamed, "443" if environ["wsgi.url_scheme"] == "https" else "80"
    environ["SERVER_NAME"] = name
    if host or not environ.get("SERVER_PORT"):
        environ["SERVER_PORT"] = port
    return None


def place(environ: WSGIEnvironment, mount: str | None) -> Refusal | None:
    """Split the path into SCRIPT_NAME (the mount) and PATH_INFO; the answer for a path outside the mount.

    Servers disagree on the split, and some on the whole: for CGI, Apache and lighttpd merge slashes and replace what
    they find strange. REQUEST_URI, where a server gives it, is what the client wrote.
    """
    if mount is None:
        return None
    uri = environ.get("REQUEST_URI")
    if uri:
        if CONTROL.search(uri):
            return BAD_REQUEST  # RFC 9112 3.2; lighttpd passes it on
        origin = uri if uri[0] == "/" else AUTHORITY.sub("", uri, count=1)
        raw, _, environ["QUERY_STRING"] = origin.partition("?")
        path = _decoded(raw) if "%" in raw else raw
    else:
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    inner = path[len(mount) :]
    if not path.startswith(mount) or (inner and inner[0] != "/"):
        return NOT_FOUND
    if "/." in inner and DOTS.search(inner):
        return NOT_FOUND
    if mount and not inner:
        query = environ.get("QUERY_STRING", "")
        return "308 Permanent Redirect", [("Location", f"{mount}/?{query}" if query else f"{mount}/")]
    environ["SCRIPT_NAME"], environ["PATH_INFO"] = mount, inner or "/"
    return None


def _decoded(path: str) -> str:
    from urllib.parse import unquote  # CGI does without it while it can

    return unquote(path, "latin-1")


def bound(environ: WSGIEnvironment, limit: int, proxied: bool = False) -> Refusal | None:
    """Refuse a body over `limit` bytes; give a chunked one, spooled, the CONTENT_LENGTH that applications expect."""
    length = environ.get("CONTENT_LENGTH")
    if environ["SERVER_PROTOCOL"] == "HTTP/1.0" and "HTTP_TRANSFER_ENCODING" in environ:
        return BAD_REQUEST  # RFC 9112 6.1: faulty framing, which other servers on the way read otherwise
    if length:
        environ.pop("HTTP_TRANSFER_ENCODING", None)  # nginx has put a chunked body together, and says both in FastCGI
        if not (length.isascii() and length.isdigit()):
            return BAD_REQUEST
        if int(length) <= limit:
            return None
        while proxied and environ["wsgi.input"].read(65536):
            pass  # Apache bounds no chunked body, and hears no answer before it has sent the whole of it
        return TOO_LARGE
    if "chunked" not in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        return None
    from tempfile import SpooledTemporaryFile

    spool = SpooledTemporaryFile(SPOOL)  # noqa: SIM115 - closed with the environ, its only owner
    size = 0
    while size <= limit and (chunk := environ["wsgi.input"].read(min(65536, limit + 1 - size))):
        spool.write(chunk)
        size += len(chunk)
    if size > limit:
        spool.close()
        return TOO_LARGE
    spool.seek(0)
    del environ["HTTP_TRANSFER_ENCODING"]
    environ.update({"wsgi.input": spool, "wsgi.input_terminated": True, "CONTENT_LENGTH": str(size)})
    return None
