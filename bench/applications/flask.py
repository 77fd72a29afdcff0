"""The same answers from Flask, as the project's own application is made; adapters and samples import it."""

from __future__ import annotations

import time

from flask import Flask, Response, request

from .plain import WAIT, drain, pieces

app = Flask(__name__)


@app.get("/")
def hello() -> Response:
    """The least that a view does."""
    return Response("Hello, World!\n", mimetype="text/plain")


@app.get("/wait")
def wait() -> Response:
    """Hello, after as long as a slow database takes."""
    time.sleep(WAIT)
    return hello()


@app.get("/down")
def down() -> Response:
    """A stream of as many bytes as the query string says."""
    return Response(pieces(int(request.query_string)), mimetype="application/octet-stream")


@app.post("/up")
def up() -> Response:
    """How many bytes came up."""
    return Response(f"{drain(request.stream)}\n", mimetype="text/plain")
