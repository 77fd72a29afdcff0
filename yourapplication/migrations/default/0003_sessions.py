"""Sessions, one row a sign-in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
expands = True


def upgrade() -> None:
    """The new table; whoever is signed in signs in once more."""
    op.create_table(
        "session",
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("began", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_session_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name="pk_session"),
    )
    op.create_index("ix_session_user_id", "session", ["user_id"])
    op.create_index("ix_session_began", "session", ["began"])


def downgrade() -> None:
    """Back to sessions that live in their cookies alone."""
    op.drop_table("session")
