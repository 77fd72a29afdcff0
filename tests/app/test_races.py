"""What happens while something else does: locks are taken in one order, and what was checked is still so."""

from __future__ import annotations

from sqlalchemy import update
from werkzeug.security import generate_password_hash

from yourapplication.auth.models import User
from yourapplication.data.database import db

from .conftest import PASSWORD, sign_in


def test_a_password_that_was_changed_while_it_was_looked_at_is_wrong(client, meanwhile):
    meanwhile("UPDATE \"user\" SET session_key = 'another'")  # as `flask user password` and `disable` do
    assert sign_in(client).status_code == 400
    assert client.get("/add").status_code == 303


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
