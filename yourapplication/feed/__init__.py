"""The newest entries in Atom (RFC 4287)."""

from __future__ import annotations

import uuid
from datetime import datetime

from flask import Blueprint, Flask, make_response, render_template, request
from flask.typing import ResponseReturnValue

from .. import hooks
from ..blog import markdown
from ..blog.models import page

MEDIA_TYPE = "application/atom+xml"
blueprint = Blueprint("feed", __name__, template_folder="templates")


def init_app(app: Flask) -> None:
    """Add the feed, and links to it on every page."""
    app.register_blueprint(blueprint)
    hooks.of(app).links.append(hooks.Link("feed.feed", "Atom feed", MEDIA_TYPE))


@blueprint.get("/feed.atom")
def feed() -> ResponseReturnValue:
    """The newest entries."""
    entries = page().entries
    updated = max((entry.modified or entry.created for entry in entries), default=datetime(1970, 1, 1))
    text = render_template("feed.xml", entries=entries, updated=updated, render=markdown.render, name=_name)
    response = make_response(text)
    response.mimetype = MEDIA_TYPE
    response.add_etag()
    return response.make_conditional(request)


def _name(url: str) -> str:
    """The name of what is at `url`, for good: the same with TLS and without."""
    return uuid.uuid5(uuid.NAMESPACE_URL, url.partition(":")[2]).urn
