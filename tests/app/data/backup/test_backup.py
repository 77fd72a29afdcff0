"""flask backup and restore, on both engines."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
import tarfile

import pytest
import sqlalchemy

from yourapplication.data.backup import archives

from ....services import POSTGRESQL
from ...conftest import PASSWORD, clean

WRITING = """
from yourapplication import app
from yourapplication.audit.models import record
from yourapplication.data.database import db

with app.app_context():
    for _ in range(200):
        record("tick", "x")
        db.session.commit()
"""


@pytest.fixture
def site(flask, app):
    """The command line on databases with one user, ada."""
    return flask


@pytest.fixture
def elsewhere(engine, tmp_path, request):
    """The environment for commands on other, empty databases of the same engine."""
    if engine == "sqlite":
        yield {"FLASK_SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path}/elsewhere/site.sqlite"}
        return
    with request.getfixturevalue("server").database() as other:
        yield {"FLASK_SQLALCHEMY_DATABASE_URI": other}


def test_a_backup_is_restored_elsewhere(site, elsewhere, project):
    assert site("user", "role", "ada", "author").returncode == 0
    made = site("backup", "kept.backup")
    assert (made.returncode, made.stdout, made.stderr) == (0, f"{project}/kept.backup holds default, audit\n", "")
    assert stat.S_IMODE((project / "kept.backup").stat().st_mode) == 0o600
    assert site("user", "add", "eve", input=PASSWORD).returncode == 0
    restored = site("restore", "kept.backup", env=elsewhere)
    assert (restored.returncode, restored.stdout, restored.stderr) == (0, "restored default, audit\n", "")
    assert site("user", "list", env=elsewhere).stdout == "ada\tauthor\tlocal\n"
    assert "user is now author\tada" in site("audit", env=elsewhere).stdout
    assert site("init-db", env=elsewhere).stdout.startswith("nothing to do")
    assert not list(project.glob(".backup-*"))


def test_nothing_is_overwritten(site, elsewhere, project):
    assert site("backup", "kept.backup").returncode == 0
    before = (project / "kept.backup").read_bytes()
    again = site("backup", "kept.backup")
    assert (again.returncode, again.stderr) == (
        2,
        f"Error: {project}/kept.backup exists: a backup overwrites nothing\n",
    )
    assert (project / "kept.backup").read_bytes() == before
    result = site("restore", "kept.backup")
    assert result.returncode == 2
    assert "the database of bind default is not empty (it has alembic_version, " in result.stderr
    assert site("user", "list").stdout == "ada\tauthor\tlocal\n"


def test_the_site_writes_on_meanwhile(site, project, uri):
    environment = clean({"FLASK_SQLALCHEMY_DATABASE_URI": uri})
    writer = subprocess.Popen([sys.executable, "-c", WRITING], cwd=project, env=environment, stderr=subprocess.PIPE)
    results = [site("backup", f"{number}.backup") for number in range(3)]
    assert (writer.communicate(timeout=120)[1], writer.returncode) == (b"", 0)
    assert [result.returncode for result in results] == [0, 0, 0]


def test_another_engine_is_refused(site, engine, server, tmp_path):
    assert site("backup", "kept.backup").returncode == 0
    with server.database() as other:
        uri = other if engine == "sqlite" else f"sqlite:///{tmp_path}/x.sqlite"
        result = site("restore", "kept.backup", env={"FLASK_SQLALCHEMY_DATABASE_URI": uri})
    assert result.returncode == 2
    assert re.search("in one database, which is configured otherwise here|holds a .* database for", result.stderr)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(None, "does not exist: name a file that flask backup made", id="absent"),
        pytest.param(b"no archive at all", "is not a file that flask backup made", id="nonsense"),
        pytest.param(b"\0" * 10240, "is not a file that flask backup made", id="empty-archive"),
    ],
)
def test_what_is_no_backup_is_refused(flask, project, content, reason):
    path = project / "some.file"
    if content is not None:
        path.write_bytes(content)
    result = flask("restore", str(path))
    assert result.returncode == 2
    assert reason in result.stderr
    assert str(path) in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_backup_needs_a_database_and_a_folder(flask, uri, engine):
    if engine == "sqlite":
        result = flask("backup", "kept.backup")
        assert (result.returncode, result.stderr) == (2, "Error: there is no database yet: nothing to back up\n")
    flask("init-db")
    result = flask("backup", "no/such/folder/x")
    assert result.returncode == 2
    assert "no/such/folder cannot be written" in result.stderr


def test_a_database_in_memory_cannot_be_backed_up(flask, tmp_path):
    env = {"FLASK_SQLALCHEMY_DATABASE_URI": "sqlite:///:memory:",
           "FLASK_SQLALCHEMY_BINDS__audit": f"sqlite:///{tmp_path}/audit.sqlite"}  # fmt: skip
    assert flask("init-db", env=env).returncode == 0
    result = flask("init-db", env=env)
    assert result.returncode == 2
    assert result.stderr == "Error: the database :memory: cannot be backed up: unable to open database file\n"


def test_pg_dump_that_is_missing_is_named(site, engine):
    result = site("backup", "kept.backup", env={"PATH": "/nonexistent"})
    assert result.returncode == (0 if engine == "sqlite" else 2)
    if engine == "postgresql":
        assert result.stderr == "Error: pg_dump is missing: apt-get install postgresql-client\n"


def limited(project, uri, size, *words):
    """Run a command that may write no file of more than `size` bytes, as if the disk were full."""
    script = f'ulimit -f {size // 512}; exec "$@"'
    command = ["sh", "-c", script, "sh", sys.executable, "-m", "flask", "--app", "yourapplication", *words]
    environment = clean({"FLASK_SQLALCHEMY_DATABASE_URI": uri})
    return subprocess.run(command, cwd=project, env=environment, text=True, capture_output=True, check=False)


def test_a_full_disk_leaves_no_half_backup(site, project, uri):
    site("backup", "whole.backup")
    with tarfile.open(project / "whole.backup") as archive:
        largest = max(member.size for member in archive)
    whole = (project / "whole.backup").stat().st_size
    result = limited(project, uri, (largest + whole) // 2, "backup", "half.backup")
    assert (result.returncode, result.stderr) == (
        2,
        f"Error: {project}/half.backup cannot be written: File too large\n",
    )
    assert [path.name for path in project.glob("*backup*")] == ["whole.backup"]


def test_half_a_backup_is_not_restored(site, project, elsewhere):
    site("backup", "whole.backup")
    with tarfile.open(project / "whole.backup") as archive:
        last = archive.getmembers()[-1]
    with open(project / "whole.backup", "rb") as whole:
        (project / "half.backup").write_bytes(whole.read(last.offset))
    result = site("restore", "half.backup", env=elsewhere)
    assert result.returncode == 2
    assert result.stderr == f"Error: half.backup is not whole: it lacks {last.name}\n"
    assert site("restore", "whole.backup", env=elsewhere).returncode == 0


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_damaged_database_is_not_restored(site, project, elsewhere):
    for name, content in (("contents.json", b'{"default.sqlite": {"default": "1"}, "audit.sqlite": {"audit": "1"}}'),
                          ("default.sqlite", b"none" * 999), ("audit.sqlite", b"none" * 999)):  # fmt: skip
        (project / name).write_bytes(content)
        with tarfile.open(project / "damaged.backup", "a") as archive:
            archive.add(project / name, name)
    result = site("restore", "damaged.backup", env=elsewhere)
    assert result.returncode == 2
    assert result.stderr.endswith("site.sqlite cannot be restored: file is not a database\n")


def test_the_newest_automatic_backups_stay_and_what_somebody_has_made(app, project):
    app.config["BACKUPS_KEPT"] = 2
    folder = project / "instance" / "backups"
    folder.mkdir(parents=True)
    kept = ("mine.backup", "20200101T000000Z.backup", "20250101T000000Z-9.backup")
    for name in (*kept, "20240101T000000Z-1.backup", "20230101T000000Z-3.backup"):
        (folder / name).touch()
    with app.app_context():
        made = archives.automatic()
    assert sorted(path.name for path in folder.iterdir()) == sorted((*kept, made.name))


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_no_secret_of_a_database_reaches_an_argv(run, flask, app, uri, project, tmp_path):
    """Whether the password stands before the host or in the query, and that of a key too."""
    seen, fake = tmp_path / "seen", tmp_path / "bin" / "pg_dump"
    fake.parent.mkdir()
    fake.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> {seen}\nexec {POSTGRESQL / "pg_dump"} "$@"\n')
    fake.chmod(0o755)
    url = sqlalchemy.make_url(uri)
    query = {"password": url.password, "sslpassword": "of a key", "application_name": "x y"}
    inside = sqlalchemy.URL.create("postgresql", url.username, None, url.host, url.port, url.database, query)
    for number, each in enumerate((uri, inside.render_as_string(hide_password=False))):
        environment = {"FLASK_SQLALCHEMY_DATABASE_URI": each, "PATH": f"{fake.parent}:{os.environ['PATH']}"}
        made = flask("backup", f"{number}.backup", env=environment)
        assert made.returncode == 0, made.stderr
    words = seen.read_text()
    assert words.count("--format=custom") == 2
    assert url.password not in words
    assert "of a key" not in words
