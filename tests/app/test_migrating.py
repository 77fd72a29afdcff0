"""init-db and flask db, run as an administrator runs them, as real processes, on both engines."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
import tarfile
import textwrap

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from werkzeug.security import generate_password_hash

from yourapplication.auth.attempts import authenticate
from yourapplication.data import binds

from .conftest import PASSWORD, clean

MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
expands = {expands}


def upgrade():
    {body}


def downgrade():
    pass
"""
UP_TO_DATE = "the databases are at revision: default 0003, audit 0001\n"
COLUMN = 'op.add_column("entry", sa.Column("place", sa.String(40)))'


@pytest.fixture
def migration(project):
    """Write the body of the migration that a next release would bring."""

    def write(body, expands=True, bind="default", revision="0004", before="0003"):
        path = (
            project
            / "yourapplication"
            / ("migrations/default" if bind == "default" else f"{bind}/migrations")
            / f"{revision}_next.py"
        )
        lines = textwrap.indent(textwrap.dedent(body), "    ").strip()
        path.write_text(MIGRATION.format(revision=revision, before=before, expands=expands, body=lines))
        return path

    return write


@pytest.fixture
def used(app, sql):
    """Databases in use: one user, one entry."""
    sql("INSERT INTO entry (title, body, created, author_id) VALUES ('t', 'b', '2020-01-01 00:00:00', 1)")
    return sql


def backups(project):
    return sorted((project / "instance").glob("backups/*.backup"))


def test_init_db_makes_the_databases_once(flask, uri, sql, project):
    first, second = flask("init-db"), flask("init-db")
    assert (first.returncode, first.stdout, first.stderr) == (0, UP_TO_DATE, "")
    assert (second.returncode, second.stdout) == (0, f"nothing to do: {UP_TO_DATE}")
    assert sql("SELECT revision FROM schema_history ORDER BY revision") == [("0001",), ("0002",), ("0003",)]
    assert sql("SELECT revision FROM audit_schema_history", "audit") == [("0001",)]
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
    assert len(backups(project)) == (state == "used")
    assert sql("SELECT count(*) FROM alembic_version") == [(1,)]
    assert (
        flask("db", "current").stdout
        == {
            "new": "default\t0003\tneeds 0003\naudit\t0001\tneeds 0001\n",
            "used": "default\t0004\tneeds 0004\naudit\t0001\tneeds 0001\n",
        }[state]
    )


def test_init_db_backs_up_before_it_migrates(flask, used, migration, project, uri):
    migration("""
        op.execute("UPDATE entry SET title = 'changed'")
        with op.batch_alter_table("user") as batch:
            batch.add_column(sa.Column("place", sa.String(40)))
    """)
    result = flask("init-db")
    assert result.returncode == 0, result.stderr
    (backup,) = backups(project)
    said = "the databases are at revision: default 0004 (was 0003), audit 0001"
    assert result.stdout == f"backup: {backup}\n{said}\n"
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    with tarfile.open(backup) as archive:
        assert "contents.json" in archive.getnames()
    assert used("SELECT title, version_num FROM entry, alembic_version") == [("changed", "0004")]
    assert used('SELECT place FROM "user"') == [(None,)]


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
    assert str(backups(project)[0]) in result.stdout
    assert flask("user", "list").returncode == 2  # the migration is still pending


@pytest.mark.parametrize("bind", ["default", "audit"])
def test_an_unknown_database_is_left_as_it_is(flask, used, bind):
    prefix = "audit_" if bind == "audit" else ""
    used(f"UPDATE {prefix}alembic_version SET version_num = 'beef'", bind)
    result = flask("init-db")
    assert result.returncode == 2
    needed = {"default": "0003", "audit": "0001"}[bind]
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


def test_each_bind_may_have_a_database_of_its_own(flask, uri, sql, project, tmp_path):
    audit = f"sqlite:///{tmp_path}/other folder/audit #1 100%.sqlite"
    environment = {"FLASK_SQLALCHEMY_BINDS__audit": audit}
    assert flask("init-db", env=environment).returncode == 0
    assert flask("user", "add", "ada", input=PASSWORD, env=environment).returncode == 0
    assert "user added as author\tada" in flask("audit", env=environment).stdout
    assert (tmp_path / "other folder" / "audit #1 100%.sqlite").exists()
    assert flask("backup", "copy", env=environment).stdout == f"{project}/copy holds default, audit\n"


def test_the_models_are_what_the_migrations_make(app):
    with app.app_context():
        for bind in binds.BINDS:
            with bind.engine.connect() as connection:
                tables = bind.metadata.tables

                def ours(name, kind, parents, tables=tables):
                    return kind != "table" or name in tables

                options = {"compare_type": True, "version_table": bind.version_table, "include_name": ours}
                assert compare_metadata(MigrationContext.configure(connection, opts=options), bind.metadata) == []


def test_down_and_up_again(flask, used, project):
    for bind, one, words in (("default", "0001", ["0001"]), ("audit", "none", [])):
        result = flask("db", "downgrade", "--bind", bind, *words)
        assert result.returncode == 0, result.stderr
        assert result.stdout.startswith("backup: ")
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
        pytest.param(("db", "upgrade", "--bind", "other"), "'other' is not one of 'default', 'audit'", id="other"),
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
    assert flask("init-db").stdout.endswith("default 0004 (was 0003), audit 0001\n")
    assert flask("db", "downgrade", "--bind", "default").returncode == 0


def test_serving_never_imports_alembic(run):
    result = run("-c", "import sys; from yourapplication import app; c = app.test_client();"
                 "print(c.get('/readyz').status_code, c.get('/healthz').status_code, c.get('/sign-in').status_code,"
                 "[name for name in sys.modules if name.partition('.')[0] in ('alembic', 'mako')])")  # fmt: skip
    assert (result.returncode, result.stdout) == (0, "503 200 503 []\n"), result.stderr


def test_revisions_of_a_database_that_is_not_there_are_refused(flask, tmp_path):
    result = flask("db", "current", env={"FLASK_SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path}/x.sqlite"})
    assert result.returncode == 2
    assert result.stderr == "Error: the database of bind default cannot be used: unable to open database file\n"
