"""The files of a site in /etc: their first lines say that they are its own."""

from __future__ import annotations

import re
from pathlib import Path

from ...machine.files import File
from ...site.release import Root
from .. import systemd
from . import sites

ETC = Path("/etc")


def found(root: Root) -> dict[str, File]:
    """What was written into /etc for this ROOT, by name."""
    names = {path: str(path.relative_to(ETC)) for path in _places(root) if _is_of(path, root)}
    return {name: File(name, path.read_text(encoding="utf-8")) for path, name in names.items()}


def foreign(root: Root) -> str:
    """Which file of these names belongs to somebody else; empty: none."""
    for path in _places(root):
        if not _is_of(path, root):
            return (f"{path} is not of the site in {root.path}: choose a ROOT whose last part, "
                    f"{systemd.site(root)!r}, names no other site of this host")  # fmt: skip
    return ""


def _places(root: Root) -> list[Path]:
    folder, ours = ETC / systemd.UNITS, re.compile(systemd.names(root))
    own = [path for path in folder.iterdir() if ours.fullmatch(path.name)]
    others = [ETC / sites.name(room, root) for room in sites.installed()]
    others.append(ETC / systemd.ROTATIONS / systemd.site(root))
    return sorted([*own, *(path for path in others if path.exists())])


def _is_of(path: Path, root: Root) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8", errors="replace").startswith(systemd.mark(root))
