"""Words of a deployment as values: the target, the folders of a ROOT, and one release."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

from ..settings import Settings


@dataclasses.dataclass(frozen=True)
class Target:
    """What a request passes through: the adapter, the front end, and the protocol between them."""

    adapter: str
    frontend: str
    protocol: str

    @property
    def standalone(self) -> bool:
        """Whether the adapter itself is what clients reach."""
        return self.frontend == "none"


@dataclasses.dataclass(frozen=True)
class Root:
    """The folders of a site (DESIGN: A deployment)."""

    path: Path

    releases = property(lambda self: self.path / "releases")
    venvs = property(lambda self: self.path / "venvs")
    shared = property(lambda self: self.path / "shared")
    data = property(lambda self: self.path / "shared" / "data")
    backups = property(lambda self: self.path / "shared" / "backups")
    requests = property(lambda self: self.path / "shared" / "logs" / "application" / "requests.log")  # one line each
    logs = property(lambda self: self.path / "shared" / "logs")
    secrets = property(lambda self: self.path / "shared" / "secrets.json")
    token = property(lambda self: self.path / "shared" / "token")  # the deployment's own requests know it
    current = property(lambda self: self.path / "current")
    run = property(lambda self: self.path / "run")
    sockets = property(lambda self: self.path / "run" / "sockets")
    frontend = property(lambda self: self.path / "run" / "frontend")
    supervisor = property(lambda self: self.path / "run" / "supervisor")
    lock = property(lambda self: self.path / "lock")
    journal = property(lambda self: self.path / "releases.jsonl")


def root_of(project: Path, setting: str) -> Root:
    """The folders of the setting `root`: a relative path is below the project."""
    return Root(Path(os.path.abspath(project / setting)))


@dataclasses.dataclass(frozen=True)
class Release:
    """One release: who it is, where it lies and what it serves. Written into it as instance/deploy.json."""

    id: str
    root: Root
    environment: str
    settings: Settings
    target: Target
    venv: Path
    upstream: str  # unix socket path or host:port between front end and adapter; empty when there is none
    user: str  # who serves, when root deploys; else empty
    commit: str = ""
    given: dict[str, str] = dataclasses.field(default_factory=dict)  # settings of the command line, for the next too

    @property
    def folder(self) -> Path:
        """Where the code lies."""
        return Path(self.root.releases / self.id)

    @property
    def python(self) -> Path:
        """The interpreter with the release's libraries."""
        return self.venv / "bin" / "python"

    @property
    def reached(self) -> tuple[str, int]:
        """The address and port where this machine reaches the site."""
        address = "127.0.0.1" if self.settings.address in ("0.0.0.0", "*") else self.settings.address
        return address, self.settings.port

    @property
    def named(self) -> bool:
        """Whether the site has a name of its own, so that others can share its address."""
        return bool(self.settings.names)

    @property
    def authority(self) -> str:
        """The site's name and port as clients write them (RFC 9110 4.2.1); its address when it has no name."""
        name = self.settings.names[0].replace("*", "www") if self.named else self.reached[0]
        return name if self.settings.port == 80 else f"{name}:{self.settings.port}"

    @property
    def url(self) -> str:
        """Where clients reach the site, as printed."""
        everywhere = {"*": "0.0.0.0"}.get(self.settings.address, self.settings.address)
        shown = self.authority if self.named else self.authority.replace(self.reached[0], everywhere, 1)
        return f"http://{shown}{self.settings.prefix}/"

    def as_json(self) -> str:
        """The release as the text of its instance/deploy.json."""
        values: dict[str, Any] = {
            "id": self.id, "environment": self.environment, "settings": self.settings.model_dump(),
            "target": dataclasses.asdict(self.target), "venv": str(self.venv), "upstream": self.upstream,
            "user": self.user, "commit": self.commit, "given": self.given,
        }  # fmt: skip
        return json.dumps(values, indent=2) + "\n"
