"""Room for releases: bytes and inodes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ..cli.tables import bytes_
from .finding import OK, WARNING, WRONG, Finding
from .subject import Subject

FIRST = (256 << 20, 20_000)  # bytes and inodes: what the first deployment takes with its environments, and more
ENOUGH = 10  # releases


def disk(subject: Subject) -> Iterator[Finding]:
    """How many more releases fit."""
    path = subject.root.path
    existing = next(folder for folder in (path, *path.parents) if folder.exists())
    found = os.statvfs(existing)
    free, inodes = found.f_bavail * found.f_frsize, found.f_favail
    size, files = taken(subject.release.folder) if subject.release else FIRST
    # A file system without a fixed number of inodes says 0 of 0.
    fits = min(free // max(size, 1), inodes // files if found.f_files else free)
    one = "a release" if subject.release else "the first deployment"
    what = f"{bytes_(free)} and {inodes} inodes are free in {existing}; {one} takes {bytes_(size)} and {files}"
    fix = f"du -xh --max-depth=2 {existing} | sort -h | tail"
    if fits < (2 if subject.release else 1):
        yield Finding(WRONG, f"{what}: too little", fix)
    elif subject.release and fits < ENOUGH:
        yield Finding(WARNING, f"{what}: {fits} more fit", fix)
    else:
        yield Finding(OK, f"{what}: {fits} fit" if subject.release else what)


def taken(folder: Path) -> tuple[int, int]:
    """The bytes and inodes of a folder, a file with two names once."""
    seen = {
        (found.st_dev, found.st_ino): found.st_blocks * 512 for path in folder.rglob("*") if (found := path.lstat())
    }
    return sum(seen.values()), len(seen) + 1
