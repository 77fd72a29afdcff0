"""The same entries for programs, as JSON: /api/entries. What it needs is imported when it is first asked."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from ..blog.models import page

blueprint = Blueprint("api", __name__, url_prefix="/api")


@blueprint.get("/entries")
def index() -> ResponseReturnValue:
    """(to come)"""
    return jsonify(entries=[each.title for each in page().entries])
