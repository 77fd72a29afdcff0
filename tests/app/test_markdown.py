"""What authors write cannot harm who reads it: no markup of their own, no script, no more of it than there is room."""

from __future__ import annotations

import re

import pytest

from yourapplication.blog import markdown
from yourapplication.blog.models import BODY_LENGTH

HARMLESS = re.compile(r"</?(p|a|img|em|strong|code|pre|ul|li|h2|blockquote)( [^<>]*)?>")
SCRIPT = re.compile(r"[\x00-\x20]*(javascript|vbscript|data):", re.I)


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<a href='javascript:alert(1)'>x</a>",
     "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](<java\tscript:alert(1)>)", "<javascript:alert(1)>",
     "[x](&#106;avascript:alert(1))", "[x](vbscript:x)", "[x](data:text/html;base64,PHNjcmlwdD4=)",
     "![x](javascript:alert(1))", "![x](data:image/svg+xml,<svg/onload=alert(1)>)", "[x]\n\n[x]: javascript:alert(1)",
     '[x](/y "\\" onmouseover=alert(1) \\"")', '![\\" onerror=alert(1)](/y)', "```\" onclick=alert(1)\n</code><script>",
     "- <!--\n- <![CDATA[<b>]]>", "# <style>*{}</style>", "> <iframe src=/></iframe>", "<svg/onload=alert(1)>"],
)  # fmt: skip
def test_nothing_that_runs_is_left(text):
    found = markdown.render(text)
    tags = re.findall(r"<[^>]*>", found)
    assert all(HARMLESS.fullmatch(tag) for tag in tags), found
    for name, value in (pair for tag in tags for pair in re.findall(r'([a-z]+)="([^"]*)"', tag)):
        assert name in {"href", "src", "alt", "title", "rel", "class"}, found
        assert name not in {"href", "src"} or not SCRIPT.match(value), found


def test_what_the_parser_lets_through_is_still_removed(monkeypatch):
    monkeypatch.setattr(markdown, "_rendered", lambda text: text)
    assert markdown.render('<p onclick="x()">a<script>b</script></p>') == "<p>a</p>"
    assert markdown.render('<a href="javascript:b()">a</a>') == '<a rel="nofollow noopener">a</a>'


@pytest.mark.parametrize("mark", ["[a]", "![a]"])
def test_a_long_target_that_is_referred_to_often_does_not_fill_the_memory(mark):
    text = f"[a]: /{'x' * (BODY_LENGTH // 2)}\n\n"
    text += mark * ((BODY_LENGTH - len(text)) // len(mark))
    found = markdown.render(text)
    assert found.count("/xxx") == markdown.TARGETS // (BODY_LENGTH // 2 + 1)
    assert len(found) < markdown.TARGETS + 10 * BODY_LENGTH


def test_what_is_written_out_keeps_its_links():
    text = "".join(f"[{number}](/ü{number} 'title') " for number in range(5000))[:BODY_LENGTH]
    assert markdown.render(text).count(' href="/%C3%BC') == text.count(") ")
