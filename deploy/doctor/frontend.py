"""The front end and the other programs that a target needs: there, and content with their configuration."""

from __future__ import annotations

from collections.abc import Iterator

from .. import bundle, frontends
from ..hosts import tail
from .finding import OK, WRONG, Finding
from .subject import Subject

SECONDS = 60


def programs(subject: Subject) -> Iterator[Finding]:
    """What Debian packages would bring."""
    needed = bundle.programs(subject.target)
    missing = [name for name in needed if subject.host.find(name) is None]
    if missing:
        packages = " ".join(sorted({needed[name] for name in missing}))
        yield Finding(WRONG, f"{', '.join(missing)} missing on this machine", f"apt-get install {packages}")
    elif needed:
        yield Finding(OK, f"{', '.join(needed)} found")


def configuration(subject: Subject) -> Iterator[Finding]:
    """The live release's configuration, read by the server itself."""
    release = subject.release
    if release is None or release.target.standalone:
        return
    room = frontends.load(release.target.frontend)
    binary = subject.host.find(room.binary)
    if binary is None:
        return
    path = release.folder / "frontend" / "server.conf"
    done = subject.host.run(room.check(binary, str(path)), check=False, timeout=SECONDS)
    if done.returncode:
        said = " ".join(tail(done.stdout, 3).split())
        yield Finding(WRONG, f"{room.binary} refuses {path}: {said}", subject.deploy)
    else:
        yield Finding(OK, f"{room.binary} accepts {path}")
