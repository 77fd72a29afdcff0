"""From what authors write, Markdown (CommonMark), to what readers see; the libraries are imported on first use."""

from __future__ import annotations

import functools
import html
import textwrap
from typing import TYPE_CHECKING

from markupsafe import Markup

from ..auth.forms import CONTROL

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

SUMMARY = 300  # characters
TARGETS = 1_000_000  # characters of all links' and images' targets: [a] is short, and what it refers to may be long
# A wide table is scrolled in a box of its own, which the keyboard must be able to reach.
BOX = {"class": "wide", "role": "group", "aria-label": "Table", "tabindex": "0"}


@functools.lru_cache(64)
def render(text: str) -> Markup:
    """Sanitised HTML: markup within the text is shown as text, and whatever is left that could do harm is removed.

    The levels of its headings become h2, h3 and so on, below the page's and without a gap.
    """
    import nh3

    attributes = {**nh3.ALLOWED_ATTRIBUTES, "div": set(BOX)}
    return Markup(nh3.clean(_rendered(text), attributes=attributes, link_rel="nofollow noopener"))


def summary(text: str) -> str:
    """The beginning as plain text, cut between words."""
    import nh3

    plain = html.unescape(nh3.clean(_rendered(text[: 20 * SUMMARY]), tags=set()))
    return textwrap.shorten(plain, SUMMARY, placeholder=" …") if " " in plain.strip() else plain.strip()[:SUMMARY]


def _rendered(text: str) -> str:
    """HTML without control characters, which &#12; can still stand for, and which no feed can carry."""
    return CONTROL.sub(" ", _parser().render(text))


@functools.cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.core.ruler.push("headings", _lower_headings)
    parser.core.ruler.push("references", _bound_references)
    box = " ".join(f'{name}="{value}"' for name, value in BOX.items())
    parser.add_render_rule("table_open", lambda *_: f"<div {box}>\n<table>\n")
    parser.add_render_rule("table_close", lambda *_: "</table>\n</div>\n")
    return parser


def _lower_headings(state):  # type: ignore[no-untyped-def]
    headings = [token for token in state.tokens if token.type in ("heading_open", "heading_close")]
    levels = sorted({token.tag for token in headings})
    for token in headings:
        token.tag = f"h{min(6, 2 + levels.index(token.tag))}"


def _bound_references(state):  # type: ignore[no-untyped-def]
    """A target that thousands of references repeat would fill the memory: beyond TARGETS they lead nowhere."""
    left = TARGETS
    for token in (inner for block in state.tokens for inner in block.children or ()):
        left -= sum(map(len, map(str, token.attrs.values())))
        if left < 0:
            token.attrs = {}
