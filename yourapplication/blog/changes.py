"""What is done to entries, by a page or through the API, and noted as an event."""

from __future__ import annotations

from flask import request
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import NotFound

from .. import hooks
from ..auth.models import User
from ..data.database import db
from .models import Entry

GONE = "There is no such entry; it may have been deleted."


def add(author: User, title: str, body: str) -> Entry:
    """A new entry."""
    entry = Entry(author=author)
    entry.write(title, body)
    db.session.add(entry)
    db.session.flush()
    _note("entry added", author, entry)
    return entry


def edit(user: User, entry: Entry, title: str, body: str) -> None:
    """Change the text of an entry."""
    entry.write(title, body)
    _note("entry edited", user, entry)


def delete(user: User, entry: Entry) -> None:
    """Remove an entry."""
    db.session.delete(entry)
    _note("entry deleted", user, entry)


def _note(action: str, user: User, entry: Entry) -> None:
    try:
        hooks.tell(action, user.name, request.remote_addr or "", f"{entry.id} {entry.title}")
        db.session.commit()
    except StaleDataError:  # somebody else has deleted it meanwhile
        db.session.rollback()
        raise NotFound(GONE) from None
