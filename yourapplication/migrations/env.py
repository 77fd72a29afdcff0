"""Alembic's entry: run one bind's migrations in the transaction that migrating.py opened and will commit."""

from __future__ import annotations

from typing import Any

from alembic import context
from alembic.operations import ops

from yourapplication.data.binds import BINDS

given = context.config.attributes
bind = given["bind"]
elsewhere = {name for other in BINDS if other is not bind for name in (*other.metadata.tables, other.version_table)}


def ours(item: Any, name: str | None, kind: str, reflected: bool, compared: Any) -> bool:
    """Leave the tables of a bind that shares this database to that bind."""
    return not (kind == "table" and reflected and name in elsewhere)


def adds_only(operation: Any) -> bool:
    """Whether a release that knows nothing of the change can go on serving after it."""
    if isinstance(operation, ops.OpContainer):
        return all(map(adds_only, operation.ops))
    if isinstance(operation, ops.AddColumnOp):
        return bool(operation.column.nullable or operation.column.server_default is not None)
    return isinstance(operation, ops.CreateTableOp) or (
        isinstance(operation, ops.CreateIndexOp) and not operation.unique
    )


def classify(migration: Any, revision: Any, directives: list[Any]) -> None:
    """Write no empty migration, and note in it whether it only adds."""
    (script,) = directives
    if script.upgrade_ops.is_empty():
        directives.clear()
    else:
        given["expands"] = adds_only(script.upgrade_ops)


context.configure(
    connection=given["connection"],
    target_metadata=bind.metadata,
    version_table=bind.version_table,
    render_as_batch=True,
    include_object=ours,
    process_revision_directives=classify,
)
with context.begin_transaction():
    context.run_migrations()
