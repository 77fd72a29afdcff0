"""What there is beyond the core. A part is a folder and a line here: without both, the rest goes on without it.

A part is a package with `init_app(app)`; it may have SETTINGS (names and defaults). With a folder migrations/ it has
databases of its own: a bind that is named like the part. It imports the core and no other part.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

PARTS = (
    "logs",  # one JSON line a request
    "assets",  # static files under names with a hash of their content
    "masking",  # flask config, without secrets
    "data.outage",  # 503, and soon, when a database cannot be used
    "data.backup",  # flask backup and restore, and a backup before each migration
    "data.revising",  # flask db upgrade, downgrade and migrate
    "audit",  # what has happened; and whoever guesses passwords is slowed down
    "ldap",  # signing in with a directory
    "feed",  # /feed.atom
    "api",  # /api/: the entries for programs
    "scenarios",  # flask scenario: sandboxes with something in them
)
PACKAGE = Path(__file__).parent
BINDS = tuple(name for name in PARTS if (PACKAGE / name / "migrations").is_dir())


def load() -> list[ModuleType]:
    """Their packages, in that order."""
    return [importlib.import_module(f"{__package__}.{name}") for name in PARTS]
