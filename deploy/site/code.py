"""What of a project a release holds: what git holds and does not ignore; without git, all but what is listed here."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from ..machine.run import Local

IGNORED = "git ignores it"
CHOSEN = "the setting leave_out names it"
SHOWN = 8  # names in a line
BYTECODE = ("__pycache__", "*.pyc", ".git")  # nobody needs them, and they are made anew
# What only git can say otherwise of, by holding it, and why it is left out. At the top of a project:
AT_TOP = {"build": "artifacts are made there", "var": "sites are put there", "instance": "each release has its own"}
# And at any depth:
ANYWHERE = {
    ".*": "its name is hidden", "node_modules": "it is installed", "*.egg-info": "it is installed",
    "*.sqlite*": "it is data", "*.db": "it is data", "secrets*.json": "its name says that it holds secrets",
}  # fmt: skip


class Held(NamedTuple):
    """Names below the project: of files, links and empty folders that a release holds; why it does not hold others."""

    names: list[str]
    left_out: dict[str, str]


def held(host: Local, project: Path, leave_out: Collection[str]) -> Held:
    """What a release of `project` holds; `leave_out`: names at its top that it does not, though git holds them."""
    tracked = _git(host, project, "--cached")
    if not tracked:
        return _sieved(project, _walked(project, ""), set(), leave_out)
    untracked = _git(host, project, "--others", "--exclude-standard")
    found = [inner for name in (*tracked, *untracked) for inner in _entered(project, name)]
    ignored = _git(host, project, "--others", "--ignored", "--exclude-standard", "--directory")
    sieved = _sieved(project, found, set(tracked), leave_out)
    return Held(sieved.names, {name: IGNORED for name in ignored if not _is(name, BYTECODE)} | sieved.left_out)


def everything(project: Path) -> Held:
    """What an artifact brings: it has been chosen where that was made."""
    return Held(list(_walked(project, "")), {})


def told(left_out: dict[str, str]) -> list[str]:
    """What was left out, one line for all that was for the same reason."""
    reasons: dict[str, list[str]] = {}
    for name, why in left_out.items():
        reasons.setdefault(why, []).append(name)
    return [f"left out of the release, as {why}: {', '.join(names[:SHOWN])}" +
            (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
            for why, names in reasons.items()]  # fmt: skip


def _git(host: Local, project: Path, *which: str) -> list[str]:
    """Names of files, from git; none without a work tree. Git is not asked about a work tree of somebody else."""
    words: list[str | Path] = ["git", "--no-optional-locks", "-C", project, "ls-files", "-z", *which, "--", "."]
    done = host.run(words, check=False)
    return [] if done.returncode else list(dict.fromkeys(name for name in done.stdout.split("\0") if name))


def _walked(project: Path, below: str) -> Iterator[str]:
    """All names below a folder, those of links too, which are not followed; a folder's when it is empty."""
    entries = sorted(os.scandir(project / below), key=lambda entry: entry.name)
    for entry in entries:
        name = f"{below}{entry.name}"
        if _is(entry.name, BYTECODE):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walked(project, f"{name}/")
        else:
            yield name
    if below and not entries:
        yield below


def _entered(project: Path, name: str) -> Iterable[str]:
    """A name that git says, or all names in it: another repository's folder is one name for git."""
    path = project / name
    if path.is_dir() and not path.is_symlink():
        return _walked(project, f"{name.rstrip('/')}/")
    return [name] if os.path.lexists(path) else []


def _sieved(project: Path, names: Iterable[str], tracked: set[str], leave_out: Collection[str]) -> Held:
    kept, left = [], {}
    sites: dict[str, bool] = {}
    for name in names:
        if _is(name, BYTECODE) and name not in tracked:
            continue
        top, below, _ = name.partition("/")
        if top in leave_out:
            left[top + below] = CHOSEN
            continue
        found = _reason(project, name, sites) if name not in tracked else None
        if found:
            left[found[0]] = found[1]
        else:
            kept.append(name)
    return Held(kept, left)


def _reason(project: Path, name: str, sites: dict[str, bool]) -> tuple[str, str] | None:
    """The part of a name that is left out, and why; None when it is not."""
    parts = name.rstrip("/").split("/")
    for depth, part in enumerate(parts):
        here = "/".join(parts[: depth + 1])
        why = AT_TOP.get(part) if depth == 0 and len(parts) > 1 else None
        why = why or next((why for pattern, why in ANYWHERE.items() if fnmatch.fnmatch(part, pattern)), None)
        if why is None and depth < len(parts) - 1:
            if here not in sites:
                sites[here] = _is_root(project / here)
            why = "it holds a site" if sites[here] else None
        if why:
            return here + "/" * (depth < len(parts) - 1), why
    return None


def _is(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatch(part, pattern) for part in name.rstrip("/").split("/") for pattern in patterns)


def _is_root(path: Path) -> bool:
    """Whether a folder holds a site: its data and secrets belong in no release."""
    return (path / "releases").is_dir() and (path / "shared").is_dir()
