"""/healthz and /readyz: what supervisors and deployments are told, and that asking changes nothing."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import pytest

from yourapplication import schema


def database(project):
    return project / "instance" / "testing.sqlite"


def change(project, statement):
    with closing(sqlite3.connect(database(project))) as connection, connection:
        connection.execute(statement)


def test_health_names_release_and_adapter(make, instance):
    instance(RELEASE="20261121-1", ADAPTER="tornado")
    response = make("testing").test_client().get("/healthz")
    assert response.json == {"status": "ok", "release": "20261121-1", "adapter": "tornado"}
    assert (response.status_code, response.headers["Cache-Control"]) == (200, "no-store")


def test_ready_with_the_schema(client):
    response = client.get("/readyz")
    assert (response.status_code, response.json) == (200, {"status": "ready"})
    assert response.headers["Cache-Control"] == "no-store"


def test_a_missing_database_is_not_made_by_asking(make, instance):
    folder = instance().parent
    client = make("testing").test_client()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "unable to open database file" in response.json["reason"]
    assert "flask --app yourapplication init-db" in response.json["reason"]
    client.application.config["PROPAGATE_EXCEPTIONS"] = False
    assert client.get("/").status_code == 500
    assert client.get("/healthz").status_code == 200
    assert [path.name for path in folder.iterdir()] == ["config.json"]


def test_a_database_is_ready_as_soon_as_it_is_made(make):
    app = make("testing")
    assert app.test_client().get("/readyz").status_code == 503
    with app.app_context():
        schema.upgrade(lambda line: None)
    assert app.test_client().get("/readyz").status_code == 200


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        pytest.param("DROP TABLE alembic_version", "has no schema: run flask", id="no-schema"),
        pytest.param("DELETE FROM alembic_version", "has no schema: run flask", id="no-revision"),
        pytest.param("UPDATE alembic_version SET version_num = 'beef'", "beef, which this release", id="odd"),
    ],
)  # fmt: skip
def test_a_wrong_schema_is_the_reason(client, project, damage, reason):
    change(project, damage)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert reason in response.json["reason"]


def test_a_file_that_is_no_database_is_the_reason(client, project):
    for path in project.glob("instance/testing.sqlite*"):
        path.unlink()
    database(project).write_text("not a database, but long enough to be read as the header of one" * 20)
    with client.application.app_context():
        schema.db.engine.dispose()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "file is not a database" in response.json["reason"]


def test_a_pending_migration_is_the_reason_and_a_newer_database_is_not(run, flask, project, tmp_path):
    environment = {"APPLICATION_CONFIG": "testing"}
    ask = ("-c", "from yourapplication import app; r = app.test_client().get('/readyz'); print(r.status_code, r.text)")
    assert flask("init-db", env=environment).returncode == 0
    versions = project / "yourapplication" / "migrations" / "versions"
    (versions / "0002_next.py").write_text(NEXT)
    assert run(*ask, env=environment).stdout.startswith(
        '503 {"reason":"the database is at revision 0001 and needs 0002: run flask'
    )
    assert flask("init-db", env=environment).returncode == 0
    assert run(*ask, env=environment).stdout.startswith("200")
    (versions / "0002_next.py").unlink()  # the release before: its migrations reach 0001, the database went on
    shutil.rmtree(versions / "__pycache__", ignore_errors=True)
    assert run(*ask, env=environment).stdout.startswith("200")
    result = flask("init-db", env=environment)
    assert (result.returncode, result.stdout) == (0, "nothing to do: the database is at revision 0002\n")


NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.add_column("entry", sa.Column("place", sa.String(40)))
"""


def test_serving_never_imports_alembic(run):
    result = run("-c", "import sys; from yourapplication import app; c = app.test_client();"
                 "print(c.get('/readyz').status_code, c.get('/healthz').status_code, c.get('/sign-in').status_code,"
                 "[name for name in sys.modules if name.partition('.')[0] in ('alembic', 'mako')])")  # fmt: skip
    assert (result.returncode, result.stdout) == (0, "503 200 200 []\n"), result.stderr
