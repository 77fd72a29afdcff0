"""Static files under names with the hash of their content, which browsers may keep for ever.

Each file of a release gets a second name, style.<hash>.css for style.css, as applications link to it (ours does). The
files that the release before was linked to go on being there: its pages are still open in somebody's browser.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

DIGITS = 12
HASHED = re.compile(rf"(?P<stem>.+)\.(?P<hash>[0-9a-f]{{{DIGITS}}})(?P<suffix>\.[^./]+)")


def add_names(folder: Path) -> None:
    """Give each file its second name."""
    for path in _files(folder):
        name = path.with_name(f"{path.stem}.{digest(path)}{path.suffix}")
        if path.suffix and not HASHED.fullmatch(path.name) and not name.exists():
            os.link(path, name)


def keep_names(folder: Path, before: Path) -> None:
    """Take over what the release before linked to and this one does not; not what that one had taken over itself."""
    for path in _files(before):
        match, target = HASHED.fullmatch(path.name), folder / path.relative_to(before)
        plain = path.with_name(match["stem"] + match["suffix"]) if match else path
        if match and not target.exists() and plain.is_file() and digest(plain) == match["hash"]:
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(path, target)


def digest(path: Path) -> str:
    """The hash of a file's content, as it stands in its name."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:DIGITS]


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
