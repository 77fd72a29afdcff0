"""Static files under names with the hash of their content, which browsers may keep for ever.

Each file of a release gets a second name, style.<hash>.css for style.css, as applications link to it (ours does); what
bundlers have made has such a name already. The files that the releases before were linked to go on being there: their
pages are still open in somebody's browser.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path

from ..machine.files import File, write
from . import bundlers

DIGITS = 12
HASHED = re.compile(rf"(?P<stem>.+)\.(?P<hash>[0-9a-f]{{{DIGITS}}})(?P<suffix>\.[^./]+)")
TAKEN = "instance/taken.json"  # in a release: what bundlers have made of releases before, below its static folder


def add_names(folder: Path) -> None:
    """Give each file its second name."""
    for path in files(folder):
        name = path.with_name(f"{path.stem}.{digest(path)}{path.suffix}")
        if path.suffix and not HASHED.fullmatch(path.name) and not name.exists():
            os.link(path, name)


def keep_names(folder: Path, before: Path) -> None:
    """Take over what the release before linked to and this one does not; not what that one had taken over itself."""
    for path in files(before):
        match, target = HASHED.fullmatch(path.name), folder / path.relative_to(before)
        plain = path.with_name(match["stem"] + match["suffix"]) if match else path
        if match and not target.exists() and plain.is_file() and digest(plain) == match["hash"]:
            _link(path, target)


def keep_bundled(release: Path, folder: Path, kept: list[tuple[Path, Path]]) -> None:
    """Take over what bundlers made of the releases that are kept, each with its static folder: what was their own."""
    taken = set()
    for other, before in kept:
        theirs = files(before)
        made = re.compile("|".join(bundlers.patterns(path.relative_to(before) for path in theirs)) or r"(?!)")
        already = json.loads((other / TAKEN).read_text()) if (other / TAKEN).exists() else []
        for path in theirs:
            name = str(path.relative_to(before))
            if made.fullmatch(name) and name not in already and not (folder / name).exists():
                _link(path, folder / name)
                taken.add(name)
    if taken:
        write(release, [File(TAKEN, json.dumps(sorted(taken)) + "\n")])


def folder_of(folder: Path, application: str) -> Path | None:
    """Where a package in `folder` keeps its static files, if it has any."""
    static = folder / application.partition(":")[0].partition(".")[0] / "static"
    return static if static.is_dir() else None


def digest(path: Path) -> str:
    """The hash of a file's content, as it stands in its name."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:DIGITS]


def files(folder: Path) -> list[Path]:
    """Every file below a folder, no links."""
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]


def _link(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    os.link(path, target)
