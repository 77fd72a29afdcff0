"""The clock, which names releases so that they sort by age: it must not have gone backwards."""

from __future__ import annotations

import contextlib
import datetime
import time
from collections.abc import Iterator

from ..cli.tables import duration
from ..site import journal
from ..site.release import Root
from .finding import OK, WRONG, Finding
from .subject import Subject

TOLERANCE = 5  # seconds


def clock(subject: Subject) -> Iterator[Finding]:
    """Nothing that was written here may be from the future."""
    now = time.time()
    ahead = {name: when - now for name, when in written(subject).items() if when - now > TOLERANCE}
    if not ahead:
        yield Finding(OK, f"it is {datetime.datetime.fromtimestamp(now, datetime.UTC):%Y-%m-%d %H:%M:%S} UTC, "
                          f"later than all that was written here")  # fmt: skip
        return
    name = max(ahead, key=ahead.__getitem__)
    what = f"{name} is from the future, by {duration(ahead[name])}: the clock has gone backwards, or was ahead then"
    yield Finding(WRONG, what, "timedatectl set-ntp true")


def written(subject: Subject) -> dict[str, float]:
    """What was written here, and when, in seconds since the epoch."""
    root = subject.root
    own = [] if subject.release else [subject.project / "config"]  # a release may be from a machine with another clock
    paths = [*own, root.journal, root.secrets, root.requests, root.current, *root.logs.glob("*.log")]
    found = {str(path): path.lstat().st_mtime for path in paths if path.exists()}
    return found | _releases(root)


def _releases(root: Root) -> dict[str, float]:
    """By their ids."""
    names = {line["release"] for line in journal.read(root)}
    names |= {folder.name for folder in root.releases.iterdir()} if root.releases.exists() else set()
    found = {}
    for name in names:
        with contextlib.suppress(ValueError):  # a folder that somebody else has made
            when = datetime.datetime.strptime(name, "%Y%m%d-%H%M%S-%f").replace(tzinfo=datetime.UTC)
            found[f"release {name}"] = when.timestamp()
    return found
