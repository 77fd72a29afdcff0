"""What the steps of one deployment share."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from .. import bundle
from ..checks.subject import Subject
from ..machine.files import File
from ..machine.run import Local
from ..site.release import Release, Root
from ..supervisors import Supervisor, fragments


@dataclasses.dataclass
class Context:
    """One deployment under way: from where, to where, what, and what it replaces."""

    project: Path
    host: Local
    root: Root
    python: Path  # the interpreter that virtual environments are made with
    release: Release
    previous: Release | None  # the release that serves now
    supervisor: Supervisor
    supervisor_venv: Path | None  # where its environment is, or will be; None when it comes with the host
    frontend_binary: str = ""
    leaving: list[int] = dataclasses.field(default_factory=list)  # the front end's processes before it was reloaded
    named: Path | None = None  # what `current` named before the switch, also when nothing runs
    lock: int | None = None  # the lock's folder, open, while this deployment has it
    who: str = ""  # who made the release, where that was elsewhere
    took_over: bool = False  # from a deployment that was killed
    logged: int = 0  # where the application's log ended when the new release was switched to
    action: str = "deploy"  # or rollback, start: what the journal calls it
    began: str = ""  # how the journal names this deployment, once it has the lock
    unrecorded: int | None = None  # the journal's size before it said that the release is live
    downgrade: bool = False  # whether the databases are to follow a rollback
    downgraded: bool = False  # whether they did, in part perhaps
    whole: bool = False  # whether the project is an artifact's, of which a release holds everything
    left_out: dict[str, str] = dataclasses.field(default_factory=dict)  # what of the project it does not, and why
    notes: list[str] = dataclasses.field(default_factory=list)  # what a step has to say beside its own line
    backup: str = ""  # what the migration of this deployment can be undone with

    @property
    def subject(self) -> Subject:
        """What the checks look at."""
        release = self.release
        host = dataclasses.replace(self.host, user=release.user)
        return Subject(host, self.project, self.root, release.settings, release.target, release.user, self.previous)

    @property
    def before(self) -> list[File]:
        """What the supervisor runs before the deployment."""
        return fragments.of(self.previous) if self.previous else []

    @property
    def started(self) -> list[File]:
        """What it runs from start to switch: the new processes beside all that ran before, where they can be.

        A standalone adapter needs the public address from its start, so it can be beside another standalone one only.
        """
        if self.release.target.standalone:
            return self.switched
        return [*self.before, *fragments.processes(self.release)]

    @property
    def beside(self) -> bool:
        """Whether all that ran before goes on running when the new processes start."""
        return all(file in self.started for file in self.before)

    @property
    def switched(self) -> list[File]:
        """What it runs from switch to drain: both releases' processes, unless the public address changes hands."""
        if self.previous is None or bundle.owner(self.previous) != bundle.owner(self.release):
            return self.after
        return list({file.name: file for file in [*self.before, *self.after]}.values())

    @property
    def after(self) -> list[File]:
        """What it runs after the deployment."""
        return fragments.of(self.release)
