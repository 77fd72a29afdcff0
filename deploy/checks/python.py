"""The interpreter, the release's environment, and mod_wsgi, which must have been built for the same Python."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import re
from collections.abc import Iterator
from pathlib import Path

from ..machine.files import requirements
from ..site import environments
from .finding import OK, WRONG, Finding
from .subject import Subject

PINNED = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?![^\\\n]*;)", re.M
)  # not those of other systems
BUILT_FOR = re.compile(rb"libpython(3\.\d+)")
NAMED_FOR = re.compile(r"mod_wsgi-py3(\d+)")


def interpreter(subject: Subject) -> Iterator[Finding]:
    """A Python 3.11 or later with venv that the site's user can run."""
    found, tried = subject.interpreter
    if found is None:
        what = f"no Python 3.11 or later with venv that user {subject.user or 'you'} can run (tried {tried})"
        fix = "apt-get install python3-venv"
        yield Finding(WRONG, what, fix, f"{what}: {fix}, or choose PYTHON=/path/to/python3")
        return
    host = dataclasses.replace(subject.host, user=subject.user)
    version = host.run([found, "--version"], as_user=True).stdout.strip()
    yield Finding(OK, f"{version}, {found}, with venv, for user {subject.user or 'you'}")


def environment(subject: Subject) -> Iterator[Finding]:
    """Everything that the release pins is installed in its environment."""
    release = subject.release
    if release is None:
        return
    fix = f"rm -f {release.venv / environments.COMPLETE} && {subject.deploy}"
    if not (release.venv / environments.COMPLETE).exists():
        yield Finding(WRONG, f"{release.venv} is missing or was never completed", fix)
        return
    folders = [str(path) for path in release.venv.glob("lib/python*/site-packages")]
    installed = {_plain(each.name): each.version for each in importlib.metadata.distributions(path=folders)}
    locks = environments.release_locks(release.folder, release.target.adapter)
    texts = [path.read_text(encoding="utf-8") for lock in locks for path in requirements(lock)]
    pins = {_plain(match["name"]): match["version"] for text in texts for match in PINNED.finditer(text)}
    lacking = [f"{name} {version}" for name, version in pins.items() if installed.get(name) != version]
    if lacking:
        yield Finding(WRONG, f"{release.venv} lacks {', '.join(lacking)}", fix)
    else:
        yield Finding(OK, f"{release.venv} has all {len(pins)} pinned distributions")


def mod_wsgi(subject: Subject) -> Iterator[Finding]:
    """The module in the release's environment was built for the Python of that environment."""
    release = subject.release
    if release is None or release.target.adapter != "mod_wsgi":
        return
    fix = f"rm -f {release.venv / environments.COMPLETE} && {subject.deploy}"
    modules = sorted(release.venv.glob("lib/python*/site-packages/mod_wsgi/server/mod_wsgi-*.so"))
    if not modules:
        yield Finding(WRONG, f"{release.venv} has no mod_wsgi", fix)
    for module in modules:
        wanted = module.relative_to(release.venv).parts[1].removeprefix("python")
        others = _built_for(module) - {wanted}
        if others:
            built = " and ".join(sorted(others))
            yield Finding(
                WRONG, f"{module} is built for Python {built}, the release has {wanted}", f"rm {module} && {fix}"
            )
        else:
            yield Finding(OK, f"{module.name} is built for Python {wanted}")


def _built_for(module: Path) -> set[str]:
    """What its name says, and what it is linked against."""
    named = {f"3.{minor}" for minor in NAMED_FOR.findall(module.name)}
    return named | {version.decode() for version in BUILT_FOR.findall(module.read_bytes())}


def _plain(name: str) -> str:
    """A distribution's name as all its spellings are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()
