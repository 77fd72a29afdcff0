"""From what authors write, Markdown (CommonMark), to what readers see; the libraries are imported on first use."""

from __future__ import annotations

import functools
import html
import textwrap
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

SUMMARY = 300  # characters


@functools.lru_cache(256)
def render(text: str) -> Markup:
    """Sanitised HTML: markup within the text is shown as text, and whatever is left that could do harm is removed.

    Headings begin below those of the page.
    """
    import nh3

    return Markup(nh3.clean(_parser().render(text), link_rel="nofollow noopener"))  # noqa: S704


def summary(text: str) -> str:
    """The beginning as plain text, cut between words."""
    import nh3

    plain = html.unescape(nh3.clean(_parser().render(text[: 20 * SUMMARY]), tags=set()))
    return textwrap.shorten(plain, SUMMARY, placeholder=" …") if " " in plain.strip() else plain.strip()[:SUMMARY]


@functools.cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.core.ruler.push("headings", _lower_headings)
    return parser


def _lower_headings(state):  # type: ignore[no-untyped-def]
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 1)}"
