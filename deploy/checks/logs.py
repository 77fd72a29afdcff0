"""The site's logs: files, and how much of the disk they take."""

from __future__ import annotations

from collections.abc import Iterator

from ..cli.tables import bytes_
from ..site import logs
from .finding import OK, WARNING, WRONG, Finding
from .subject import Subject


def files(subject: Subject) -> Iterator[Finding]:
    """Every log must be a file that can be written; the earlier ones count too."""
    root, release = subject.root, subject.release
    if release is None:
        return
    strange = logs.strange(root)
    for path in strange:
        yield Finding(WRONG, f"{path} is not a file, and nothing can be logged there", f"rm -r {path}")
    if subject.room.hosted and subject.host.find("logrotate") is None:
        yield Finding(WARNING, "logrotate is missing: the site's logs grow without end", "apt-get install logrotate")
    if not strange:
        size = sum(path.lstat().st_size for path in root.logs.rglob("*.log*") if logs.is_log(path))
        yield Finding(OK, f"{bytes_(size)} of logs in {root.logs}")
