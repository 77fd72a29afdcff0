"""A migration that a next release would bring: it adds a column, and says whether it only adds."""

ADDS_A_COLUMN = """
import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
expands = {}


def upgrade():
    op.add_column("entry", sa.Column("place", sa.String(40)))


def downgrade():
    op.drop_column("entry", "place")
"""
