"""Files that a deployment writes: builders return them, and only this module puts them on disk."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple


class File(NamedTuple):
    """A rendered file: its name below the folder it belongs to, its text and its mode."""

    name: str
    content: str
    mode: int = 0o644


def write(folder: Path, files: Iterable[File]) -> None:
    """Write `files` below `folder`, each whole or not at all; not those that are there, as the disk may be full."""
    for file in files:
        path = folder / file.name
        if _is(path, file):
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(path.name + ".new")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, file.mode)
        try:
            with open(descriptor, "w", encoding="utf-8") as stream:
                stream.write(file.content)
            os.chmod(new, file.mode)
            os.replace(new, path)
        except BaseException:
            new.unlink()
            raise


def _is(path: Path, file: File) -> bool:
    if not path.exists() or stat.S_IMODE(path.stat().st_mode) != file.mode:
        return False
    return path.read_text(encoding="utf-8", errors="replace") == file.content


def remove(folder: Path, names: Iterable[str]) -> None:
    """Remove files below `folder`; a missing file is not an error."""
    for name in names:
        (folder / name).unlink(missing_ok=True)


def keep_only(folder: Path, files: list[File]) -> None:
    """Make `folder` hold exactly `files`."""
    for path in folder.iterdir():
        if path.name not in {file.name for file in files}:
            path.unlink()
    write(folder, files)


def point(link: Path, target: Path) -> None:
    """Make `link` a symlink to `target`, relative to it, in one atomic step."""
    new = link.with_name(link.name + ".new")
    new.unlink(missing_ok=True)
    new.symlink_to(os.path.relpath(target, link.parent))
    os.replace(new, link)


def requirements(path: Path) -> Iterator[Path]:
    """A requirements file and, recursively, those it includes with -r."""
    yield path
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            yield from requirements(path.parent / line[3:].strip())
