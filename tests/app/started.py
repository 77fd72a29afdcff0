"""Which packages a process has imported after some requests."""

from __future__ import annotations

import json

import pytest

PASSWORD = "correct horse"
LAZY = {"alembic", "mako", "argon2", "ldap", "markdown_it", "nh3", "psycopg", "psycopg_binary", "pydantic", "tarfile"}


ENTRY = """
from yourapplication import app
from yourapplication.blog.models import Entry
from yourapplication.data.database import db

with app.app_context():
    entry = Entry(author_id=1)
    entry.write("t", "*b*")
    db.session.add(entry)
    db.session.commit()
"""


ASK = """
import sys, json
from yourapplication import app
client = app.test_client()
for path in {paths!r}:
    response = client.get(path, buffered=True)
    assert response.status_code in {statuses}, response.text
print(json.dumps(sorted({{name.partition(".")[0] for name in sys.modules}})))
"""


@pytest.fixture
def modules(flask, run):
    """modules(paths) is the set of packages that a new process has after it has answered them; there is one entry."""
    assert flask("init-db").returncode == 0
    assert flask("user", "add", "ada", input=PASSWORD).returncode == 0
    assert run("-c", ENTRY).returncode == 0

    def names(*paths, statuses=(200,)):
        result = run("-c", ASK.format(paths=paths, statuses=statuses))
        assert result.returncode == 0, result.stderr
        return set(json.loads(result.stdout))

    return names
