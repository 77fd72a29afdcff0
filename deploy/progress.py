"""How a deployment goes on: a line for each step that is done."""

from __future__ import annotations

from collections.abc import Callable


class Progress:
    """Lines through `write`, and those about errors through `complain`; both take a line without its end."""

    def __init__(self, write: Callable[[str], None], complain: Callable[[str], None]) -> None:
        self.write, self.complain = write, complain

    def begin(self, step: str) -> None:
        """A step begins."""

    def done(self, step: str, detail: str, seconds: float) -> None:
        """A step, or the undoing of one, has ended well."""
        self.tell(f"{step:<10} {seconds:6.2f} s  {detail}".rstrip())

    def tell(self, line: str) -> None:
        """Something else that is worth a line."""
        self.write(line)
