"""What goes wrong: a request that cannot be answered becomes a page, a bad configuration or command one sentence."""

from __future__ import annotations

import click
from flask import Flask, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wrappers import Response

from . import hooks

IDENTIFIER = "yourapplication.request_id"  # in the environ: what logs/ calls the request


class Refused(click.ClickException):
    """A configuration or a command that cannot be right; Flask's commands print its message and exit with 2."""

    exit_code = 2


def init_app(app: Flask) -> None:
    """Show every HTTP error, and so every unhandled exception (500), as a page of this site or as a part tells it."""
    app.register_error_handler(HTTPException, answer)


def answer(error: HTTPException) -> Response:
    """`error` with its own headers (Allow, Retry-After) as a page, or as a part tells those below its path.

    It asks nothing of the databases.
    """
    if isinstance(error, CSRFError):
        error.description = f"{error.description} Go back, reload the page and send the form again."
    elif isinstance(error, RequestEntityTooLarge):
        error.description = "The request is larger than this site accepts."
    response = Response.force_type(error.get_response())
    if error.response is None:
        identifier = request.environ.get(IDENTIFIER, "")
        for path, tell in hooks.of().problems.items():
            if request.path.startswith(path):
                tell(error, response, identifier)
                return response
        response.set_data(render_template("error.html", error=error, request_id=identifier))
    return response
