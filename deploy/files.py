"""A file that a deployment will write; builders return these and one place writes them."""

from typing import NamedTuple


class File(NamedTuple):
    """A rendered file: its name below the folder it belongs to, its text and its mode."""

    name: str
    content: str
    mode: int = 0o644
