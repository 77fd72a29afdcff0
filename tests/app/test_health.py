"""/healthz and /readyz: what supervisors and deployments are told, and that nothing is served from a wrong schema."""

from __future__ import annotations

import shutil

import pytest

from yourapplication.data import migrating
from yourapplication.parts import BINDS

from ..migrations import ADDS_A_COLUMN
from .migrations import OTHERS


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
    for bind in ("default", *BINDS):
        assert f"the database of bind {bind} cannot be used (the log says why)" in response.json["reason"]
    assert "flask --app yourapplication init-db" in response.json["reason"]
    page = client.get("/")
    assert (page.status_code, page.headers["Retry-After"]) == (503, "10")
    assert "The database of bind default cannot be used" in page.text
    assert client.get("/healthz").status_code == 200
    assert [path.name for path in folder.iterdir()] == ["config.json"]


def test_a_server_that_is_away_is_the_reason_and_what_it_says_is_for_the_log(make, monkeypatch, caplog):
    monkeypatch.setenv("FLASK_SQLALCHEMY_DATABASE_URI", "postgresql://somebody:pass-word@127.0.0.1:1/x")
    client = make("testing").test_client()
    for response in (client.get("/readyz"), client.get("/"), client.get("/api/entries")):
        assert response.status_code == 503
        assert "database of bind default cannot be used (the log says why)" in response.text
        assert "127.0.0.1" not in response.text
        assert "onnection refused" in caplog.text
        assert "pass-word" not in response.text + caplog.text


def test_databases_are_ready_as_soon_as_they_are_made(make, uri):
    app = make("testing")
    assert app.test_client().get("/readyz").status_code == 503
    assert app.test_client().get("/").status_code == 503
    with app.app_context():
        migrating.upgrade(lambda line: None)
    assert app.test_client().get("/readyz").status_code == 200
    assert app.test_client().get("/").status_code == 200


@pytest.mark.parametrize(
    ("bind", "prefix", "needed"), [("default", "", "0003"), *((name, f"{name}_", "0001") for name in BINDS)]
)
@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        pytest.param("DROP TABLE {}alembic_version", "has no schema: run flask", id="no-schema"),
        pytest.param("DELETE FROM {}alembic_version", "has no schema: run flask", id="no-revision"),
        pytest.param("UPDATE {}alembic_version SET version_num = 'beef'", "is at revision beef, which this release "
                     "does not know: it needs", id="unknown"),
    ],
)  # fmt: skip
def test_nothing_is_served_from_a_wrong_schema(client, sql, bind, prefix, needed, damage, reason):
    assert client.get("/").status_code == 200
    sql(damage.format(prefix), bind)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert f"the database of bind {bind} {reason}" in response.json["reason"]
    for path in ("/", "/sign-in", "/feed.atom", "/entries/1", "/no-such-page"):
        response = client.get(path)
        assert response.status_code == 503
        assert f"The database of bind {bind} {reason}" in response.text
        if "unknown" in reason:
            assert needed in response.text
    with client.get("/static/style.css") as file:
        assert file.status_code == 200
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(("table", "bind"), [("entry", "default"), *([("event", "audit")] if "audit" in BINDS else [])])
def test_a_missing_table_is_the_reason(client, sql, table, bind):
    sql(f"DROP TABLE {table}", bind)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json["reason"] == f"the database of bind {bind} lacks {table}: restore a backup"


def test_a_file_that_is_no_database_is_the_reason(make, instance, monkeypatch, caplog):
    path = instance().with_name("x.db")
    path.write_text("not a database, but long enough to be read as the header of one" * 20)
    monkeypatch.setenv("FLASK_SQLALCHEMY_DATABASE_URI", f"sqlite:///{path}")
    response = make("testing").test_client().get("/readyz")
    assert response.status_code == 503
    assert "file is not a database" in caplog.text


@pytest.mark.parametrize("expands", [True, False], ids=["adds", "removes"])
def test_the_release_before_serves_on_after_a_migration_that_only_adds(run, flask, project, uri, expands):
    def ask(path):
        program = f"from yourapplication import app; r = app.test_client().get({path!r}); print(r.status_code, r.text)"
        return run("-c", program).stdout

    assert flask("init-db").returncode == 0
    migration = project / "yourapplication" / "migrations" / "default" / "0004_next.py"
    migration.write_text(ADDS_A_COLUMN.format(expands))
    assert "of bind default is at revision 0003 and needs 0004: run flask" in ask("/readyz")
    assert ask("/").startswith("503")
    assert flask("init-db").returncode == 0
    assert ask("/readyz").startswith("200")
    migration.unlink()  # the release before: its migrations reach 0003, the database went on
    shutil.rmtree(migration.parent / "__pycache__", ignore_errors=True)
    result = flask("init-db")
    if expands:
        assert ask("/readyz").startswith("200")
        assert ask("/").startswith("200")
        assert (result.returncode, result.stdout) == (
            0, f"nothing to do: the databases are at revision: default 0004{OTHERS}\n")  # fmt: skip
    else:
        reason = "of bind default is at revision 0004, which this release does not know: it needs 0003"
        assert ask("/readyz").startswith("503")
        assert reason in ask("/readyz")
        assert reason in ask("/")
        assert result.returncode == 2


def test_visitors_are_not_told_to_run_commands(make, instance, secrets_file, caplog):
    instance(SECRETS_FILE=str(secrets_file))
    client = make("production").test_client()
    page = client.get("/")
    assert (page.status_code, page.headers["Retry-After"]) == (503, "10")
    assert "This site cannot answer just now" in page.text
    assert "init-db" not in page.text
    assert "init-db" in client.get("/readyz").json["reason"]
    assert "Nothing can be served: the database of bind default" in caplog.text
