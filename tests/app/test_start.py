"""What a process that starts for one request does not import: CGI pays for all of it, every time."""

from __future__ import annotations

from .started import LAZY


def test_pages_import_what_they_use_and_no_more(modules):
    assert modules("/", "/?q=t", "/sign-in", "/healthz", "/readyz", "/static/style.css") & LAZY == set()
    assert modules("/no-such-page", "/add", statuses=(404, 303)) & LAZY == set()
    assert modules("/entries/1") & LAZY == {"markdown_it", "nh3"}
