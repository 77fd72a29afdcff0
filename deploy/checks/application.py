"""The application: imported in the release's environment, by the user who runs it, it is ready."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Iterator
from pathlib import Path

from ..cli.advice import command
from ..errors import DeployError
from ..machine.run import tail
from ..site.application import describe
from .finding import OK, WRONG, Finding
from .subject import Subject


def application(subject: Subject) -> Iterator[Finding]:
    """What its readiness URL answers, in process; when that is no, the command that mends a schema, if it has one."""
    release = subject.release
    if release is None:
        return
    host = dataclasses.replace(subject.host, user=subject.user)
    try:
        describe(host, release, release.folder)
    except DeployError as error:
        yield Finding(WRONG, f"{release.settings.application} cannot be imported: {_line(str(error))}", subject.deploy)
        return
    argv: list[str | Path] = [release.python, "-m", "deploy.adapters", "preflight"]
    done = host.run(argv, cwd=release.folder, as_user=True, check=False, timeout=release.settings.start_timeout)
    if done.returncode:
        fixes = [words for each in release.settings.release if (words := shlex.split(each))[0] == "flask"]
        fix = command(subject.root, *(fixes[0] if fixes else ["logs"]))
        yield Finding(WRONG, _line(done.stdout.rpartition("preflight: ")[2]), fix)
    else:
        yield Finding(OK, f"{release.settings.application} is ready")


def _line(said: str) -> str:
    """What it says, without the places in its code."""
    return tail(said.partition("\nTraceback")[0], 2).replace("\n", " ")
