"""Which private parts of libraries the adapters rest on: each has its reason here, and there are no others."""

import ast
import re
from pathlib import Path

import pytest

from deploy.adapters import ADAPTERS

from . import live

# library's package -> what of it is used that its next version may change without a word; and what for
PRIVATE = {
    "flup": {
        **dict.fromkeys(["_do_get_values", "_do_begin_request", "_do_abort_request", "_do_params", "_do_stdin",
                         "_do_data", "_do_unknown_type"], "the protocol, without flup's own loop around it"),
        **dict.fromkeys(["_requests", "_conn", "_keepGoing"], "what has come on a connection"),
        **dict.fromkeys(["_flush", "_end", "_sendall"], "the end of a response, and its records in one piece each"),
        "_cleanupSocket": "flup's own waits for the front end, which our loop does",
    },
    "gevent": {
        "_hub_local": "a forked child has no greenlets of the server's: gevent's own way lets the main one go on",
        **dict.fromkeys(["_recv", "_send", "_semlock", "_make_methods"], "multiprocessing's, not gevent's"),
    },
    "gunicorn": {},
    "tornado": {
        "_read_buffer_size": "whether a request has begun on a connection",
        "_disconnect_on_finish": "the only way to end a connection after a response",
    },
}  # fmt: skip
FOLDERS = {"flup": "fastcgi"}


def used(folder: Path) -> set[str]:
    """Names with an underscore that the adapter reads, sets or overrides."""
    found = set()
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            name = getattr(node, "attr", None) or getattr(node, "name", None) or ""
            found |= {name} if isinstance(name, str) and re.match(r"_[A-Za-z]", name) else set()
    return found


@pytest.mark.parametrize("library", PRIVATE)
def test_what_is_private_to_a_library_is_used_for_a_reason(library, python):
    (package,) = Path(python).parents[1].glob(f"lib/python*/site-packages/{library}")
    theirs = set(re.findall(r"\b_[A-Za-z]\w*", "".join(path.read_text() for path in package.rglob("*.py"))))
    folder = live.PROJECT / "deploy" / "adapters" / FOLDERS.get(library, library)
    assert folder.name in ADAPTERS
    assert used(folder) & theirs == PRIVATE[library].keys() & theirs
    assert PRIVATE[library].keys() <= used(folder)
    assert all(PRIVATE[library].values())
