"""Names that bundlers give to what they make: index-BX2k3f9Q.js, whose hash stands for its content for ever.

No name shows by itself that a word in it is a hash. A folder is a bundler's output when one script or stylesheet in it
has a hash that nobody would write by hand; then its other names of the same make count too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

# What shows that a folder is a bundler's, and what is a hash there.
HASHES = (
    (r"(?=[\w-]*[A-Z])(?=[\w-]*[a-z])(?=[\w-]*[0-9][A-Za-z])[\w-]{8}", r"(?![a-z]+\.)[\w-]{8}"),  # Vite: base64url
    (r"(?=[A-Z]*[2-7])(?=[2-7]*[A-Z])[A-Z2-7]{8}", r"[A-Z2-7]{8}"),  # esbuild: base32
    *(
        (rf"(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{{{digits}}}", rf"[0-9a-f]{{{digits}}}")
        for digits in (8, 16, 20, 32)  # Parcel, webpack
    ),
)
SIGNS = tuple((re.compile(rf".*([-.]){sure}\.(?:m?js|css)", re.ASCII), rule) for sure, rule in HASHES)
ENDING = r"(?:\.[A-Za-z0-9]+){1,3}"  # .js, .js.map, .js.LICENSE.txt
PLAIN = re.compile(r"[\w@+./~-]*", re.ASCII)  # folders that need no quoting in any server's patterns


def patterns(paths: Iterable[Path]) -> tuple[str, ...]:
    """Patterns that match, whole, the paths below static/ that bundlers have made."""
    found = set()
    for path in paths:
        folder = path.parent.as_posix().removeprefix(".").rstrip("/")
        for sign, rule in SIGNS:
            if (match := sign.fullmatch(path.name)) and PLAIN.fullmatch(folder):
                before = re.escape(folder) + "/" if folder else ""
                found.add(rf"{before}[^/]*{re.escape(match[1])}{rule}{ENDING}")
    return tuple(sorted(found))
