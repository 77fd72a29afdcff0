"""Each engine under several processes of several threads, as the adapters run the application."""

from __future__ import annotations

import subprocess
import sys

import pytest

from yourapplication import errors
from yourapplication.data import migrating
from yourapplication.data.database import db

from .conftest import PASSWORD, clean

WRITERS = """
import threading
from yourapplication import app
from yourapplication.blog.models import Entry
from yourapplication.data.database import db

def write():
    for number in range(15):
        with app.app_context():
            entry = Entry(author_id=1)
            entry.write(str(number), "-")
            db.session.add(entry)
            db.session.commit()
        assert app.test_client().get("/").status_code == 200

threads = [threading.Thread(target=write) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


def test_threads_and_processes_write_side_by_side(flask, uri, sql, project):
    assert flask("init-db").returncode == 0
    assert flask("user", "add", "ada", input=PASSWORD).returncode == 0
    environment = clean({"FLASK_SQLALCHEMY_DATABASE_URI": uri, "FLASK_LOG_FILE": "requests.log"})
    options = {"cwd": project, "env": environment, "text": True}
    started = [
        subprocess.Popen([sys.executable, "-c", WRITERS], **options, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for _ in range(3)
    ]
    assert [process.communicate(timeout=120)[0] for process in started] == ["", "", ""]
    assert sql("SELECT count(*) FROM entry") == [(3 * 4 * 15,)]


def test_connections_keep_what_sqlite_forgets(make, instance):
    instance()
    app = make("testing")
    with app.app_context():
        migrating.upgrade(lambda line: None)
        for engine in db.engines.values():
            with engine.connect() as connection:
                values = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                          for name in ("foreign_keys", "busy_timeout", "journal_mode")}  # fmt: skip
                assert values == {"foreign_keys": 1, "busy_timeout": 15000, "journal_mode": "wal"}


def test_a_postgresql_server_that_restarts_is_found_again(app, server, engine):
    client = app.test_client()
    assert client.get("/").status_code == 200
    if engine == "postgresql":
        server.run("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'test_%'")
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        pytest.param({"SQLALCHEMY_DATABASE_URI": "nonsense"}, "DATABASE_URI is not a database URL", id="url"),
        pytest.param({"SQLALCHEMY_DATABASE_URI": "mysql://x/y"}, "names mysql: it may be sqlite or", id="kind"),
        pytest.param({"SQLALCHEMY_DATABASE_URI": "postgresql+psycopg2://x/y"}, "names postgresql.psyc", id="driver"),
        pytest.param({"SQLALCHEMY_BINDS": {"other": "sqlite://"}}, "beside the default bind there is", id="other"),
    ],
)
def test_a_wrong_database_is_refused(make, instance, values, fault):
    instance(**values)
    with pytest.raises(errors.Refused, match=fault):
        make("testing")
