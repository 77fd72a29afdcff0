"""init-db and flask db, run as an administrator runs them, as real processes, on both engines."""

from __future__ import annotations

import re
import stat
import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from yourapplication.data import binds
from yourapplication.parts import BINDS, PARTS

from .conftest import clean
from .migrations import COLUMN, OTHERS, backups

UP_TO_DATE = f"the databases are at revision: default 0003{OTHERS}\n"


def test_init_db_makes_the_databases_once(flask, uri, sql, project):
    first, second = flask("init-db"), flask("init-db")
    assert (first.returncode, first.stdout, first.stderr) == (0, UP_TO_DATE, "")
    assert (second.returncode, second.stdout) == (0, f"nothing to do: {UP_TO_DATE}")
    assert sql("SELECT revision FROM schema_history ORDER BY revision") == [("0001",), ("0002",), ("0003",)]
    for name in BINDS:
        assert sql(f"SELECT revision FROM {name}_schema_history", name) == [("0001",)]
    assert backups(project) == []
    assert {stat.S_IMODE(path.stat().st_mode) for path in project.glob("instance/*.db")} <= {0o600}


@pytest.mark.parametrize("state", ["new", "used"])
def test_four_init_db_at_once_are_one_migration(flask, uri, sql, project, migration, state):
    if state == "used":
        assert flask("init-db").returncode == 0
        migration(COLUMN)
    command = [sys.executable, "-m", "flask", "--app", "yourapplication", "init-db"]
    options = {"cwd": project, "env": clean({"FLASK_SQLALCHEMY_DATABASE_URI": uri}), "text": True}
    started = [subprocess.Popen(command, **options, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for _ in range(4)]
    outputs = [process.communicate(timeout=240)[0] for process in started]
    assert [process.returncode for process in started] == [0] * 4, outputs
    assert sum("nothing to do" in output for output in outputs) == 3
    assert sql("SELECT version_num FROM alembic_version") == [("0004" if state == "used" else "0003",)]
    assert len(backups(project)) == (state == "used" and "data.backup" in PARTS)


def test_sqlite_makes_a_table_anew_although_others_refer_to_it(flask, project, migration):
    assert flask("init-db").returncode == 0
    migration("""
        op.execute("INSERT INTO user (name) VALUES ('ada')")
        op.execute("INSERT INTO entry (title, body, created, author_id) VALUES ('t', 'b', '2020-01-01 00:00:00', 1)")
        with op.batch_alter_table("user", recreate="always") as batch:
            batch.add_column(sa.Column("place", sa.String(40)))
    """)
    assert flask("init-db").returncode == 0


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        pytest.param('op.drop_table("no_such_table")', "no_such_table", id="error"),
        pytest.param('op.execute("DELETE FROM \\"user\\"")', "refer|foreign key", id="reference"),
        pytest.param("raise LookupError('no such thing')", "no such thing", id="exception"),
    ],
)
def test_a_failing_migration_changes_nothing(flask, used, migration, project, last, reason):
    migration(f"""
        op.add_column("entry", sa.Column("place", sa.Text()))
        op.execute("UPDATE entry SET title = 'lost'")
        {last}
    """)
    result = flask("init-db")
    assert result.returncode != 0
    assert re.search(reason, result.stderr)
    if reason != "no such thing":
        assert result.returncode == 2
        assert "of bind default" in result.stderr
        assert "as it was" in result.stderr
        assert "Traceback" not in result.stderr
    assert used("SELECT title, version_num FROM entry, alembic_version") == [("t", "0003")]
    with pytest.raises(Exception, match="place"):
        used("SELECT place FROM entry")
    assert all(str(path) in result.stdout for path in backups(project))
    assert flask("user", "list").returncode == 2  # the migration is still pending


@pytest.mark.parametrize("bind", ["default", *BINDS])
def test_an_unknown_database_is_left_as_it_is(flask, used, bind):
    prefix = "" if bind == "default" else f"{bind}_"
    used(f"UPDATE {prefix}alembic_version SET version_num = 'beef'", bind)
    result = flask("init-db")
    assert result.returncode == 2
    needed = "0003" if bind == "default" else "0001"
    assert result.stderr == (f"Error: the database of bind {bind} is at revision beef, which this release does not "
                             f"know: it is left as it is; this release needs {needed}\n")  # fmt: skip
    assert used(f"SELECT version_num FROM {prefix}alembic_version", bind) == [("beef",)]


def test_init_db_says_when_the_database_cannot_be_made(flask, tmp_path):
    (tmp_path / "file").touch()
    result = flask("init-db", env={"FLASK_SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path}/file/x.sqlite"})
    assert result.returncode == 2
    assert result.stderr.startswith("Error: the databases cannot be made: ")
    assert f"{tmp_path}/file" in result.stderr
    assert result.stderr.count("\n") == 1


def test_init_db_says_when_postgresql_does_not_answer(flask, server):
    for uri in ("postgresql://app@127.0.0.1:1/x", server.url("no_such_database")):
        result = flask("init-db", env={"FLASK_SQLALCHEMY_DATABASE_URI": uri})
        assert result.returncode == 2
        assert result.stderr.startswith("Error: the databases cannot be used: ")
        assert result.stderr.count("\n") == 1
        assert server.password not in result.stderr


def test_the_models_are_what_the_migrations_make(app):
    with app.app_context():
        for bind in binds.BINDS:
            with bind.engine.connect() as connection:
                tables = bind.metadata.tables

                def ours(name, kind, parents, tables=tables):
                    return kind != "table" or name in tables

                options = {"compare_type": True, "version_table": bind.version_table, "include_name": ours}
                assert compare_metadata(MigrationContext.configure(connection, opts=options), bind.metadata) == []


def test_serving_never_imports_alembic(run):
    result = run("-c", "import sys; from yourapplication import app; c = app.test_client();"
                 "print(c.get('/readyz').status_code, c.get('/healthz').status_code, c.get('/sign-in').status_code,"
                 "[name for name in sys.modules if name.partition('.')[0] in ('alembic', 'mako')])")  # fmt: skip
    assert (result.returncode, result.stdout) == (0, "503 200 503 []\n"), result.stderr
