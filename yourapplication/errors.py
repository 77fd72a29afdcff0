"""What goes wrong: a request that cannot be answered becomes a page, a bad configuration or command one sentence."""

from __future__ import annotations

import click
from flask import Flask, render_template
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response


class Refused(click.ClickException):
    """A configuration or a command that cannot be right; Flask's commands print its message and exit with 2."""

    exit_code = 2


def init_app(app: Flask) -> None:
    """Show every HTTP error, and so every unhandled exception (500), as a page of this site."""
    app.register_error_handler(HTTPException, page)


def page(error: HTTPException) -> Response:
    """The page for `error`, with the error's own headers (Allow, Retry-After); it asks nothing of the database."""
    response = Response.force_type(error.get_response())
    if error.response is None:
        response.set_data(render_template("error.html", error=error))
    return response
