"""docs/matrix.html: the matrix as a page for a browser; one file that loads nothing, and colours that text repeats."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import jinja2
from markupsafe import Markup, escape

from .limits import Limit

HERE = Path(__file__).parent
KINDS = {  # of a cell: its mark, and what that means
    "kept": ("✓", "every law is kept in every check"),
    "limited": ("◐", "kept but for what stands there; a click leads to the reason"),
    "broken": ("✗", "broken: a check failed that no limit explains"),
    "none": ("—", "no target: an adapter that speaks no HTTP needs a front end"),
}


class Shown(NamedTuple):
    """A cell: its kind, the words beside the mark, and the laws with what limits or breaks them."""

    kind: str
    says: str
    but: Sequence[tuple[str, Sequence[str]]] = ()

    @property
    def mark(self) -> str:
        """The sign that says the same as the colour."""
        return KINDS[self.kind][0]


def render(
    title: str,
    introduction: Sequence[str],
    facts: Sequence[tuple[int, str]],
    columns: Sequence[str],
    rows: Mapping[str, Sequence[Shown]],
    laws: Mapping[str, str],
    limits: Sequence[tuple[Limit, str, str]],
) -> str:
    """The page; `limits` come with where they hold and what does not hold, in words."""
    grouped: dict[str, list[dict[str, str]]] = {}
    for limit, where, check in limits:
        grouped.setdefault(limit.short, []).append({"where": where, "reason": limit.reason, "check": check})
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters["inline"] = _inline
    return environment.get_template("matrix.html").render(
        title=title, introduction=introduction, facts=facts, columns=columns, laws=laws.items(),
        legend=[(kind, mark, meaning) for kind, (mark, meaning) in KINDS.items()],
        rows=[(name, list(zip(columns, cells, strict=True))) for name, cells in rows.items()],
        limits=grouped.items(), anchors={short: re.sub(r"\W+", "-", short) for short in grouped},
    )  # fmt: skip


def _inline(text: str) -> Markup:
    """What stands between backticks is code."""
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # the text is escaped already
