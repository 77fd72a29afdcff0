"""Static files have names with a hash of their content, so that browsers may keep them for ever.

style.css is linked to as style.<hash>.css. A front end that serves files finds one of that name where a deployment has
made a copy; without, it is served from here.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
from typing import Any

from flask import Flask, Response, current_app, send_from_directory
from werkzeug.exceptions import NotFound

DIGITS = 12
HASHED = re.compile(rf"(?P<stem>.+)\.(?P<hash>[0-9a-f]{{{DIGITS}}})(?P<suffix>\.[^./]+)")
FOR_EVER = "max-age=31536000, immutable"


def init_app(app: Flask) -> None:
    """Link to the hashed names, and serve them."""
    app.url_defaults(link)
    app.view_functions["static"] = serve


def link(endpoint: str, values: dict[str, Any]) -> None:
    """Of url_for("static", filename=...): the name with its hash, when there is such a file."""
    if endpoint == "static" and (found := digest(str(current_app.static_folder), values["filename"])):
        stem, suffix = os.path.splitext(values["filename"])
        values["filename"] = f"{stem}.{found}{suffix}"


def serve(filename: str) -> Response:
    """A file under its own name, to be asked for again each time, or under its hashed one, to be kept."""
    folder = str(current_app.static_folder)
    match = HASHED.fullmatch(filename)
    if not match:
        return send_from_directory(folder, filename)
    for name in (match["stem"] + match["suffix"], filename):  # the latter: a copy that a deployment has made
        if digest(folder, name) == match["hash"]:
            response = send_from_directory(folder, name)
            response.headers["Cache-Control"] = FOR_EVER
            return response
    raise NotFound


def digest(folder: str, name: str) -> str:
    """The hash of a file's content; empty when there is no such file."""
    path = os.path.join(folder, name)
    try:
        return _digest(path, os.stat(path).st_mtime_ns)
    except (OSError, ValueError):
        return ""


@functools.lru_cache(256)
def _digest(path: str, changed: int) -> str:
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()[:DIGITS]
