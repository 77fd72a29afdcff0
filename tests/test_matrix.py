"""The page that make matrix writes; beside the contract, as it may be out of date until that has run."""

from __future__ import annotations

import re

from .contract.limits import LIMITS
from .contract.matrix import FOLDER, LAWS, Found, cell, html, markdown
from .contract.page import KINDS
from .contract.targets import TARGETS

COMMIT = "0123456789ab"


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
    kept = len(LAWS) - 2
    assert f"{kept}/{len(LAWS)}; 7: buffers; BROKEN: 5" in markdown(run, COMMIT)
    page = html(run, COMMIT)
    words = " ".join(re.sub("<[^>]+>", " ", page[page.index('<td class="broken"') :].partition("</td>")[0]).split())
    assert words == f"✗ {kept} of {len(LAWS)} laws law 5: broken law 7: buffers"
    assert len(re.findall('<th scope="row">', page)) == len({target.adapter for target in TARGETS})


def test_both_pages_name_the_commit_that_they_measured() -> None:
    for page in (markdown(found(), COMMIT), html(found(), COMMIT)):
        assert f"Measured on commit {COMMIT}." in page


def test_the_page_for_a_browser_is_readable_without_colours_and_without_a_network() -> None:
    page = html(found(), COMMIT)
    for kind, (mark, meaning) in KINDS.items():
        legend = f'<span class="swatch {kind}"><span class="mark" aria-hidden="true">{mark}</span></span> {meaning}'
        assert legend in page
    assert "<code>make matrix</code>" in page
    assert "`" not in page
    assert not re.findall(r"(?:src|href)=[\"'](?!#)|url\(|@import", page)
    assert set(re.findall('href="#([^"]+)"', page)) <= set(re.findall(' id="([^"]+)"', page))


def test_the_pages_in_the_repository_name_every_limit() -> None:
    for name in ("matrix.md", "matrix.html"):
        page = (FOLDER / name).read_text(encoding="utf-8")
        for limit in LIMITS:
            assert limit.short in page, f"{name} is out of date: make matrix"
