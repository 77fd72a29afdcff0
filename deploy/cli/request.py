"""What was asked of the tool and what it answers; `__main__` makes the one and prints the other."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from ..errors import Refused
from ..machine.run import Local
from ..settings import Settings, configuration
from ..site import remembered
from ..site.on_disk import live
from ..site.release import Release, Root, root_of
from .commands import COMMANDS
from .progress import Progress


class Request(NamedTuple):
    """What was asked for: where, with which arguments, the words after -- that belong to somebody else, who watches."""

    host: Local
    project: Path
    given: argparse.Namespace
    rest: list[str]
    progress: Progress

    def settings(self) -> Settings:
        """The settings of the environment with those asked for on top; raises Refused."""
        return configuration.load(self.project, self.given.environment, {**self.defaults(), **self.asked()})

    def asked(self) -> dict[str, str]:
        """The settings that were given on the command line, now or for the live release, as name -> text."""
        return remembered.words(live(self.root()), self.words())

    def defaults(self) -> dict[str, str]:
        """What counts where a setting is not asked for, as name -> text: an artifact's."""
        pairs = [text.partition("=") for text in getattr(self.given, "default", None) or ()]
        return {name.lower(): text for name, _, text in pairs}

    def words(self) -> dict[str, str]:
        """The settings that are given on the command line, as name -> text; an empty one is to be forgotten."""
        taken = Settings.model_fields if "settings" in COMMANDS[self.given.command].wants else ("root",)
        return {key: value for key in taken if (value := getattr(self.given, key, None)) is not None}

    def root(self) -> Root:
        """The site's folders; raises Refused when the settings are wrong."""
        given = {"root": self.given.root} if self.given.root else {}
        chosen = configuration.load(self.project, self.given.environment, given)
        return root_of(self.project, chosen.root)

    def who(self) -> str:
        """Who asks: who made the artifact, or who became root with sudo; empty: this user."""
        return getattr(self.given, "who", None) or self.host.environ.get("SUDO_USER", "")

    def live(self) -> tuple[Root, Release]:
        """The site's folders and the release that `current` names; raises Refused when nothing was deployed."""
        root = self.root()
        release = live(root)
        if release is None:
            raise Refused(f"nothing is deployed in {root.path}: deploy first, or name the folder with ROOT=")
        return root, release


class Answer(NamedTuple):
    """What a command answers: lines for people, perhaps made as they are read; an exit code; a value for --json."""

    lines: Iterable[str] = ()
    code: int = 0
    value: object = None
