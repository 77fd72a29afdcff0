"""A database that is full, locked, only to be read or away: 503 for people and programs, and readers read on."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time

import pytest
import sqlalchemy
from sqlalchemy import event

from yourapplication.data import database, lock
from yourapplication.data.database import db
from yourapplication.data.outage import patience

from ...conftest import PASSWORD, sign_in, submit

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
    monkeypatch.setattr(patience, "LOCK", 0.5)
    renew()
    other.exec_driver_sql("BEGIN IMMEDIATE" if engine == "sqlite" else "LOCK TABLE entry IN EXCLUSIVE MODE")
    began = time.monotonic()
    unavailable(submit(client, "/add", **ENTRY), caplog)
    assert 0.5 <= time.monotonic() - began < 10
    other.rollback()
    assert submit(client, "/add", **ENTRY).status_code == 303


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_commands_wait_for_each_other_longer_than_requests_do(app, other, monkeypatch):
    monkeypatch.setattr(patience, "LOCK_OF_COMMANDS", 0.2)
    other.exec_driver_sql(f"SELECT pg_advisory_xact_lock({lock.LOCK})")
    began = time.monotonic()
    later = threading.Timer(1, other.rollback)
    later.start()
    with app.app_context(), lock.alone():
        waited = time.monotonic() - began
    later.join()
    assert waited > 2 * patience.LOCK_OF_COMMANDS


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


@pytest.fixture
def freeze(server):
    """freeze() stops all processes of the PostgreSQL server, thaw() lets them go on."""
    stopped = []

    def stop():
        stopped.extend(server.processes())
        for number in stopped:
            os.kill(number, signal.SIGSTOP)

    def go_on():
        while stopped:
            os.kill(stopped.pop(), signal.SIGCONT)

    yield stop, go_on
    go_on()
    patience._known.clear()  # other tests have the same server


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_frozen_server_keeps_nobody_for_long_and_then_nobody_at_all(client, freeze, monkeypatch):
    stop, go_on = freeze
    monkeypatch.setattr(patience, "SILENCE", 1)
    monkeypatch.setattr(patience, "CONNECT", 2)  # libpq's least
    assert client.get("/").status_code == 200
    stop()
    began = time.monotonic()
    assert client.get("/").status_code == 503
    assert 0.9 < time.monotonic() - began < 10
    for path in ("/", "/readyz", "/api/entries", "/healthz"):
        began = time.monotonic()
        response = client.get(path)
        assert response.status_code == (200 if path == "/healthz" else 503), path
        assert time.monotonic() - began < patience.SILENCE, path
    assert client.get("/").headers["Retry-After"] == "10"
    go_on()
    assert client.get("/").status_code == 503, "it is asked again after a while"
    monkeypatch.setattr(patience, "REST", 0.1)
    for known in patience._known.values():
        known.until = known.since = 0.0
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_server_that_freezes_when_the_page_is_made_harms_nobody(app, freeze, monkeypatch, caplog):
    stop, _ = freeze
    monkeypatch.setattr(patience, "SILENCE", 1)

    @app.get("/late")
    def late():
        db.session.scalar(sqlalchemy.text("SELECT 1"))
        stop()
        return "made"

    assert (app.test_client().get("/late").status_code, app.test_client().get("/healthz").status_code) == (200, 200)
    assert "gave no answer in 1 s" in caplog.text


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_statement_that_takes_too_long_is_an_outage_and_a_command_may_take_long(app, monkeypatch, caplog):
    monkeypatch.setattr(patience, "STATEMENT", 0.2)

    @app.get("/long")
    def long():
        return str(db.session.scalar(sqlalchemy.text("SELECT pg_sleep(0.6)")))

    unavailable(app.test_client().get("/long"), caplog)
    with app.app_context():
        db.session.scalar(sqlalchemy.text("SELECT pg_sleep(0.6)"))
