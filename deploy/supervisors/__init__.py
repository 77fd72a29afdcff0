"""What keeps a site's processes alive, asked to do things: one interface, so that steps do not know which it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Protocol

from ..machine.files import File
from ..machine.processes import Part
from ..machine.run import Local
from ..settings import Settings
from ..site.follow import Source
from ..site.release import Release, Root, Target
from . import circus, systemd
from .circus.supervisor import Circus
from .systemd.supervisor import Systemd


class Supervisor(Protocol):
    """Runs what it is given for one ROOT, and holds the listening sockets. Times are in seconds."""

    def venvs(self) -> set[Path]:
        """The environments that it needs; none when it comes with the host."""

    def running(self) -> bool:
        """Whether it runs anything for this ROOT."""

    def check(self, release: Release, binary: str) -> None:
        """Raises Failed unless the front end, whose program is `binary`, accepts the release's configuration."""

    def start(self, fragments: list[File], release: Release, announced: int) -> None:
        """Run exactly `fragments`; raises Failed unless `announced` processes of the release become ready."""

    def serve(self, fragments: list[File], release: Release) -> str:
        """Run exactly `fragments`, the release's front end with its configuration read anew; what was done."""

    def apply(self, fragments: list[File], patience: int) -> bool:
        """Run exactly `fragments`; whether the listener on the public address began with that. `patience`: how long
        a stopping process may take."""

    def workers(self) -> list[int]:
        """The front end's own processes, which serve its connections; after a reload, others do."""

    def processes(self) -> list[Part]:
        """What runs, the supervisor itself too if it belongs to this ROOT alone."""

    def stop(self, patience: int) -> None:
        """Stop everything that runs for this ROOT."""

    def shares_port(self, settings: Settings, target: Target) -> bool:
        """Whether the target's front end listens on the public port already, for other sites of the host."""

    def foreign(self) -> str:
        """What of the names that it would give the site's files belongs to somebody else; empty: nothing."""

    def sources(self) -> list[Source]:
        """Logs of the site that are not its files."""

    def said(self) -> str:
        """What processes and servers have logged since the deployment began, for the message of a failure."""


# What each is given: `requires`, `hosted` (whether the front end is the host's, which may have other sites), and the
# files of a release by processes(), public(), frontend() and rotation().
ROOMS: dict[str, ModuleType] = {"circus": circus, "systemd": systemd}
# And how it is told.
SUPERVISORS: dict[str, Callable[[Local, Root, Path | None], Supervisor]] = {"circus": Circus, "systemd": Systemd}


def of(host: Local, root: Root, name: str, venv: Path | None = None) -> Supervisor:
    """The supervisor of a ROOT; `venv`: where a deployment will have put it, else it is found."""
    return SUPERVISORS[name](host, root, venv)


def serving(host: Local, root: Root, release: Release | None) -> Release | None:
    """`release`, the one that `current` names, if its supervisor runs."""
    return release if release and of(host, root, release.settings.supervisor).running() else None
