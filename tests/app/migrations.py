"""Migrations that a next release would bring, and databases in use."""

from __future__ import annotations

import textwrap

import pytest

from yourapplication.parts import BINDS

OTHERS = "".join(f", {name} 0001" for name in BINDS)  # what init-db says of the binds of parts


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
