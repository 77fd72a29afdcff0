"""What goes wrong: a request that cannot be answered becomes a page, a bad configuration or command one sentence."""

from __future__ import annotations

import json

import click
from flask import Flask, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wrappers import Response

IDENTIFIER = "yourapplication.request_id"  # in the environ: what logs.py calls the request


class Refused(click.ClickException):
    """A configuration or a command that cannot be right; Flask's commands print its message and exit with 2."""

    exit_code = 2


def init_app(app: Flask) -> None:
    """Show every HTTP error, and so every unhandled exception (500), as a page of this site, or to the API as JSON."""
    app.register_error_handler(HTTPException, answer)


def answer(error: HTTPException) -> Response:
    """`error` with its own headers (Allow, Retry-After) as a page or as problem details (RFC 9457).

    It asks nothing of the databases.
    """
    if isinstance(error, CSRFError):
        error.description = f"{error.description} Go back, reload the page and send the form again."
    elif isinstance(error, RequestEntityTooLarge):
        error.description = "What was sent is larger than anything that this site takes."
    response = Response.force_type(error.get_response())
    if error.response is None:
        identifier = request.environ.get(IDENTIFIER, "")
        if request.path.startswith("/api/"):
            problem = {"type": "about:blank", "title": error.name, "status": error.code, "detail": error.description,
                       "request_id": identifier, **getattr(error, "problem", {})}  # fmt: skip
            response.set_data(json.dumps(problem))
            response.mimetype = "application/problem+json"
        else:
            response.set_data(render_template("error.html", error=error, request_id=identifier))
    return response
