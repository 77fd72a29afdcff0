"""Alembic's entry: run the migrations in the transaction that yourapplication.schema opened and will commit."""

from __future__ import annotations

from alembic import context

from yourapplication.database import db

context.configure(connection=context.config.attributes["connection"], target_metadata=db.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
