"""What can be refused before anything is changed; each refusal names what was wrong and what would be right."""

from __future__ import annotations

import errno
import json
import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

from .. import bundle
from ..errors import Refused
from ..machine import run, sockets
from ..machine.run import Local
from ..settings import Settings
from ..settings.values import plain
from ..site import journal
from ..site.release import Release, Root, Target, root_of
from . import contention, hosted

INCLUDE = "import sysconfig; print(sysconfig.get_path('include'))"
USABLE = "import sys, venv; print('is Python', sys.version.split()[0]); sys.exit(sys.version_info < (3, 11))"

IN_USE = os.strerror(errno.EADDRINUSE)  # by the live release perhaps, which leaves it then, at another address too
PORTS_FAULT = (IN_USE, os.strerror(errno.EACCES))  # not the address's


def site_root(project: Path, setting: str) -> Root:
    """ROOT as an absolute folder that can be written; raises Refused."""
    path = root_of(project, setting).path
    try:
        plain(str(path))
    except ValueError as error:
        raise Refused(f"ROOT is {str(path)!r}: it may have {error}") from error
    if path == project or path in project.parents:
        raise Refused(f"ROOT is {setting!r}, which holds the project itself: choose a folder of its own, such as var")
    existing = next(folder for folder in (path, *path.parents) if folder.exists())
    if not existing.is_dir():
        raise Refused(f"ROOT is {path}, but {existing} is a file: choose a folder")
    if not os.access(existing, os.W_OK | os.X_OK) or _read_only(existing):
        raise Refused(f"ROOT is {path}, but {existing} cannot be written: choose a folder of yours")
    return Root(path)


def programs(host: Local, target: Target, supervisor: str, python: Path) -> None:
    """Raises Refused naming the Debian package of each program that the target needs and this machine lacks."""
    needed = bundle.programs(target, supervisor)
    lacks = missing(host, needed, python)
    if lacks:
        raise Refused(f"{target.adapter} behind {target.frontend} needs {', '.join(lacks)}, which this machine does "
                      f"not have: {bundle.install(needed, lacks)}")  # fmt: skip


def missing(host: Local, needed: Iterable[str], python: Path) -> list[str]:
    """Those of the programs that are not there, and of the headers of `python`, which the site's user can run."""
    headers = [name for name in needed if name.endswith(".h")]
    if headers:
        where = host.run([python, "-c", INCLUDE], as_user=True, check=False).stdout.strip()
        headers = [name for name in headers if not Path(where, name).exists()]
    return [name for name in needed if not name.endswith(".h") and host.find(name) is None] + headers


def interpreter(settings: Settings, host: Local) -> Path:
    """A Python that the application's user can run and make environments with; raises Refused naming what was tried."""
    own = os.path.realpath(Path(sys.base_prefix, "bin", f"python{sys.version_info[0]}.{sys.version_info[1]}"))
    tried = [settings.python] if settings.python else list(dict.fromkeys([own, "/usr/bin/python3"]))
    reasons = []
    for candidate in tried:
        done = host.run([candidate, "-c", USABLE], as_user=True, check=False)
        if done.returncode == 0 and done.stdout:
            return Path(candidate)
        reasons.append(f"{candidate} ({run.tail(done.stdout, 1) or 'is no Python'})")
    raise Refused(
        f"no Python 3.11 or later with venv that user {host.user or 'you'} can run: tried {'; '.join(reasons)}: "
        "apt-get install python3-venv, or choose PYTHON=/path/to/python3"
    )


def supervisor(settings: Settings, previous: Release | None) -> None:
    """Raises Refused when the site runs under another supervisor: two would contend for its address."""
    if previous and previous.settings.supervisor != settings.supervisor:
        raise Refused(f"SUPERVISOR is {settings.supervisor!r}, but {previous.root.path} runs under "
                      f"{previous.settings.supervisor}: stop it first")  # fmt: skip


def port(host: Local, root: Root, settings: Settings, target: Target, previous: Release | None) -> None:
    """Raises Refused when nobody can listen on the public address, or another does; a host's front end may, for other
    sites."""
    if found := contention.conflict(host, root, settings, target, previous):
        raise Refused(f"{found.what}: {found.fix}, or choose another PORT or FRONTEND")
    error = sockets.bind_error("0.0.0.0" if settings.address == "*" else settings.address, settings.port)
    if previous and previous.settings.port == settings.port and error == IN_USE:
        error = error if sockets.others(settings.address, settings.port, previous.settings.address) else None
    if error and not hosted.shares_port(host, settings, target):
        if error in PORTS_FAULT:
            raise Refused(f"PORT is {settings.port}, which cannot be listened on at {settings.address} ({error}): "
                          "choose another")  # fmt: skip
        raise Refused(f"ADDRESS is {settings.address!r}, which cannot be listened on ({error}): choose 127.0.0.1, "
                      "0.0.0.0 or another one of this machine")  # fmt: skip


def known(root: Root, name: str) -> None:
    """Raises Refused when the release with this id, which an artifact brings, has been live here."""
    if name in journal.good(root):
        raise Refused(f"release {name} has been live here already: rollback RELEASE={name} puts it live again")


def secrets(root: Root) -> None:
    """Raises Refused when the secrets file of a site that was deployed before is missing, readable or no JSON."""
    path = root.secrets
    wanted = 'a JSON object such as {"SECRET_KEY": "..."} with mode 0600'
    if not path.exists():
        if journal.good(root):
            raise Refused(f"{path} is missing though this site was deployed before: put it back, {wanted}")
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Refused(f"{path} can be read by others (mode {mode:04o}): it must be {wanted}; chmod 600 {path}")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except PermissionError as error:
        raise Refused(f"{path} belongs to somebody else, so that you cannot read it: it must be {wanted}") from error
    except ValueError as error:
        raise Refused(f"{path} is not JSON ({error}): it must be {wanted}") from error
    if not isinstance(found, dict):
        raise Refused(f"{path} holds a {type(found).__name__}: it must be {wanted}")


def _read_only(path: Path) -> bool:
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY)
