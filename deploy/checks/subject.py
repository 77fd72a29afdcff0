"""What the doctor looks at: a site that is deployed, or one that is to be."""

from __future__ import annotations

import dataclasses
from functools import cached_property
from pathlib import Path
from types import ModuleType

from .. import bundle, supervisors
from ..cli.request import Request
from ..errors import Refused
from ..machine import processes
from ..machine.run import Local
from ..settings import Settings
from ..site.on_disk import live
from ..site.release import Release, Root, Target
from ..supervisors import Supervisor
from ..supervisors.circus import survivors
from .interpreters import find
from .users import who


@dataclasses.dataclass(frozen=True)
class Subject:
    """`release` is the live one, None before the first deployment; settings and target are its own or those asked for.

    `user` runs the application and the front end's workers; empty: the user who deploys. `name`: of a release that was
    made elsewhere.
    """

    host: Local
    project: Path
    root: Root
    settings: Settings
    target: Target
    user: str
    release: Release | None
    name: str = ""

    @property
    def deploy(self) -> str:
        """The command that deploys it."""
        frontend = f" FRONTEND={self.settings.frontend}" if self.settings.frontend else ""
        return f"make deploy-{self.target.adapter}{frontend} ROOT={self.root.path}"

    @property
    def supervisor(self) -> Supervisor:
        """What runs the site."""
        return supervisors.of(self.host, self.root, self.settings.supervisor)

    @property
    def room(self) -> ModuleType:
        """What the supervisor is given: see supervisors.ROOMS."""
        return supervisors.ROOMS[self.settings.supervisor]

    @property
    def serving(self) -> Release | None:
        """The live release, when it runs."""
        return supervisors.serving(self.host, self.root, self.release)

    @cached_property
    def interpreter(self) -> tuple[Path | None, str]:
        """A Python that the user can run and make environments with; what was tried, when there is none."""
        return find(self.settings.python, dataclasses.replace(self.host, user=self.user))

    @property
    def runs(self) -> bool:
        """Whether the site runs."""
        return self.release is not None and self.supervisor.running()

    @cached_property
    def pids(self) -> list[int]:
        """All processes of the site."""
        parts = self.supervisor.processes() if self.runs else survivors.parts(self.root)
        return list(dict.fromkeys(each for part in parts for pid in part.pids for each in processes.tree(pid)))


def of(request: Request) -> Subject:
    """The live site of a request, or with an ADAPTER or settings what would be deployed; raises Refused."""
    root = request.root()
    release = live(root)
    asked = request.words().keys() - {"root"}
    adapter = request.given.adapter or (release.target.adapter if release and asked else "")
    if adapter:
        chosen = request.settings()
        target = bundle.target(adapter, chosen)
        user, name = who(request.host, root, chosen), getattr(request.given, "id", None) or ""
        return Subject(request.host, request.project, root, chosen, target, user, release, name)
    if release is None:
        raise Refused(f"nothing is deployed in {root.path}: name what to check, as doctor ADAPTER NAME=value ...")
    return Subject(request.host, request.project, root, release.settings, release.target, release.user, release)
