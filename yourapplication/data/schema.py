"""Whether the schema of each bind is what this release expects. What serves requests never imports Alembic.

A release can serve a database that its successor has migrated on, if those migrations say that they only add
(`expands = True`): so the release before goes on serving while the next one migrates, and a rollback works.
"""

from __future__ import annotations

from flask import Flask, current_app, request
from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import ServiceUnavailable

from ..errors import Refused
from .binds import BINDS, Bind, plainly

COMMAND = "flask --app yourapplication init-db"
RETRY = 10  # seconds until a client may ask again


def init_app(app: Flask) -> None:
    """Serve nothing from a wrong schema."""
    app.before_request(guard)


def guard() -> None:
    """Refuse a request while a database is not what this release expects; health and static files need none."""
    if request.blueprint != "health" and request.endpoint != "static" and not all(map(_right, BINDS)):
        reason = unready()
        if reason:
            current_app.logger.error("Nothing can be served: %s", reason)
            raise ServiceUnavailable(_told(reason), retry_after=RETRY)


def demand() -> None:
    """The same for a command. Raises Refused."""
    if reason := unready(details=True):
        raise Refused(reason)


def _told(reason: str) -> str:
    """What a page says. Visitors are told nothing that only an operator can mend: operators read it in the log."""
    if current_app.config["ENVIRONMENT"] == "production":
        return "This site cannot answer just now. Please try again in a moment."
    return f"{reason[0].upper()}{reason[1:]}."


def unready(details: bool = False) -> str:
    """Why the databases cannot serve this release, bind by bind; empty when they can.

    What a database itself says of an outage, with its address perhaps, is for administrators: else it is logged.
    """
    return "; ".join(reason for bind in BINDS if (reason := _reason(bind, details)))


def _right(bind: Bind) -> bool:
    """Whether the bind is at this release's revision, in one query."""
    try:
        with bind.connect() as connection:
            return bind.version(connection) == bind.head
    except SQLAlchemyError:
        return False  # unready() finds out why


def _reason(bind: Bind, details: bool) -> str:
    where = f"the database of bind {bind.name}"
    try:
        with bind.connect() as connection:
            found, needed = bind.current(connection), bind.head
            if found is None:
                return f"{where} has no schema: run {COMMAND}"
            if found == needed:
                missing = sorted(bind.metadata.tables.keys() - set(inspect(connection).get_table_names()))
                return f"{where} lacks {', '.join(missing)}: restore a backup" if missing else ""
            if bind.knows(found):
                return f"{where} is at revision {found} and needs {needed}: run {COMMAND}"
            return "" if bind.ahead(connection, found) else (
                f"{where} is at revision {found}, which this release does not know: it needs {needed}")  # fmt: skip
    except SQLAlchemyError as error:
        if not details:
            current_app.logger.error("%s cannot be used: %s", where, plainly(error))
        why = plainly(error) if details else "the log says why"
        return f"{where} cannot be used ({why}): if it has not been made yet, run {COMMAND}"
