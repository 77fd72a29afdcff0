"""The artifact: one tar with code, wheels and a `deploy` that puts it live on a host, without a package registry."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from ...machine.files import File
from ...machine.templates import load

# What the tool needs on a host, pinned in requirements/tool.txt; the last two build mod_wsgi.
requires = ("cryptography", "jinja2", "pydantic", "setuptools", "wheel")
SCRIPT = "deploy"
OLDEST_GLIBC = 17  # of manylinux2014 (PEP 599); wheels of today name it or a later one (PEP 600)

_template = load(__package__)


class Machine(NamedTuple):
    """What wheels have to fit: the minor version of Python and of glibc, and what `uname -m` says."""

    python: int
    glibc: int
    architecture: str

    def __str__(self) -> str:
        return f"Python 3.{self.python} on {self.architecture}"


class Origin(NamedTuple):
    """What a release made elsewhere brings along: its id, the commit that it was made from, and by whom."""

    id: str
    commit: str
    who: str


def download(python: str, machine: Machine, locks: Iterable[Path], folder: Path) -> list[str]:
    """pip's command to fetch what `locks` pin into `folder`: wheels for `machine`, sources where there are none."""
    platforms = [f"manylinux_2_{minor}_{machine.architecture}" for minor in range(OLDEST_GLIBC, machine.glibc + 1)]
    platforms += [f"manylinux2014_{machine.architecture}", f"linux_{machine.architecture}", "any"]
    abis = (f"cp3{machine.python}", "abi3", "none")
    return [
        *(python, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check", "--no-deps"),
        *("--require-hashes", "--dest", str(folder), "--implementation", "cp"),
        *("--python-version", f"3.{machine.python}"),
        *(word for abi in abis for word in ("--abi", abi)),
        *(word for platform in platforms for word in ("--platform", platform)),
        *(word for lock in locks for word in ("-r", str(lock))),
    ]


class Words(NamedTuple):
    """The settings of a deployment to hosts: where, those that were given, and those that count where none is."""

    root: str
    given: Mapping[str, str]
    defaults: Mapping[str, str]

    def spelled(self) -> list[str]:
        """As the tool on a host takes them."""
        defaults = [f"--default={name.upper()}={text}" for name, text in self.defaults.items()]
        return [*defaults, *(f"{name.upper()}={text}" for name, text in {**self.given, "root": self.root}.items())]


def script(adapter: str, words: Words, origin: Origin, machines: Iterable[Machine], tool: str) -> File:
    """The artifact's `deploy`; `tool` names the tool's own environment."""
    given = " ".join(map(shlex.quote, words.spelled()))
    text = _template(SCRIPT).render(
        adapter=adapter, given=given, root=words.root, origin=origin, tool=tool, quote=shlex.quote,
        machines=list(machines),
    )  # fmt: skip
    return File(SCRIPT, text, 0o755)
