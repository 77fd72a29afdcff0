"""init-db and user: run as an administrator runs them, as real processes."""

from __future__ import annotations

import os
import pty
import select
import sqlite3
import stat
import subprocess
import sys
import textwrap
from contextlib import closing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from yourapplication import schema
from yourapplication.auth.models import authenticate
from yourapplication.database import db

from .conftest import PASSWORD, clean

MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    {}
"""


def query(path, statement):
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement).fetchall()


@pytest.fixture
def database(project):
    return project / "instance" / "development.sqlite"


@pytest.fixture
def next_migration(project):
    """Write the body of the migration that a next release would bring."""

    def write(body):
        path = project / "yourapplication" / "migrations" / "versions" / "0002_next.py"
        path.write_text(MIGRATION.format(textwrap.indent(textwrap.dedent(body), "    ").strip()))
        return path

    return write


@pytest.fixture
def used(flask, database):
    """A database in use: one user, one entry."""
    flask("init-db")
    assert flask("user", "add", "ada", input=PASSWORD).returncode == 0
    query(database, "INSERT INTO entry (title, body, created, author_id) VALUES ('t', 'b', '2020-01-01 00:00:00', 1)")
    return database


def test_init_db_makes_the_database_once(flask, database):
    first, second = flask("init-db"), flask("init-db")
    assert (first.returncode, first.stdout, first.stderr) == (0, "the database is at revision 0001\n", "")
    assert (second.returncode, second.stdout) == (0, "nothing to do: the database is at revision 0001\n")
    assert query(database, "PRAGMA journal_mode") == [("wal",)]
    assert stat.S_IMODE(database.stat().st_mode) == 0o600
    assert not list(database.parent.glob("*.backup"))


def test_init_db_takes_an_empty_file_for_a_new_database(flask, database):
    database.parent.mkdir()
    database.touch()
    assert flask("init-db").stdout == "the database is at revision 0001\n"
    assert query(database, "PRAGMA journal_mode") == [("wal",)]


@pytest.mark.parametrize("pending", [False, True], ids=["new", "pending"])
def test_init_db_at_once_by_many_is_done_by_one(flask, database, project, next_migration, pending):
    if pending:
        assert flask("init-db").returncode == 0
        next_migration('op.add_column("entry", sa.Column("place", sa.String(40)))')
    command = [sys.executable, "-m", "flask", "--app", "yourapplication", "init-db"]
    options = {"cwd": project, "env": clean(), "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    started = [subprocess.Popen(command, **options) for _ in range(4)]
    outputs = [process.communicate(timeout=120)[0] for process in started]
    assert [process.returncode for process in started] == [0] * 4, outputs
    assert sum("nothing to do" in output for output in outputs) == 3
    assert len(list(database.parent.glob("*.backup"))) == pending
    assert query(database, "SELECT count(*) FROM alembic_version") == [(1,)]


def test_init_db_backs_up_before_it_migrates(flask, used, next_migration):
    next_migration("""
        op.execute("UPDATE entry SET title = 'changed'")
        with op.batch_alter_table("user", recreate="always") as batch:  # made anew, although entries refer to it
            batch.add_column(sa.Column("place", sa.String(40)))
    """)
    result = flask("init-db")
    assert result.returncode == 0, result.stderr
    first, second = result.stdout.splitlines()
    assert second == "the database is at revision 0002, it was at 0001"
    (backup,) = used.parent.glob("*.backup")
    assert first == f"backup: {backup}"
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert query(backup, "SELECT title, version_num FROM entry, alembic_version") == [("t", "0001")]
    assert query(backup, "PRAGMA integrity_check") == [("ok",)]
    assert query(used, "SELECT title, version_num FROM entry, alembic_version") == [("changed", "0002")]
    assert query(used, "SELECT place FROM user") == [(None,)]


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        pytest.param('op.drop_table("no_such_table")', "no such table: no_such_table", id="error"),
        pytest.param('op.execute("DELETE FROM user")', "entry would refer to missing rows of user", id="reference"),
    ],
)
def test_a_failing_migration_changes_nothing(flask, used, next_migration, last, reason):
    next_migration(f"""
        op.add_column("entry", sa.Column("place", sa.Text()))
        op.execute("UPDATE entry SET title = 'lost'")
        {last}
    """)
    result = flask("init-db")
    assert result.returncode == 2
    assert reason in result.stderr
    assert "the database is as it was" in result.stderr
    assert "Traceback" not in result.stderr
    assert query(used, "SELECT title, version_num FROM entry, alembic_version") == [("t", "0001")]
    assert query(used, "SELECT count(*) FROM pragma_table_info('entry') WHERE name = 'place'") == [(0,)]
    assert flask("user", "list").returncode == 2  # the migration is still pending


def test_init_db_leaves_an_unknown_database_as_it_is(flask, used):
    query(used, "UPDATE alembic_version SET version_num = 'beef'")
    before = used.read_bytes()
    result = flask("init-db")
    assert result.returncode == 2
    assert result.stderr == "Error: the database is at revision beef, which this release does not know; left as it is\n"
    assert used.read_bytes() == before


def test_init_db_says_when_the_database_cannot_be_made(flask, instance, tmp_path):
    (tmp_path / "file").touch()
    instance(SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path}/file/x.sqlite")
    result = flask("init-db")
    assert result.returncode == 2
    assert result.stderr.startswith(f"Error: the database {tmp_path}/file/x.sqlite cannot be made: ")
    assert result.stderr.count("\n") == 1


def test_an_absolute_database_outside_the_checkout_is_used(flask, instance, tmp_path):
    path = tmp_path / "shared folder" / "site #1 100%.sqlite"
    instance(SQLALCHEMY_DATABASE_URI=f"sqlite:///{path}")
    assert flask("init-db").returncode == 0
    assert flask("user", "add", "ada", input=PASSWORD).returncode == 0
    assert query(path, "SELECT name FROM user") == [("ada",)]


def test_the_models_are_what_the_migrations_make(app):
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.metadata) == []


def test_there_is_one_newest_migration():
    assert schema.head() in schema.known()


def test_connections_keep_what_sqlite_forgets(app):
    with app.app_context(), db.engine.connect() as connection:
        values = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                  for name in ("foreign_keys", "busy_timeout", "journal_mode")}  # fmt: skip
    assert values == {"foreign_keys": 1, "busy_timeout": 15000, "journal_mode": "wal"}


def test_there_is_no_default_account(flask):
    flask("init-db")
    assert (flask("user", "list").returncode, flask("user", "list").stdout) == (0, "")


def test_users_are_added_and_listed(flask, make):
    flask("init-db")
    for name in ("grace", "ada lovelace", "émilie"):
        result = flask("user", "add", name, input=f"{PASSWORD}\nsecond line\n")
        assert (result.returncode, result.stdout, result.stderr) == (0, f"user {name} added\n", "")
    assert flask("user", "list").stdout == "ada lovelace\ngrace\némilie\n"
    with make("development").app_context():
        assert authenticate("grace", PASSWORD)
        assert authenticate("grace", PASSWORD + " ") is None


@pytest.mark.parametrize(
    ("name", "password", "reason"),
    [
        pytest.param("eve", "", "the password has 0 characters: it must have 8 or more", id="no-password"),
        pytest.param("eve", "seven77\n", "the password has 7 characters: it must have 8 or more", id="short-password"),
        pytest.param("ada", PASSWORD, "there is a user ada already", id="duplicate"),
        pytest.param("", PASSWORD, "the name '' will not do", id="no-name"),
        pytest.param(" eve", PASSWORD, "the name ' eve' will not do", id="space"),
        pytest.param("e" * 65, PASSWORD, "will not do: 1 to 64 characters", id="long-name"),
        pytest.param("e\nve", PASSWORD, "will not do", id="unprintable"),
    ],
)
def test_a_wrong_user_is_refused(flask, used, name, password, reason):
    result = flask("user", "add", name, input=password)
    assert (result.returncode, result.stdout) == (2, "")
    assert reason in result.stderr
    assert result.stderr.count("\n") == 1
    assert flask("user", "list").stdout == "ada\n"


def test_users_need_a_database(flask, database):
    result = flask("user", "add", "ada", input=PASSWORD)
    assert result.returncode == 2
    assert "run flask --app yourapplication init-db" in result.stderr
    assert not database.exists()


@pytest.mark.parametrize(
    ("answers", "code", "said"),
    [
        pytest.param([PASSWORD, PASSWORD], 0, "user ada added", id="twice"),
        pytest.param(["a slip of it", "another", PASSWORD, PASSWORD], 0, "user ada added", id="slip"),
        pytest.param(["short", "short"], 2, "the password has 5 characters", id="short"),
        pytest.param(["", ""], 2, "the password has 0 characters", id="empty"),
    ],
)
def test_on_a_terminal_the_password_is_asked_for_twice_and_not_shown(flask, project, answers, code, said):
    flask("init-db")
    command = [sys.executable, "-m", "flask", "--app", "yourapplication", "user", "add", "ada"]
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(project)
        os.execve(command[0], command, clean({"TERM": "dumb"}))
    shown, waiting = "", list(answers)
    with open(terminal, "r+b", buffering=0) as file:
        while select.select([file], [], [], 60)[0]:
            try:
                shown += file.read(4096).decode()
            except OSError:  # EIO: the other end has been closed
                break
            if waiting and shown.rstrip(" ").endswith(":"):
                shown += "<asked>"
                file.write(waiting.pop(0).encode() + b"\n")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == code, shown
    assert shown.count("<asked>") == len(answers)
    assert said in shown
    assert PASSWORD not in shown
