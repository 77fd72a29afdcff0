"""A request's variables (PEP 3333, RFC 3875 4.1) from its line and header: for servers whose own do not fit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from .request import AUTHORITY

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment


def variables(
    method: str, target: str, protocol: str, fields: Iterable[tuple[str, str]], address: Any
) -> WSGIEnvironment:
    """All but what is the server's to say (wsgi.*); a unix socket has no `address`.

    Header names with underscores are dropped, as they would pass for those with hyphens.
    """
    path, _, query = AUTHORITY.sub("", target, count=1).partition("?")
    host, port = address[:2] if isinstance(address, tuple) else ("", 0)
    found: WSGIEnvironment = {
        "REQUEST_METHOD": method, "SCRIPT_NAME": "", "QUERY_STRING": query,
        "PATH_INFO": unquote_to_bytes(path.encode("latin-1")).decode("latin-1"),
        "SERVER_NAME": "", "SERVER_PORT": "", "SERVER_PROTOCOL": protocol,
        "REMOTE_ADDR": host, "REMOTE_PORT": str(port),
    }  # fmt: skip
    for name, value in fields:
        if "_" not in name:
            key = "HTTP_" + name.upper().replace("-", "_")
            between = "; " if key == "HTTP_COOKIE" else ","
            found[key] = f"{found[key]}{between}{value}" if key in found else value
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if f"HTTP_{name}" in found:
            found[name] = found.pop(f"HTTP_{name}")
    return found
