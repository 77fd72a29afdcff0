"""What has happened."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
expands = True


def upgrade() -> None:
    """The first schema."""
    op.create_table(
        "audit_schema_history",
        sa.Column("revision", sa.String(32), nullable=False),
        sa.Column("expands", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("revision", name="pk_audit_schema_history"),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("time", sa.DateTime(), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("detail", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_account_time", "event", ["account", "time"])
    op.create_index("ix_event_address_time", "event", ["address", "time"])


def downgrade() -> None:
    """Back to nothing."""
    for name in ("event", "audit_schema_history"):
        op.drop_table(name)
