"""What supervisors, front ends and deployments ask: does the process live, and can it serve."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, current_app, jsonify

from .data import schema

blueprint = Blueprint("health", __name__)


def init_app(app: Flask) -> None:
    """Add /healthz and /readyz."""
    app.register_blueprint(blueprint)


@blueprint.get("/healthz")
def live() -> Response:
    """The process answers; says which release and adapter it is."""
    return jsonify(status="ok", release=current_app.config["RELEASE"], adapter=current_app.config["ADAPTER"])


@blueprint.get("/readyz")
def ready() -> tuple[Response, int]:
    """The database is there with the schema that this release needs; if not, why."""
    reason = schema.unready()
    return (jsonify(status="unavailable", reason=reason), 503) if reason else (jsonify(status="ready"), 200)


@blueprint.after_request
def uncached(response: Response) -> Response:
    """Health is about now."""
    response.headers["Cache-Control"] = "no-store"
    return response
