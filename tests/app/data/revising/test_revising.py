"""flask db: down and up again, and migrations that are written from the models."""

from __future__ import annotations

import pytest
from werkzeug.security import generate_password_hash

from yourapplication.auth.attempts import authenticate
from yourapplication.parts import BINDS

from ...conftest import PASSWORD
from ...migrations import OTHERS


def test_down_and_up_again(flask, used, project):
    for bind, one, words in (("default", "0001", ["0001"]), *((name, "none", []) for name in BINDS)):
        result = flask("db", "downgrade", "--bind", bind, *words)
        assert result.returncode == 0, result.stderr
        assert f"the database of bind {bind} is at revision {one}, it was at" in result.stdout
    assert flask("user", "list").returncode == 2
    assert flask("db", "upgrade").returncode == 0
    assert flask("user", "list").stdout == "ada\tauthor\tlocal\n"
    assert used("SELECT title, summary, searchable FROM entry") == [("t", "b", "t\nb")]
    assert flask("db", "downgrade", "--bind", "default", "base").returncode == 0
    assert flask("db", "current").stdout.startswith("default\tnone\tneeds 0003\n")
    assert flask("init-db").returncode == 0
    assert flask("user", "list").stdout == ""


def test_a_database_of_the_release_before_is_taken_over(flask, sql, make, project):
    assert flask("db", "upgrade", "--bind", "default", "0001").returncode == 0
    kept = generate_password_hash(PASSWORD)
    sql(f"INSERT INTO \"user\" (name, password_hash) VALUES ('ada', '{kept}')".replace("%", "%%"))
    sql("INSERT INTO entry (title, body, created, author_id) VALUES ('T', 'Größe', '2020-01-01 00:00:00', 1)")
    assert flask("init-db").returncode == 0
    assert sql("SELECT summary, searchable, modified = created FROM entry") == [("Größe", "t\ngrösse", True)]
    with make("development").app_context():
        user = authenticate("ada", PASSWORD)
        assert user
        assert user.password_hash.startswith("$argon2id$")
        assert user.session_key


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        pytest.param(("db", "upgrade", "0001"), "of which bind?", id="no-bind"),
        pytest.param(("db", "upgrade", "--bind", "default", "beef"), "beef", id="unknown"),
        pytest.param(("db", "downgrade", "--bind", "default", "beef"), "beef", id="unknown-down"),
        pytest.param(("db", "downgrade"), "Missing option '--bind'", id="down-what"),
        pytest.param(("db", "upgrade", "--bind", "other"), "'other' is not one of 'default'", id="other"),
    ],
)
def test_a_wrong_request_is_refused(flask, uri, words, reason):
    assert flask("init-db").returncode == 0
    result = flask(*words)
    assert result.returncode == 2
    assert reason in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("column", "expands"),
    [("sa.String(40)", True), ("sa.String(40), nullable=False", False), ("None", None)],
    ids=["adds", "demands", "nothing"],
)
def test_migrations_are_written_from_the_models(flask, uri, project, column, expands):
    assert flask("init-db").returncode == 0
    path = project / "yourapplication" / "blog" / "models.py"
    if expands is not None:
        text = path.read_text().replace("from sqlalchemy import", "import sqlalchemy as sa\nfrom sqlalchemy import", 1)
        path.write_text(text.replace("    author_id:", f"    place = mapped_column({column})\n    author_id:"))
    result = flask("db", "migrate", "-m", "where it was")
    assert result.returncode == 0, result.stderr
    if expands is None:
        assert result.stdout == "nothing to do: the models are as the databases\n"
        return
    (written,) = project.glob("yourapplication/migrations/default/0004_*.py")
    assert f"written: {written}: read it before you run it" in result.stdout
    assert f"\nexpands = {expands}\n" in written.read_text()
    assert flask("init-db").stdout.endswith(f"default 0004 (was 0003){OTHERS}\n")
    assert flask("db", "downgrade", "--bind", "default").returncode == 0


def test_revisions_of_a_database_that_is_not_there_are_refused(flask, tmp_path):
    result = flask("db", "current", env={"FLASK_SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path}/x.sqlite"})
    assert result.returncode == 2
    assert result.stderr == "Error: the database of bind default cannot be used: unable to open database file\n"
