"""The front end and the other programs that a target needs: there, and content with their configuration."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from pathlib import Path

from .. import bundle, frontends
from ..machine.run import Local, tail
from ..supervisors.systemd import units
from .finding import OK, WARNING, WRONG, Finding
from .subject import Subject

SECONDS = 60
INCLUDE = "import sysconfig; print(sysconfig.get_path('include'))"
DROP_IN = (
    "mkdir -p /etc/systemd/system/{unit}.d && "
    "printf '[Service]\\nRestart=on-failure\\n' > /etc/systemd/system/{unit}.d/restart.conf && systemctl daemon-reload"
)


def programs(subject: Subject) -> Iterator[Finding]:
    """What Debian packages would bring; without an interpreter, which is a finding of its own, nothing."""
    target, needed = subject.target, bundle.programs(subject.target, subject.settings.supervisor)
    python, _ = subject.interpreter
    if python is None:
        return
    missing = _missing(dataclasses.replace(subject.host, user=subject.user), needed, python)
    if missing:
        fix = bundle.install(needed, missing)
        yield Finding(WRONG, f"{', '.join(missing)} missing on this machine", fix,
                      f"{target.adapter} behind {target.frontend} needs {', '.join(missing)}, which this machine does "
                      f"not have: {fix}")  # fmt: skip
    elif needed:
        yield Finding(OK, f"{', '.join(needed)} found")


def _missing(host: Local, needed: Iterable[str], python: Path) -> list[str]:
    """Those of the programs that are not there, and of the headers of `python`, which the site's user can run."""
    headers = [name for name in needed if name.endswith(".h")]
    if headers:
        where = host.run([python, "-c", INCLUDE], as_user=True, check=False).stdout.strip()
        headers = [name for name in headers if not Path(where, name).exists()]
    return [name for name in needed if not name.endswith(".h") and host.find(name) is None] + headers


def configuration(subject: Subject) -> Iterator[Finding]:
    """The live release's configuration, read by the server itself."""
    release = subject.release
    if release is None or release.target.standalone:
        return
    room = frontends.load(release.target.frontend)
    binary = subject.host.find(room.binary)
    if binary is None:
        return
    hosted = subject.room.hosted
    path = f"/etc/{room.debian.available}" if hosted else str(release.folder / "frontend" / "server.conf")
    path = path.format(site=release.root.path.name)
    words = room.debian.check if hosted else room.check(binary, path)
    done = subject.host.run(words, check=False, timeout=SECONDS)
    if done.returncode:
        said = " ".join(tail(done.stdout, 3).split())
        yield Finding(WRONG, f"{room.binary} refuses {path}: {said}", subject.deploy)
    else:
        yield Finding(OK, f"{room.binary} accepts {path}")


def restart(subject: Subject) -> Iterator[Finding]:
    """Whether a host's front end comes back when it was killed: Debian's nginx.service does not say so."""
    if not subject.room.hosted or subject.target.standalone:
        return
    room = frontends.load(subject.target.frontend)
    unit = room.debian.unit
    if subject.host.find(room.binary) is None:
        return
    if units.control(subject.host, "show", "--value", "--property=Restart", unit) == "no":
        what = f"{unit} has no Restart=: after it was killed it stays down, with all its sites"
        yield Finding(WARNING, what, DROP_IN.format(unit=unit))
    else:
        yield Finding(OK, f"{unit} is started again when it is killed")
