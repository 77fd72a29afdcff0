"""Roles and sessions of users; what is derived from entries: summaries, words to search."""

from __future__ import annotations

import secrets
from typing import Literal

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
expands = True

TEXT = sa.Text()


def upgrade() -> None:
    """To this revision; entries and users that are there get their new columns filled."""
    with op.batch_alter_table("schema_history") as batch:
        batch.add_column(sa.Column("expands", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("user") as batch:
        batch.alter_column("password_hash", existing_type=sa.String(255), nullable=True)
        batch.add_column(sa.Column("role", sa.String(16), nullable=False, server_default="author"))
        batch.add_column(sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch.add_column(sa.Column("session_key", sa.String(32), nullable=True))
        batch.create_unique_constraint("uq_user_session_key", ["session_key"])
    # For numbers that are never given twice.
    anew: Literal["always", "never"] = "always" if op.get_bind().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("entry", recreate=anew, table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.add_column(sa.Column("modified", sa.DateTime(), nullable=True))
        batch.add_column(sa.Column("summary", sa.String(320), nullable=False, server_default=""))
        batch.add_column(sa.Column("searchable", TEXT, nullable=False, server_default=""))
        batch.drop_index("ix_entry_created")
        batch.create_index("ix_entry_created_id", ["created", "id"])
    fill(op.get_bind())


def fill(connection: sa.Connection) -> None:
    """The new columns of what was written before."""
    user = sa.table("user", sa.column("id"), sa.column("session_key"))
    for (number,) in connection.execute(sa.select(user.c.id)).all():
        connection.execute(user.update().where(user.c.id == number).values(session_key=secrets.token_hex(16)))
    entry = sa.table("entry", *map(sa.column, ("id", "title", "body", "summary", "searchable", "created", "modified")))
    for row in connection.execute(sa.select(entry.c.id, entry.c.title, entry.c.body)).all():
        words = " ".join(row.body.split())
        values = {
            "summary": words[:300],
            "searchable": f"{row.title}\n{row.body}".casefold(),
            "modified": entry.c.created,
        }
        connection.execute(entry.update().where(entry.c.id == row.id).values(values))


def downgrade() -> None:
    """Back to the revision before; users without a password of their own, and all roles, are forgotten."""
    with op.batch_alter_table("entry") as batch:
        batch.drop_index("ix_entry_created_id")
        batch.create_index("ix_entry_created", ["created"])
        for name in ("searchable", "summary", "modified"):
            batch.drop_column(name)
    op.execute("UPDATE \"user\" SET password_hash = '' WHERE password_hash IS NULL")
    with op.batch_alter_table("user") as batch:
        batch.drop_constraint("uq_user_session_key", type_="unique")
        for name in ("session_key", "active", "role"):
            batch.drop_column(name)
        batch.alter_column("password_hash", existing_type=sa.String(255), nullable=False)
    with op.batch_alter_table("schema_history") as batch:
        batch.drop_column("expands")
