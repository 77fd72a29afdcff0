"""What the logs of a site have said since a deployment began, for the message of a failure."""

from __future__ import annotations

import json
import stat
from pathlib import Path

from ..machine.files import File, write
from ..machine.run import tail
from .release import Root

MARKS = "marks.json"


def said(root: Root, *names: str) -> str:
    """What the named logs have said since `mark`, the last lines of each, headed by its path."""
    marks = json.loads((root.supervisor / MARKS).read_text()) if (root.supervisor / MARKS).exists() else {}
    found = []
    for name in names:
        path = root.logs / f"{name}.log"
        if path.is_file():
            with open(path, "rb") as file:
                file.seek(marks.get(name, 0))
                text = tail(file.read().decode("utf-8", "replace"))
            found += [f"{path}:\n{text}"] if text else []
    return "\n".join(found) or f"the logs in {root.logs} say nothing"


def mark(root: Root) -> None:
    """Remember where the logs end, so that a failure shows what it said and not what an earlier one did."""
    sizes = {path.stem: path.stat().st_size for path in root.logs.glob("*.log") if path.is_file()}
    write(root.supervisor, [File(MARKS, json.dumps(sizes))])


def strange(root: Root) -> list[Path]:
    """What has the name of a log and is not a file: a folder, or a pipe, whose readers would wait for ever."""
    return [path for path in found(root) if not is_log(path)]


def found(root: Root) -> list[Path]:
    """All that has the name of a log: the site's own, those of its front end, and those of the application."""
    return sorted(path for pattern in ("*.log", "*/*.log") for path in root.logs.glob(pattern))


def is_log(path: Path) -> bool:
    """Whether it is a file, and no link to one."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False  # between two names
