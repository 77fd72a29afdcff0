"""The application: imported in the release's environment, by the user who runs it, it is ready; migrations are run."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

from ..advice import command
from ..hosts import tail
from ..release import Release
from ..steps.migrate import COMMAND
from .finding import OK, WRONG, Finding
from .subject import Subject


def application(subject: Subject) -> Iterator[Finding]:
    """What its readiness URL answers, in process: its databases are there with the schema that it needs."""
    release = subject.release
    if release is None:
        return
    code, said = _adapters(subject, release, "describe")
    if code:
        yield Finding(WRONG, f"{release.settings.application} cannot be imported: {_line(said)}", subject.deploy)
        return
    migrates = COMMAND in json.loads(said.splitlines()[-1])
    code, said = _adapters(subject, release, "preflight")
    if code:
        yield Finding(WRONG, _line(said), command(subject.root, *(("flask", COMMAND) if migrates else ("logs",))))
    else:
        yield Finding(OK, f"{release.settings.application} is ready" + ", its migrations are run" * migrates)


def _adapters(subject: Subject, release: Release, what: str) -> tuple[int, str]:
    host = dataclasses.replace(subject.host, user=subject.user)
    argv: list[str | Path] = [release.python, "-m", "deploy.adapters", what]
    done = host.run(argv, cwd=release.folder, as_user=True, check=False, timeout=release.settings.start_timeout)
    return done.returncode, done.stdout


def _line(said: str) -> str:
    """What it says, without what was printed before and without the places in its code."""
    _, _, reason = said.rpartition("describe: ") if "describe: " in said else said.rpartition("preflight: ")
    return tail(reason.partition("\nTraceback")[0], 2).replace("\n", " ")
