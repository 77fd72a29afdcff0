"""What happens while something else does: locks are taken in one order, and what was checked is still so."""

from __future__ import annotations

import pytest
from sqlalchemy import event, update
from werkzeug.security import generate_password_hash

from yourapplication.api import recent
from yourapplication.auth import passwords
from yourapplication.auth.models import User
from yourapplication.data.database import db

from .conftest import PASSWORD, sign_in, submit

NEW_KEY = "UPDATE \"user\" SET session_key = 'another'"


@pytest.fixture
def writes(app):
    """The binds in the order in which they are written."""
    found = []
    with app.app_context():
        engines = [(key or "default", engine) for key, engine in db.engines.items()]
    for name, engine in engines:

        def note(connection, cursor, statement, *others, name=name):
            if statement.startswith(("INSERT", "UPDATE", "DELETE")):
                found.append(name)

        event.listen(engine, "before_cursor_execute", note)
    return found


def test_the_default_bind_is_written_before_the_audit_bind(client, writes):
    sign_in(client)
    for path, fields in (("/add", {"title": "T", "body": "x"}), ("/entries/1/edit", {"title": "U", "body": "x"}),
                         ("/entries/1/delete", {})):  # fmt: skip
        writes.clear()
        assert submit(client, path, **fields).status_code == 303
        assert writes == ["default", "audit"], path


def test_a_sign_in_that_renews_the_hash_writes_in_that_order_too(app, client, writes):
    with app.app_context():
        db.session.execute(update(User).values(password_hash=generate_password_hash(PASSWORD)))
        db.session.commit()
    writes.clear()
    assert sign_in(client).status_code == 303
    # It has begun; the hash; it has ended, old events; old sessions, the new one.
    assert writes == ["audit", "default", "audit", "audit", "default", "default"]


@pytest.fixture
def meanwhile(monkeypatch, sql):
    """meanwhile(statement): it is run while a password is looked at."""

    def prepare(statement):
        look = passwords.matches

        def slow(kept, password):
            right = look(kept, password)
            sql(statement)
            return right

        monkeypatch.setattr(passwords, "matches", slow)

    return prepare


def test_a_password_that_was_changed_while_it_was_looked_at_is_wrong(client, meanwhile):
    meanwhile(NEW_KEY)  # as `flask user password` and `disable` do
    assert sign_in(client).status_code == 400
    assert client.get("/add").status_code == 303
    entry = {"title": "T", "body": "x"}
    assert client.post("/api/entries", json=entry, auth=("ada", PASSWORD)).status_code == 201
    recent._found.clear()
    meanwhile("UPDATE \"user\" SET session_key = 'a third'")
    assert client.post("/api/entries", json=entry, auth=("ada", PASSWORD)).status_code == 401


def test_renewing_a_hash_does_not_bring_back_an_old_password(app, client, meanwhile, sql):
    with app.app_context():
        db.session.execute(update(User).values(password_hash=generate_password_hash(PASSWORD)))
        db.session.commit()
    meanwhile("UPDATE \"user\" SET password_hash = 'of another password', session_key = 'another'")
    assert sign_in(client).status_code == 400
    assert sql('SELECT password_hash FROM "user"') == [("of another password",)]


def test_a_user_whom_the_release_before_has_made_can_sign_in(client, sql):
    sql('UPDATE "user" SET session_key = NULL')
    assert sign_in(client).status_code == 303
    assert client.get("/add").status_code == 200
