"""A database that is full, locked, only to be read or away: 503 for people and programs, and readers read on."""

from __future__ import annotations

import contextlib
import threading
import time

import pytest
import sqlalchemy
from sqlalchemy import event

from yourapplication import database, lock
from yourapplication.database import db

from .conftest import PASSWORD, sign_in, submit

ENTRY = {"title": "T", "body": "x" * 50_000}


@pytest.fixture
def renew(app):
    """renew(): all connections begin anew."""

    def dispose():
        with app.app_context():
            for engine in db.engines.values():
                engine.dispose()

    return dispose


@pytest.fixture
def full(app, engine, renew, sql, uri):
    """The databases take no more: SQLite's have no page left, PostgreSQL's may only be read."""
    if engine == "sqlite":
        with app.app_context():
            for each in db.engines.values():
                event.listen(each, "connect", lambda connection, _: connection.execute("PRAGMA max_page_count=1"))
        yield renew()
        return
    name = sqlalchemy.make_url(uri).database
    sql(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    yield renew()


def unavailable(response, caplog):
    assert (response.status_code, response.headers["Retry-After"]) == (503, "10")
    assert "The database cannot be used just now" in response.text
    assert [record.levelname for record in caplog.records if record.levelname != "INFO"] == ["ERROR"]
    caplog.clear()


def test_readers_read_on_while_nothing_can_be_written(client, full, caplog, engine):
    assert client.get("/").status_code == 200
    if engine == "postgresql":  # the attempt itself is noted in the audit bind; SQLite finds room for so little
        unavailable(sign_in(client), caplog)


def test_what_cannot_be_written_is_an_outage(client, request, caplog):
    sign_in(client)
    request.getfixturevalue("full")
    unavailable(submit(client, "/add", **ENTRY), caplog)
    assert client.get("/").status_code == 200


@pytest.fixture
def other(uri):
    """A connection of somebody else's, in a transaction that ends only when they say so."""
    engine = sqlalchemy.create_engine(uri.replace("postgresql:", "postgresql+psycopg:"), poolclass=sqlalchemy.NullPool)
    with contextlib.closing(engine.connect()) as connection:
        yield connection


def test_a_lock_that_is_kept_is_an_outage_after_a_while(client, renew, other, engine, caplog, monkeypatch):
    sign_in(client)
    monkeypatch.setattr(database, "BUSY_TIMEOUT", 0.5)
    renew()
    other.exec_driver_sql("BEGIN IMMEDIATE" if engine == "sqlite" else "LOCK TABLE entry IN EXCLUSIVE MODE")
    began = time.monotonic()
    unavailable(submit(client, "/add", **ENTRY), caplog)
    assert 0.5 <= time.monotonic() - began < 5
    other.rollback()
    assert submit(client, "/add", **ENTRY).status_code == 303


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_commands_wait_for_each_other_longer_than_requests_do(app, other, monkeypatch):
    monkeypatch.setattr(database, "BUSY_TIMEOUT", 0.2)
    other.exec_driver_sql(f"SELECT pg_advisory_xact_lock({lock.LOCK})")
    began = time.monotonic()
    later = threading.Timer(1, other.rollback)
    later.start()
    with app.app_context(), lock.alone():
        waited = time.monotonic() - began
    later.join()
    assert waited > 2 * database.BUSY_TIMEOUT


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_connection_that_breaks_is_an_outage_and_then_over(client, app, sql, caplog):
    sign_in(client)
    with app.app_context():

        @event.listens_for(db.engine, "before_cursor_execute")
        def leave(connection, cursor, statement, *others):
            if statement.startswith("INSERT INTO entry"):
                sql(f"SELECT pg_terminate_backend({connection.connection.driver_connection.info.backend_pid})")

        response = submit(client, "/add", **ENTRY)
        event.remove(db.engine, "before_cursor_execute", leave)
    unavailable(response, caplog)
    assert submit(client, "/add", **ENTRY).status_code == 303


def test_the_api_says_so_as_a_problem(client, request, caplog):
    credentials = ("ada", PASSWORD)
    assert client.post("/api/entries", json={"title": "T", "body": "x"}, auth=credentials).status_code == 201
    request.getfixturevalue("full")
    response = client.post("/api/entries", json=ENTRY, auth=credentials)
    assert response.mimetype == "application/problem+json"
    unavailable(response, caplog)


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
@pytest.mark.parametrize("path", ["/", "/add", "/entries/9", "/feed.atom", "/api/entries", "/readyz", "/?before=x"])
def test_no_request_leaves_a_transaction_open(client, sql, path):
    sign_in(client)
    client.get(path)
    assert sql("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%%'") == [(0,)]
