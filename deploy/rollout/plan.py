"""From what the user asked for to a deployment's context."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from .. import bundle, frontends, supervisors
from ..checks.subject import Subject
from ..errors import Refused
from ..machine import sockets
from ..machine.run import Local
from ..settings import Settings
from ..site import commit, environments, owners
from ..site.on_disk import live, new_id
from ..site.release import Release, Root, Target
from .context import Context

EXAMPLE_ID = "release"  # what `render` calls the release that it does not make


def deployment(subject: Subject, python: Path, environment: str, made_from: str = "") -> Context:
    """The context of deploying what was checked; raises Refused when a release of it cannot be.

    `made_from`: the commit of a release that was made elsewhere.
    """
    root, project, settings, target = subject.root, subject.project, subject.settings, subject.target
    host = dataclasses.replace(subject.host, user=subject.user)
    release = draft(root, project, environment, settings, target, python, host.user, subject.name or new_id())
    release = dataclasses.replace(release, commit=made_from or commit.named(host, project))
    if len(release.upstream.encode()) > bundle.SOCKET_PATH_LIMIT:
        raise Refused(f"the socket path {release.upstream} has {len(release.upstream.encode())} bytes and may have "
                      f"{bundle.SOCKET_PATH_LIMIT}: choose a shorter ROOT, or SOCKET=tcp")  # fmt: skip
    venv = supervisor_venv(root, project, python) if subject.room.requires else None
    supervisor = supervisors.of(host, root, settings.supervisor, venv)
    ctx = Context(
        project, host, root, python, release, subject.serving, supervisor, venv, frontend_binary(host, target)
    )
    ctx.notes += [] if made_from else commit.uncommitted(host, project)
    return ctx


def draft(
    root: Root, project: Path, environment: str, settings: Settings, target: Target, python: Path, user: str, name: str
) -> Release:
    """The release that a deployment would make."""
    locks = environments.release_locks(project, target.adapter)
    release = Release(
        id=name, root=root, environment=environment, settings=settings, target=target,
        venv=root.venvs / environments.name_of(python, locks), upstream="", user=user,
    )  # fmt: skip
    running = bundle.process(release)
    if target.standalone or running is None:
        return release
    unix = settings.socket == "unix" and "unix" in running.inherits
    tcp = f"127.0.0.1:{settings.port + 1 if name == EXAMPLE_ID else sockets.free_port('127.0.0.1')}"
    return dataclasses.replace(release, upstream=f"{root.sockets}/{name}" if unix else tcp)


def rollback(host: Local, project: Path, root: Root, to: Release) -> Context:
    """The context of going back to a release that is on disk; raises Refused when another user has its files now."""
    host = dataclasses.replace(host, user=to.user)
    owners.trusted(root, project)
    owners.still(root, host)
    supervisor = supervisors.of(host, root, to.settings.supervisor)
    previous = supervisors.serving(host, root, live(root))
    return Context(project, host, root, to.python, to, previous, supervisor, None, frontend_binary(host, to.target))


def frontend_binary(host: Local, target: Target) -> str:
    """The path of the front end's program; empty when there is none."""
    return "" if target.standalone else host.find(frontends.load(target.frontend).binary) or ""


def supervisor_venv(root: Root, project: Path, python: Path) -> Path:
    """Where the supervisor's environment is, or will be."""
    return Path(root.venvs / environments.name_of(python, environments.supervisor_locks(project)))
