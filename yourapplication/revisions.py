"""The migrations that this release has, read from their files without running them."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

MIGRATIONS = Path(__file__).parent / "migrations"


class Migration(NamedTuple):
    """One revision, as its file says without being run."""

    revision: str
    before: tuple[str, ...]
    expands: bool


@functools.cache
def migrations(bind: str, folder: Path = MIGRATIONS) -> dict[str, Migration]:
    """The migrations that this release has, or another one in its `folder`, by revision."""
    return {each.revision: each for each in _read(folder / bind)}


@functools.cache
def head(bind: str, folder: Path = MIGRATIONS) -> str:
    """The revision that it needs: the one that no other builds on."""
    known = migrations(bind, folder)
    (newest,) = known.keys() - {before for each in known.values() for before in each.before}
    return newest


def _read(folder: Path) -> Iterator[Migration]:
    for path in folder.glob("*.py"):
        statements = ast.parse(path.read_text(encoding="utf-8")).body
        said = {ast.unparse(s.targets[0]): s.value for s in statements if isinstance(s, ast.Assign)}
        revision, before, expands = (
            ast.literal_eval(said[name]) if name in said else None for name in ("revision", "down_revision", "expands")
        )
        yield Migration(revision, (before,) if isinstance(before, str) else tuple(before or ()), bool(expands))
