"""${message}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Compatible with the release before, which goes on serving meanwhile: add first, remove a release later."""
    ${upgrades if upgrades else "pass"}
