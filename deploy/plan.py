"""From what the user asked for to a deployment's context; every refusal that needs no change is made here."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import stat
import sys
from pathlib import Path

from . import bundle, frontends, hosts, supervise
from .context import Context
from .errors import Refused
from .hosts import Local
from .release import Release, Root, Target, live, new_id
from .settings import Settings, _plain
from .steps import install

SITE_USER = "www-data"  # Debian's own user for web servers, who runs the application when root deploys
USABLE = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11) and 'is Python ' + sys.version.split()[0])"
EXAMPLE_ID = "release"  # what `render` calls the release that it does not make


def deployment(host: Local, project: Path, adapter: str, environment: str, settings: Settings) -> Context:
    """The context of deploying `project`; raises Refused naming what is wrong and what would be right."""
    target = bundle.target(adapter, settings)
    root = site_root(project, settings.root)
    programs(host, target)
    host = dataclasses.replace(host, user=site_user(host, root, settings, target))
    python = interpreter(settings, host)
    previous = live(root) if supervise.running(root) else None
    port(settings, previous)
    secrets(root)
    release = draft(root, project, environment, settings, target, python, host.user, new_id())
    if len(release.upstream.encode()) > bundle.SOCKET_PATH_LIMIT:
        raise Refused(f"the socket path {release.upstream} has {len(release.upstream.encode())} bytes and may have "
                      f"{bundle.SOCKET_PATH_LIMIT}: choose a shorter ROOT, or SOCKET=tcp")  # fmt: skip
    return Context(project, host, root, python, release, previous, supervisor_venv(root, project, python),
                   frontend_binary(host, target))  # fmt: skip


def draft(
    root: Root, project: Path, environment: str, settings: Settings, target: Target, python: Path, user: str, name: str
) -> Release:
    """The release that a deployment would make."""
    locks = install.release_locks(project, target.adapter)
    for lock in locks:
        if not lock.exists():
            raise Refused(f"{lock} does not exist: it pins what a release needs; 'make requirements' writes it")
    release = Release(
        id=name, root=root, environment=environment, settings=settings, target=target,
        venv=root.venvs / install.venv_name(python, locks), upstream="", user=user, commit=commit(project),
    )  # fmt: skip
    running = bundle.process(release)
    if target.standalone or running is None:
        return release
    unix = running.inherits and settings.socket == "unix"
    tcp = f"127.0.0.1:{settings.port + 1 if name == EXAMPLE_ID else hosts.free_port('127.0.0.1')}"
    return dataclasses.replace(release, upstream=f"{root.sockets}/{name}" if unix else tcp)


def rollback(host: Local, project: Path, root: Root, to: Release) -> Context:
    """The context of going back to a release that is on disk."""
    previous = live(root) if supervise.running(root) else None
    return Context(
        project,
        dataclasses.replace(host, user=to.user),
        root,
        to.python,
        to,
        previous,
        supervise.venv(root),
        frontend_binary(host, to.target),
    )


def site_root(project: Path, setting: str) -> Root:
    """ROOT as an absolute folder that can be written; raises Refused."""
    path = absolute(project, setting)
    try:
        _plain(str(path))
    except ValueError as error:
        raise Refused(f"ROOT is {str(path)!r}: it may have {error}") from error
    existing = next(folder for folder in (path, *path.parents) if folder.exists())
    if not existing.is_dir():
        raise Refused(f"ROOT is {path}, but {existing} is a file: choose a folder")
    if not os.access(existing, os.W_OK | os.X_OK) or _read_only(existing):
        raise Refused(f"ROOT is {path}, but {existing} cannot be written: choose a folder of yours")
    return Root(path)


def absolute(project: Path, setting: str) -> Path:
    """ROOT as an absolute path: a relative one is below the project."""
    return Path(os.path.abspath(project / setting))


def programs(host: Local, target: Target) -> None:
    """Raises Refused naming the Debian package of each program that the target needs and this machine lacks."""
    needed = dict(bundle.adapter(target.adapter).programs)
    if not target.standalone:
        room = frontends.load(target.frontend)
        needed[room.binary] = room.package
        if target.protocol in room.companions:
            needed[room.companions[target.protocol]({"processes": 1})[0]] = room.packages[target.protocol]
    missing = [name for name in needed if host.find(name) is None]
    if missing:
        packages = " ".join(sorted({needed[name] for name in missing}))
        raise Refused(f"{target.adapter} behind {target.frontend} needs {', '.join(missing)}, which this machine does "
                      f"not have: apt-get install {packages}")  # fmt: skip


def site_user(host: Local, root: Root, settings: Settings, target: Target) -> str:
    """Who runs the application: empty for whoever deploys; raises Refused when that user cannot."""
    if os.geteuid() != 0:
        if settings.user:
            raise Refused(f"USER is {settings.user!r}, but only root can run the application as somebody else")
        return ""
    user = settings.user or SITE_USER
    existing = next(folder for folder in (root.path, *root.path.parents) if folder.exists())
    try:
        reachable = (
            dataclasses.replace(host, user=user).run(["test", "-x", existing], as_user=True, check=False).returncode
            == 0
        )
    except KeyError as error:
        raise Refused(f"USER is {user!r}, who is no user of this machine") from error
    if reachable:
        return user
    if settings.user or target.frontend != "none":
        raise Refused(f"ROOT is {root.path}, which {user} cannot enter: choose ROOT=/srv/yourapplication or another "
                      f"folder that every user can enter (mode 0755, and so the folders above it)")  # fmt: skip
    return ""


def interpreter(settings: Settings, host: Local) -> Path:
    """A Python that the application's user can run and make environments with; raises Refused naming what was tried."""
    own = os.path.realpath(Path(sys.base_prefix, "bin", f"python{sys.version_info[0]}.{sys.version_info[1]}"))
    tried = [settings.python] if settings.python else list(dict.fromkeys([own, "/usr/bin/python3"]))
    reasons = []
    for candidate in tried:
        done = host.run([candidate, "-c", USABLE], as_user=True, check=False)
        if done.returncode == 0:
            return Path(candidate)
        reasons.append(f"{candidate} ({hosts.tail(done.stdout, 1)})")
    raise Refused(
        f"no Python 3.11 or later with venv that user {host.user or 'you'} can run: tried {'; '.join(reasons)}: "
        "apt-get install python3-venv, or choose PYTHON=/path/to/python3"
    )


def port(settings: Settings, previous: Release | None) -> None:
    """Raises Refused when somebody else listens on the public address."""
    held = previous and (previous.settings.address, previous.settings.port) == (settings.address, settings.port)
    error = (
        None if held else hosts.bind_error("0.0.0.0" if settings.address == "*" else settings.address, settings.port)
    )
    if error:
        raise Refused(
            f"PORT is {settings.port}, which cannot be listened on at {settings.address} ({error}): choose another"
        )


def secrets(root: Root) -> None:
    """Raises Refused when the secrets file of a site that was deployed before is missing, readable or no JSON."""
    path = root.secrets
    wanted = 'a JSON object such as {"SECRET_KEY": "..."} with mode 0600'
    if not path.exists():
        if root.journal.exists():
            raise Refused(f"{path} is missing though this site was deployed before: put it back, {wanted}")
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Refused(f"{path} can be read by others (mode {mode:04o}): it must be {wanted}; chmod 600 {path}")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Refused(f"{path} is not JSON ({error}): it must be {wanted}") from error
    if not isinstance(found, dict):
        raise Refused(f"{path} holds a {type(found).__name__}: it must be {wanted}")


def frontend_binary(host: Local, target: Target) -> str:
    """The path of the front end's program; empty when there is none."""
    return "" if target.standalone else host.find(frontends.load(target.frontend).binary) or ""


def supervisor_venv(root: Root, project: Path, python: Path) -> Path:
    """Where the supervisor's environment is, or will be."""
    return Path(root.venvs / install.venv_name(python, install.supervisor_locks(project)))


def commit(project: Path) -> str:
    """The commit that is checked out, when this is a git work tree; for the record only."""
    head = project / ".git" / "HEAD"
    if not head.exists():
        return ""
    text = head.read_text().strip()
    reference = project / ".git" / text.removeprefix("ref: ")
    found = reference.read_text().strip() if text.startswith("ref: ") and reference.exists() else text
    return found[:12] if re.fullmatch(r"[0-9a-f]{40}", found) else ""


def _read_only(path: Path) -> bool:
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY)
