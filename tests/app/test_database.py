"""SQLite under several processes of several threads, as the adapters run the application."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing

from .conftest import PASSWORD, clean

WRITERS = """
import threading
from yourapplication import app
from yourapplication.blog.models import Entry
from yourapplication.database import db

def write():
    for number in range(15):
        with app.app_context():
            db.session.add(Entry(title=str(number), body="-", author_id=1))
            db.session.commit()
        assert app.test_client().get("/").status_code == 200

threads = [threading.Thread(target=write) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


def test_threads_and_processes_write_side_by_side(flask, project):
    assert flask("init-db").returncode == 0
    assert flask("user", "add", "ada", input=PASSWORD).returncode == 0
    options = {"cwd": project, "env": clean(), "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    started = [subprocess.Popen([sys.executable, "-c", WRITERS], **options) for _ in range(3)]
    assert [process.communicate(timeout=120)[0] for process in started] == ["", "", ""]
    with closing(sqlite3.connect(project / "instance" / "development.sqlite")) as connection:
        assert connection.execute("SELECT count(*) FROM entry").fetchone() == (3 * 4 * 15,)
