"""flask scenario list|up|down (to come)."""

from __future__ import annotations

from flask.cli import AppGroup

scenarios = AppGroup("scenario", help="Sandbox databases with something in them.")
