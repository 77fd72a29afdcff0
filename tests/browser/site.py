"""The application, served on a free port at / and below /prefix, with users and entries."""

from __future__ import annotations

import contextlib
import functools
import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import WSGIRequestHandler, make_server

from yourapplication import create_app
from yourapplication.auth import passwords
from yourapplication.auth.models import ADMIN, AUTHOR, User, find
from yourapplication.blog.models import Entry
from yourapplication.data import migrating
from yourapplication.data.database import db

PROJECT = Path(__file__).resolve().parents[2]
PASSWORD = "correct horse battery"
USERS = {"ada": AUTHOR, "ben": AUTHOR, "eve": ADMIN}
PREFIX = "/prefix"


class Site(NamedTuple):
    """A running site."""

    app: Flask
    origin: str

    def migrate(self) -> None:
        """Make the databases, with USERS."""
        with self.app.app_context():
            migrating.upgrade(lambda line: None)
            db.session.add_all(User(name=name, role=role, password_hash=hashed()) for name, role in USERS.items())
            db.session.commit()

    def run(self, statement: str) -> None:
        """SQL, past the models."""
        with self.app.app_context(), db.engine.begin() as connection:
            connection.exec_driver_sql(statement)

    def write(self, title: str, body: str, author: str = "ada", minutes: int = 0) -> int:
        """The number of a new entry, written that many minutes after noon."""
        with self.app.app_context():
            entry = Entry(author=find(author), created=datetime(2026, 11, 21, 12) + timedelta(minutes=minutes))
            entry.write(title, body)
            entry.modified = entry.created
            db.session.add(entry)
            db.session.commit()
            return entry.id


class Silent(WSGIRequestHandler):
    """The application has a log of its own."""

    def log(self, type: str, message: str, *args: object) -> None:
        """Print nothing."""


@functools.cache
def hashed() -> str:
    """PASSWORD's hash, made once, as it takes its time."""
    return passwords.hashed(PASSWORD)


@contextlib.contextmanager
def served(folder: Path) -> Iterator[Site]:
    """A site whose databases are to be in `folder`; not made yet."""
    (folder / "instance").mkdir()
    # A browser asks for an icon when it likes, also when pytest does not keep what is printed.
    (folder / "instance" / "config.json").write_text(json.dumps({"LOG_FILE": f"{folder}/requests.log"}))
    (folder / "config").symlink_to(PROJECT / "config")
    app = create_app("testing", project=folder)
    app.config["PROPAGATE_EXCEPTIONS"] = False  # as in production: a page, not a traceback
    mounted = DispatcherMiddleware(app, {PREFIX: app})
    server = make_server("127.0.0.1", 0, mounted, threaded=True, request_handler=Silent)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))  # seconds until it sees that it shall end
    thread.start()
    try:
        yield Site(app, f"http://127.0.0.1:{server.port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        with app.app_context():
            for engine in db.engines.values():
                engine.dispose()
