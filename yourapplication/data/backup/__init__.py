"""Backups: all databases in one file, by command and before each migration. Commands import what makes them."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from ... import hooks
from ...configuration import demand_number

SETTINGS = {
    "BACKUP_FOLDER": "",  # empty: backups/ in the instance folder
    "BACKUPS_KEPT": 10,  # of those that migrations make
}


def init_app(app: Flask) -> None:
    """Add the commands, and a backup before each migration. Raises Refused."""
    from . import commands

    demand_number(app, "BACKUPS_KEPT")
    app.config["BACKUP_FOLDER"] = app.config["BACKUP_FOLDER"] or str(Path(app.instance_path) / "backups")
    hooks.of(app).backups.append(_automatic)
    app.cli.add_command(commands.backup)
    app.cli.add_command(commands.restore)


def _automatic() -> Path:
    from . import archives

    return archives.automatic()
