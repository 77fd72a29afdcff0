"""The same entries for programs, as JSON; an author sends a name and a password with each request (HTTP Basic).

This is all that a page, or CGI, imports of it: the rest, and pydantic, comes with the first request to the API.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, abort, request
from flask.typing import ResponseReturnValue

from .. import hooks

if TYPE_CHECKING:
    from werkzeug.exceptions import HTTPException
    from werkzeug.wrappers import Response

blueprint = Blueprint("api", __name__, url_prefix="/api")
ENTRY = "/entries/<number>"  # any text: the int converter would answer 405 for a number out of its range


def init_app(app: Flask) -> None:
    """Add it. It knows no cookies, so a forged form has nothing to use: an author sends a name and a password."""
    app.extensions["csrf"].exempt(blueprint)
    app.register_blueprint(blueprint)
    hooks.of(app).problems["/api/"] = problem


def problem(error: HTTPException, response: Response, identifier: str) -> None:
    """Tell an error as problem details (RFC 9457); `identifier`: the request's."""
    details = {"type": "about:blank", "title": error.name, "status": error.code, "detail": error.description,
               "request_id": identifier, **getattr(error, "problem", {})}  # fmt: skip
    response.set_data(json.dumps(details))
    response.mimetype = "application/problem+json"


@blueprint.before_request
def refuse_parameters() -> None:
    """A name that is not understood is a mistake; only the list understands some, and looks at them itself."""
    if request.args and request.endpoint != "api.index":
        abort(400, f"There is no query parameter {next(iter(request.args))!r} here.")


@blueprint.get("/openapi.json")
def description() -> ResponseReturnValue:
    """What there is, for programs (OpenAPI 3.1)."""
    from . import openapi

    return openapi.document(request.script_root)


@blueprint.get("/entries")
def index() -> ResponseReturnValue:
    """Some entries, newest first: all, or those with the words of ?q=."""
    from . import operations

    return operations.index()


@blueprint.post("/entries")
def add() -> ResponseReturnValue:
    """A new entry."""
    from . import operations

    return operations.add()


@blueprint.get(ENTRY)
def show(number: str) -> ResponseReturnValue:
    """One entry, whole."""
    from . import operations

    return operations.show(number)


@blueprint.put(ENTRY)
def edit(number: str) -> ResponseReturnValue:
    """Another text for an entry of one's own."""
    from . import operations

    return operations.edit(number)


@blueprint.delete(ENTRY)
def delete(number: str) -> ResponseReturnValue:
    """Remove an entry of one's own."""
    from . import operations

    return operations.delete(number)
