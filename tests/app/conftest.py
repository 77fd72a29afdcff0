"""A copy of the project in a folder of its own for each test, with a database of each engine, clients and commands."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from flask import Flask
from flask.testing import FlaskClient

from yourapplication import create_app
from yourapplication.auth import passwords
from yourapplication.auth.models import User, find
from yourapplication.blog.models import Entry
from yourapplication.data import migrating
from yourapplication.data.database import db

from ..services import PostgreSQL, postgresql
from .forks import Forks, forks
from .migrations import migration, used  # noqa: F401 - fixtures
from .started import modules  # noqa: F401

PROJECT = Path(__file__).resolve().parents[2]
PASSWORD = "correct horse"
HASHER = passwords._hasher()
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the shell that runs the tests happens to set is not the tests' business."""
    for name in [name for name in os.environ if name.startswith("FLASK_") or name == "APPLICATION_CONFIG"]:
        monkeypatch.delenv(name)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A fresh checkout: the package, its configuration and runserver.py; no instance folder yet."""
    folder = tmp_path / "check out"
    for name in ("yourapplication", "config"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "runserver.py", folder)
    return folder


@pytest.fixture
def instance(project: Path) -> Callable[..., Path]:
    """instance(KEY=value, ...) writes the instance folder's config.json."""

    def write(**values: object) -> Path:
        (project / "instance").mkdir(exist_ok=True)
        path = project / "instance" / "config.json"
        path.write_text(json.dumps(values))
        return path

    return write


@pytest.fixture
def secrets_file(tmp_path: Path) -> Path:
    """A secrets file as a deployment makes it."""
    path = tmp_path / "secrets.json"
    path.write_text(json.dumps({"SECRET_KEY": os.urandom(32).hex()}))
    path.chmod(0o600)
    return path


@pytest.fixture
def make(project: Path) -> Iterator[Callable[..., Flask]]:
    """make(environment) is create_app for the checkout; its connections are closed afterwards."""
    made: list[Flask] = []

    def create(environment: str | None = None) -> Flask:
        made.append(create_app(environment, project=project))
        return made[-1]

    yield create
    for app in made:
        with app.app_context():
            for engine in db.engines.values():
                engine.dispose()


@pytest.fixture(scope="session")
def server() -> Iterator[PostgreSQL]:
    """A PostgreSQL server."""
    with postgresql() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """Once each."""
    return request.param


@pytest.fixture
def uri(engine: str, project: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The default bind's URI, which is what create_app will find: of a database without a schema, but for `app`."""
    template = request.getfixturevalue(f"{engine}_template") if "app" in request.fixturenames else None
    with contextlib.ExitStack() as stack:
        if engine == "sqlite":
            found = f"sqlite:///{project}/instance/{engine}.db"
            if template:
                shutil.copytree(template, project / "instance", dirs_exist_ok=True)
        else:
            found = stack.enter_context(request.getfixturevalue("server").database(*([template] if template else [])))
        monkeypatch.setenv("FLASK_SQLALCHEMY_DATABASE_URI", found)
        yield found


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of migrated databases with one user: to migrate for each test takes its time."""
    folder = tmp_path_factory.mktemp("template")
    fill(f"sqlite:///{folder}/sqlite.db")
    return folder


@pytest.fixture(scope="session")
def postgresql_template(server: PostgreSQL) -> Iterator[str]:
    """The name of such a database."""
    with server.database() as uri:
        fill(uri)
        yield uri.rpartition("/")[2]


def fill(uri: str) -> None:
    """Migrate the databases and add ada."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FLASK_SQLALCHEMY_DATABASE_URI", uri)
        app = create_app("testing")
    with app.app_context():
        migrating.upgrade(lambda line: None)
        db.session.add(User(name="ada", password_hash=hash_of(PASSWORD)))
        db.session.commit()
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture
def sql(uri: str) -> Callable[..., list[Any]]:
    """sql(statement, bind="default") is run past the application; the rows that it returns."""

    def run(statement: str, bind: str = "default") -> list[Any]:
        file = "sqlite-audit.db" if bind == "audit" else "sqlite.db"
        url = uri.replace("postgresql:", "postgresql+psycopg:").replace("sqlite.db", file)
        engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
        with engine.begin() as connection:
            result = connection.exec_driver_sql(statement)
            return [tuple(row) for row in result] if result.returns_rows else []

    return run


@pytest.fixture
def app(make: Callable[..., Flask], uri: str) -> Flask:
    """The application with migrated databases and one user, ada."""
    return make("testing")


@functools.cache
def hash_of(password: str) -> str:
    """Made once, as it takes its time; as passwords.py makes them, whatever a test has put in its place."""
    return HASHER.hash(password)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Somebody with a browser."""
    return app.test_client()


@pytest.fixture
def others(app):
    """Clients of eve, an author, and root, an admin; an entry of ada's."""
    clients = {}
    with app.app_context():
        for name, role in (("eve", "author"), ("root", "admin")):
            db.session.add(User(name=name, role=role, password_hash=hash_of(PASSWORD)))
        entry = Entry(author=find("ada"))
        entry.write("Ada's", "text")
        db.session.add(entry)
        db.session.commit()
    for name in ("ada", "eve", "root"):
        clients[name] = app.test_client()
        sign_in(clients[name], name=name)
    return clients


@pytest.fixture
def meanwhile(monkeypatch, sql):
    """meanwhile(statement): it is run while a password is looked at."""

    def prepare(statement):
        look = passwords.matches

        def slow(kept, password):
            right = look(kept, password)
            sql(statement)
            return right

        monkeypatch.setattr(passwords, "matches", slow)

    return prepare


@pytest.fixture
def run(project: Path) -> Run:
    """run("-m", "flask", ..., input=..., env={...}) runs this Python in the checkout; with a clean environment."""

    def execute(
        *arguments: str, env: dict[str, str] | None = None, input: str = ""
    ) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *arguments]
        options = {"cwd": project, "env": clean({**databases(), **(env or {})}), "input": input, "timeout": 120}
        return subprocess.run(command, **options, text=True, capture_output=True, check=False)

    return execute


@pytest.fixture(scope="session")
def forked() -> Iterator[Forks]:
    """What runs Flask's commands."""
    with forks(clean(), 120) as made:
        yield made


@pytest.fixture
def flask(forked: Forks, project: Path) -> Run:
    """flask("user", "add", "ada", input=..., env={...}) runs a command in the checkout, as an administrator does."""

    def execute(
        *arguments: str, env: dict[str, str] | None = None, input: str = ""
    ) -> subprocess.CompletedProcess[str]:
        return forked.run(
            ["--app", "yourapplication", *arguments], project, clean({**databases(), **(env or {})}), input
        )

    return execute


def databases() -> dict[str, str]:
    """What tests say of databases."""
    return {name: value for name, value in os.environ.items() if name.startswith("FLASK_SQLALCHEMY")}


def clean(more: dict[str, str] | None = None) -> dict[str, str]:
    """An environment as servers give it: nearly none."""
    return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONWARNINGS": "error", **(more or {})}


def token(page: str) -> str:
    """The CSRF token of the first form in `page`."""
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)
    assert found, page
    return found[1]


def submit(client: FlaskClient, path: str, form: str = "", **fields: str):
    """Open the page `form` (or `path` itself), fill in and send its form to `path`."""
    return client.post(path, data={"csrf_token": token(client.get(form or path).text), **fields})


def sign_in(client: FlaskClient, path: str = "/sign-in", name: str = "ada", password: str = PASSWORD):
    """Sign in through the form."""
    return submit(client, path, name=name, password=password)
