"""Releases as they lie below ROOT: the live one, those that are kept, and their end."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

from ..machine import trees
from ..machine.run import Local
from ..settings import Settings
from .release import Release, Root, Target


def new_id() -> str:
    """A release id: UTC time to the microsecond. Which release is the older one, only the journal knows."""
    return f"{datetime.datetime.now(datetime.UTC):%Y%m%d-%H%M%S-%f}"


def read(root: Root, folder: Path) -> Release:
    """The release that lies in `folder`."""
    values = json.loads((folder / "instance" / "deploy.json").read_text(encoding="utf-8"))
    values.update(
        root=root, settings=Settings(**values["settings"]), target=Target(**values["target"]), venv=Path(values["venv"])
    )
    return Release(**values)


def live(root: Root) -> Release | None:
    """The release that `current` points to, if any."""
    return read(root, root.current.resolve()) if root.current.exists() else None


def complete(folder: Path) -> bool:
    """Whether a release was made there, and is not being removed."""
    return (folder / "instance" / "deploy.json").exists()


def kept(root: Root) -> list[Release]:
    """All complete releases on disk, in the order of their ids."""
    folders = sorted(root.releases.iterdir()) if root.releases.exists() else []
    return [read(root, folder) for folder in folders if complete(folder)]


def remove(host: Local, root: Root, name: str) -> None:
    """Remove a release, also one that is not complete; from the first moment on it counts as incomplete."""
    instance = root.releases / name / "instance"
    if complete(instance.parent):
        instance.chmod(0o700)
        (instance / "deploy.json").unlink()
    trees.remove(host, root.sockets / name, root.run / name, root.releases / name)
