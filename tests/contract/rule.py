"""What the pure rule says that the echo application sees of a request (RFC 3875, PEP 3333, DESIGN's laws)."""

from __future__ import annotations

import hashlib
import json
import re
from urllib.parse import unquote_to_bytes

from .client import Request
from .echo import HOP

FORGED = re.compile(r"HTTP_(X_FORWARDED_.*|FORWARDED|PROXY|SCRIPT_NAME)")


def body(request: Request, mount: str, client: str = "127.0.0.1") -> bytes:
    """The whole body of the echo application's answer to `request`, whose target begins with the mount."""
    sent = request.body
    digest = {"announced": len(sent), "length": len(sent), "sha256": hashlib.sha256(sent).hexdigest()}
    return (json.dumps({"environ": environ(request, mount, client), "body": digest}, sort_keys=True) + "\n").encode()


def environ(request: Request, mount: str, client: str = "127.0.0.1") -> dict[str, str]:
    """The part of the environ that every server must agree on."""
    raw = request.target if isinstance(request.target, bytes) else request.target.encode("ascii")
    path, _, query = raw.partition(b"?")
    decoded = unquote_to_bytes(path).decode("latin-1")
    assert decoded.startswith(mount + "/"), "the rule speaks of what reaches the application"
    named = headers(request)
    return {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": mount,
        "PATH_INFO": decoded[len(mount) :],
        "QUERY_STRING": query.decode("latin-1"),
        "CONTENT_TYPE": named.pop("CONTENT_TYPE", ""),
        "REMOTE_ADDR": client,
        "wsgi.url_scheme": "http",
        **{f"HTTP_{name}": value for name, value in named.items() if believed(name)},
    }


def headers(request: Request) -> dict[str, str]:
    """The request's end-to-end headers by CGI name: equal ones are one list, names with underscores are dropped."""
    found: dict[str, list[str]] = {"HOST": [request.host]} if request.host is not None else {}
    for name, value in request.headers:
        if "_" not in name:
            found.setdefault(name.upper().replace("-", "_"), []).append(value.strip(" \t"))
    return {name: ", ".join(values) for name, values in found.items()}


def believed(name: str) -> bool:
    """Whether a client's header is the application's business."""
    return name not in (*HOP, "CONTENT_LENGTH") and not FORGED.fullmatch(f"HTTP_{name}")
