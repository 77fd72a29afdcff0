"""${message}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
# Whether the release before can go on serving afterwards: it does so while this is deployed, and after a rollback.
# Add first, remove a release later. Where this is False, the release before answers 503 until the new one is live.
expands = ${repr(config.attributes.get("expands", False))}


def upgrade() -> None:
    """To this revision."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Back to the revision before."""
    ${downgrades if downgrades else "pass"}
