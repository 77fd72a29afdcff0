"""How long a request waits for PostgreSQL: a server that is frozen must not keep the threads of a site.

The server itself ends what takes too long. A server that does not even do that is given up by this side; and until it
is asked again, by one request for all, nobody waits for it. Commands wait for answers as long as it takes.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from flask import has_request_context
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import TimeoutError as NoneLeft

if TYPE_CHECKING:
    import psycopg

# Seconds, each a little longer than what it is to be told by.
CONNECT = 3  # for the server to greet
LOCK = 4  # for another's lock
STATEMENT = 5  # for one statement
SILENCE = 6  # for any answer
LOCK_OF_COMMANDS = 15
REST = 10  # until a server that gave none is asked again


class Patience:
    """What is known of one server."""

    def __init__(self) -> None:
        self.silent, self.until, self.since = False, 0.0, 0.0

    def begin(self) -> None:
        """Raises SQLAlchemy's TimeoutError while the server is known to be silent; one request in REST finds out."""
        if self.silent:
            if time.monotonic() < self.until:
                raise NoneLeft("it gave no answer a moment ago")
            self.until = time.monotonic() + REST

    def gave_up(self) -> None:
        """It has kept somebody waiting for too long."""
        self.silent, self.since = True, time.monotonic()
        self.until = self.since + REST


def limit(engine: Engine) -> None:
    """Have requests wait for this PostgreSQL engine as long as is said above, and no longer."""
    patience = _of(engine)
    event.listen(engine, "do_connect", lambda *words: _connect(patience, words[2], words[3]))
    event.listen(engine, "begin", _begin)


def begin(engine: Engine) -> None:
    """To be called before a request's first use of a database; raises SQLAlchemy's TimeoutError."""
    if engine.dialect.name == "postgresql":
        _of(engine).begin()


def _of(engine: Engine) -> Patience:
    return _known.setdefault(f"{engine.url.host}:{engine.url.port} {engine.url.query}", Patience())


_known: dict[str, Patience] = {}  # several engines may have one server


def _begin(connection: Connection) -> None:
    """For this transaction only, as PgBouncer gives connections away after."""
    asked = has_request_context()
    limits = {
        "lock_timeout": LOCK if asked else LOCK_OF_COMMANDS,
        **({"statement_timeout": STATEMENT} if asked else {}),
    }
    connection.exec_driver_sql("; ".join(f"SET LOCAL {name} = {sec * 1000:.0f}" for name, sec in limits.items()))


def _connect(patience: Patience, arguments: list[Any], options: dict[str, Any]) -> psycopg.Connection[Any]:
    import psycopg
    from psycopg.errors import ConnectionTimeout

    class Limited(psycopg.Connection[Any]):
        """A connection that a request does not wait on for ever."""

        def wait(self, gen: Generator[Any, Any, Any], interval: float = 0.1, timeout: float | None = None) -> Any:
            """The same as psycopg's own."""
            if timeout is not None or not has_request_context():
                return super().wait(gen, interval, timeout)
            began, seconds = time.monotonic(), CONNECT if patience.silent else SILENCE
            try:
                found = super().wait(gen, interval, seconds)
            except psycopg.OperationalError as error:
                if time.monotonic() - began < seconds:
                    raise
                self.pgconn.finish()
                patience.gave_up()
                raise psycopg.OperationalError(f"the server gave no answer in {seconds} s") from error
            patience.silent = False
            return found

    if patience.silent and time.monotonic() < patience.since + CONNECT:  # the pool wants another connection at once
        raise psycopg.OperationalError("it gave no answer just now")
    options.setdefault("connect_timeout", CONNECT)
    try:
        return Limited.connect(*arguments, **options)
    except ConnectionTimeout:
        patience.gave_up()
        raise
