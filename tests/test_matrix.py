"""The page that make matrix writes; beside the contract, as it may be out of date until that has run."""

from __future__ import annotations

import re

from .contract.limits import LIMITS
from .contract.matrix import FOLDER, LAWS, Found, cell, html, markdown
from .contract.targets import TARGETS


def found(**changes: dict[str, str]) -> Found:
    """A run in which every target kept every law, but for `changes` (law -> its outcome) on the first target."""
    kept = {f"{law} test_something": {"outcome": "passed"} for law in LAWS}
    first = {f"{law.removeprefix('law')} test_other": value for law, value in changes.items()}
    return {str(target): kept | (first if target == TARGETS[0] else {}) for target in TARGETS}


def text(**changes: dict[str, str]) -> str:
    """The first target's cell."""
    return str(cell(found(**changes), TARGETS[0].adapter, TARGETS[0].frontend))


def test_a_cell_counts_the_laws() -> None:
    all_of = len(LAWS)
    assert text() == f"{all_of}/{all_of}"
    assert text(law7={"outcome": "passed", "limit": "buffers"}) == f"{all_of - 1}/{all_of}; 7: buffers"
    assert text(law5={"outcome": "failed"}) == f"{all_of - 1}/{all_of}; BROKEN: 5"
    assert text(story={"outcome": "failed"}) == f"{all_of}/{all_of}; BROKEN: story"


def test_a_target_that_is_none_is_an_empty_cell() -> None:
    assert cell(found(), "fastcgi", "none") is None


def test_both_pages_say_the_same() -> None:
    run = found(law7={"outcome": "passed", "limit": "buffers"}, law5={"outcome": "failed"})
    cells = f"{len(LAWS) - 2}/{len(LAWS)}; 7: buffers; BROKEN: 5"
    assert cells in markdown(run)
    assert f'<td class="broken">{cells}</td>' in html(run)
    assert len(re.findall('<th scope="row">', html(run))) == len({target.adapter for target in TARGETS})


def test_the_pages_in_the_repository_name_every_limit() -> None:
    for name in ("matrix.md", "matrix.html"):
        page = (FOLDER / name).read_text(encoding="utf-8")
        for limit in LIMITS:
            assert limit.short in page, f"{name} is out of date: make matrix"
