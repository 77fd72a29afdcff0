"""The journal of systemd as one more log of a site: what the processes of its units print."""

from __future__ import annotations

import re
import time

from ...machine.run import Local
from ...site.release import Root
from .. import systemd

PAUSE = 1.0  # seconds between two questions: each is a process
CURSOR = "-- cursor: "


class Journal:
    """A source for `follow`."""

    name = "journal"

    def __init__(self, host: Local, root: Root) -> None:
        self.host, self.units = host, f"--unit={systemd.site(root)}-[0-9]*"
        self.cursor, self.asked = "", 0.0

    def last(self, count: int, word: str) -> list[str]:
        """The last lines, `count` of those that have `word` in them."""
        self._ask("--lines=1")  # where `new` goes on, also when no line has the word
        cursor = self.cursor
        found = self._ask(f"--lines={count}", *([f"--grep={re.escape(word)}", "--case-sensitive=yes"] if word else []))
        self.cursor = cursor
        return found

    def new(self) -> list[str]:
        """The lines that have been written since."""
        if time.monotonic() - self.asked < PAUSE:
            return []
        return self._ask(f"--after-cursor={self.cursor}") if self.cursor else self._ask("--lines=10")

    def close(self) -> None:
        """Nothing is held between two questions."""

    def _ask(self, *words: str) -> list[str]:
        self.asked = time.monotonic()
        said = self.host.run(["journalctl", "--quiet", "--no-pager", "--no-hostname", "--output=short-iso",
                              "--show-cursor", self.units, *words], check=False).stdout.splitlines()  # fmt: skip
        if said and said[-1].startswith(CURSOR):
            self.cursor = said.pop().removeprefix(CURSOR)
        return said
