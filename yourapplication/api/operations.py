"""What the API does, by the same rules as the pages."""

from __future__ import annotations

import re

from flask import Response, abort
from pydantic import BaseModel

from ..auth.models import User
from ..auth.turns import Turns
from ..blog import changes, models
from ..data.database import db
from .incoming import entry_in, query, writer
from .models import Entry, Listed, Page, where

_writing = Turns(2)  # that one process answers at once: they wait for each other, and pages must not wait too


def index() -> Response:
    """A page of entries, with where the pages beside it are."""
    asked = query()
    found = models.page(asked.q, asked.before, asked.after, asked.limit)
    same = {"limit": asked.limit, "q": asked.q or None}
    listed = Page(
        entries=[Listed.of(entry) for entry in found.entries],
        next=where("api.index", before=found.older, **same) if found.older else None,
        previous=where("api.index", after=found.newer, **same) if found.newer else None,
    )
    return _answer(listed)


def show(number: str) -> Response:
    """One entry."""
    return _answer(Entry.of(_entry(number)))


@_writing.turn()
def add() -> Response:
    """A new entry of the user who asks."""
    user, text = writer(), entry_in()
    entry = Entry.of(changes.add(user, text.title, text.body))
    response = _answer(entry, 201)
    response.location = entry.url
    return response


@_writing.turn()
def edit(number: str) -> Response:
    """The entry, changed."""
    user = writer()
    entry, text = _own(user, number), entry_in()
    changes.edit(user, entry, text.title, text.body)
    return _answer(Entry.of(entry))


@_writing.turn()
def delete(number: str) -> Response:
    """Nothing any more."""
    user = writer()
    changes.delete(user, _own(user, number))
    return Response(status=204)


def _answer(content: BaseModel, status: int = 200) -> Response:
    return Response(content.model_dump_json(), status, mimetype="application/json")


def _entry(number: str) -> models.Entry:
    known = re.fullmatch("[0-9]{1,10}", number) and int(number) <= models.LARGEST
    found = db.session.get(models.Entry, int(number)) if known else None
    return found or abort(404, "There is no such entry; it may have been deleted.")


def _own(user: User, number: str) -> models.Entry:
    entry = _entry(number)
    if not entry.editable_by(user):
        abort(403, "Only its author and admins may change this entry.")
    return entry
