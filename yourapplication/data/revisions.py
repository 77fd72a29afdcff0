"""The migrations that a release has, read from their files without running them."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ..parts import PACKAGE

MIGRATIONS = PACKAGE / "migrations"  # the default bind's, and what Alembic needs


class Migration(NamedTuple):
    """One revision, as its file says without being run."""

    revision: str
    before: tuple[str, ...]
    expands: bool


@functools.cache
def folder(bind: str, package: Path = PACKAGE) -> Path:
    """Where a bind's migrations are in a release, whose `package` may be older: all binds' were in one folder."""
    own = package / bind / "migrations"
    return own if own.is_dir() else package / "migrations" / bind


@functools.cache
def migrations(where: Path) -> dict[str, Migration]:
    """The migrations in a folder, by revision."""
    return {each.revision: each for each in _read(where)}


@functools.cache
def head(where: Path) -> str:
    """The revision that a release with that folder needs: the one that no other builds on."""
    known = migrations(where)
    (newest,) = known.keys() - {before for each in known.values() for before in each.before}
    return newest


def _read(where: Path) -> Iterator[Migration]:
    for path in where.glob("*.py"):
        statements = ast.parse(path.read_text(encoding="utf-8")).body
        said = {ast.unparse(s.targets[0]): s.value for s in statements if isinstance(s, ast.Assign)}
        before = ast.literal_eval(said["down_revision"])
        expands = "expands" in said and ast.literal_eval(said["expands"])
        yield Migration(
            ast.literal_eval(said["revision"]), (before,) if isinstance(before, str) else tuple(before or ()), expands
        )
