"""What is an event, and in which order the binds are written."""

from __future__ import annotations

import pytest
from sqlalchemy import event, update
from werkzeug.security import generate_password_hash

from yourapplication.audit.models import Event
from yourapplication.auth.models import User
from yourapplication.data.database import db

from ..conftest import PASSWORD, sign_in, submit


@pytest.fixture
def site(flask, app):
    """The command line on databases with one user, ada."""
    return flask


def test_each_change_is_an_event(app, others):
    submit(others["ada"], "/add", title="Second", body="x")
    submit(others["root"], "/entries/1/edit", title="T", body="x")
    submit(others["ada"], "/entries/2/delete")
    with app.app_context():
        found = [(event.action, event.account, event.detail) for event in db.session.query(Event)][3:]
    assert found == [
        ("entry added", "ada", "2 Second"),
        ("entry edited", "root", "1 T"),
        ("entry deleted", "ada", "2 Second"),
    ]


def test_what_is_done_to_users_is_an_event(site):
    site("user", "add", "grace", input=PASSWORD)
    site("user", "role", "ada", "admin")
    site("user", "disable", "ada")
    lines = [line.split("\t") for line in site("audit").stdout.splitlines()]
    assert [(action, account, detail) for _, action, account, _, detail in lines] == [
        ("user added as author", "grace", "by command"),
        ("user is now admin", "ada", "by command"),
        ("user disabled", "ada", "by command"),
    ]
    assert site("audit", "--last", "1").stdout.splitlines() == ["\t".join(lines[-1])]


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
