"""A database that cannot be used just now - away, locked, full, only to be read - is answered with 503, and logged.

A request does not wait long for one either: patience.py.
"""

from __future__ import annotations

import re

from flask import Flask, current_app
from flask import Response as FlaskResponse
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoneLeft
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.wrappers import Response

from ... import errors, hooks
from ..database import db
from ..schema import RETRY
from . import patience

# SQLite's names of results, and PostgreSQL's classes of errors: connections, conflicts, resources, locks, an operator's
# intervention, the system; and that a transaction may only read.
PASSING = re.compile(r"SQLITE_(BUSY|LOCKED|READONLY|IOERR|FULL|CANTOPEN)(_.*)?|(08|40|53|55|57|58)...|25006")


def init_app(app: Flask) -> None:
    """Tell a database's outages (503) from the application's own mistakes (500), and wait for none for long."""
    app.register_error_handler(SQLAlchemyError, answer)
    app.after_request(let_go)
    hooks.of(app).patience.append(patience.begin)
    with app.app_context():
        for engine in db.engines.values():
            if engine.dialect.name == "postgresql":
                patience.limit(engine)


def let_go(response: FlaskResponse) -> FlaskResponse:
    """The response is made: end the session, whose failure now is the database's and no longer the visitor's."""
    try:
        db.session.remove()
    except SQLAlchemyError as error:
        current_app.logger.error("A database cannot be used.", exc_info=error)
    return response


def answer(error: SQLAlchemyError) -> Response:
    """503 with Retry-After; raises an error that is not an outage."""
    if not passing(error):
        raise error
    current_app.logger.error("A database cannot be used.", exc_info=error)
    message = "The database cannot be used just now. Please try again in a moment."
    return errors.answer(ServiceUnavailable(message, retry_after=RETRY))


def passing(error: SQLAlchemyError) -> bool:
    """Whether the same request may succeed later."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, NoneLeft)  # all of the pool's connections were in use
    code = getattr(error.orig, "sqlite_errorname", "") or getattr(error.orig, "sqlstate", "")
    return code is None or bool(PASSING.fullmatch(code))  # None: PostgreSQL could not even be asked
