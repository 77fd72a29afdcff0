"""What a front end has to know of a release's static files: their types, as Flask would say, and which never change."""

from __future__ import annotations

import mimetypes
import re
from pathlib import Path
from typing import NamedTuple

from . import bundlers
from .static import DIGITS, files

OTHER = "application/octet-stream"
SUFFIX = re.compile(r"(?:\.[A-Za-z0-9_+-]{1,20})+\Z")
# Types that Werkzeug gives a charset besides text/* and */*+xml (werkzeug.utils.get_content_type).
TEXTS = ("application/ecmascript", "application/javascript", "application/sql", "application/xml",
         "application/xml-dtd", "application/xml-external-parsed-entity")  # fmt: skip
OURS = rf"(?:.*/)?[^/]+\.[0-9a-f]{{{DIGITS}}}\.[^./]+"


class Assets(NamedTuple):
    """Tables for the templates; what is in neither of the first two is application/octet-stream."""

    types: dict[str, str]  # Content-Type -> extensions, as one text
    encoded: dict[str, tuple[str, str]]  # ending of names, as svgz or css.gz -> Content-Type and Content-Encoding
    parts: str  # all that stands behind a dot in any name, which Apache may take for a language or a handler
    immutable: tuple[str, ...]  # patterns of paths below static/ that stand for one content for ever


def survey(folder: Path) -> Assets:
    """Look at every static file of a release."""
    types: dict[str, set[str]] = {}
    encoded: dict[str, tuple[str, str]] = {}
    parts: set[str] = set()
    paths = files(folder)
    for path in paths:
        kind, encoding = content_type(path.name)
        suffix = SUFFIX.search(path.name)
        extensions = suffix[0].lower().split(".")[1:] if suffix else []
        parts.update(extensions)
        if encoding:
            ending = extensions[-2:] if kind != content_type(f"x.{extensions[-1]}")[0] else extensions[-1:]
            encoded[".".join(ending)] = kind, encoding
        elif kind != OTHER:
            types.setdefault(kind, set()).add(extensions[-1])
    return Assets(
        {kind: " ".join(sorted(types[kind])) for kind in sorted(types)},
        {ending: encoded[ending] for ending in sorted(encoded, key=lambda each: (-each.count("."), each))},
        " ".join(sorted(parts)),
        (OURS, *bundlers.patterns(path.relative_to(folder) for path in paths)),
    )


def content_type(name: str) -> tuple[str, str]:
    """Content-Type and Content-Encoding (or none) of a file, as Flask's send_from_directory gives them."""
    kind, encoding = mimetypes.guess_type(name)
    kind = kind or OTHER
    text = kind.startswith("text/") or kind in TEXTS or kind.endswith("+xml")
    return f"{kind}; charset=utf-8" if text else kind, encoding or ""
