"""How a deployment goes on: a line for each step that is done; on a terminal, the step that runs too."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType

from .colours import plain

BEGINNING = "\r\x1b[K"  # back to the beginning of the line, and clear it
TICK = 0.1  # seconds


class Progress:
    """Lines through `write`, which takes text and must not raise when nobody reads it any more.

    `complain` takes a line about an error; `paint` gives a line its colours.
    """

    def __init__(
        self, write: Callable[[str], None], complain: Callable[[str], None], paint: Callable[[str], str] = plain
    ) -> None:
        self.write, self.complain, self.paint = write, complain, paint

    def __enter__(self) -> None:
        """The steps begin."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """They have ended, well or not."""

    def begin(self, step: str) -> None:
        """A step, or the undoing of one, begins."""

    def done(self, step: str, detail: str, seconds: float) -> None:
        """It has ended well."""
        self.tell(f"{_line(step, seconds)}  {detail}".rstrip())

    def tell(self, line: str) -> None:
        """Something else that is worth a line."""
        self.write(f"{self.paint(line)}\n")


class Display(Progress):
    """For a terminal: below the finished lines one more, rewritten, with the step that runs and for how long."""

    def __init__(
        self, write: Callable[[str], None], complain: Callable[[str], None], paint: Callable[[str], str] = plain
    ) -> None:
        super().__init__(write, complain, paint)
        self.running: tuple[str, float] | None = None
        self.ended = threading.Event()
        self.turn = threading.Lock()
        self.clock = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> None:
        self.clock.start()

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.clock.join()
        self.write(BEGINNING)

    def begin(self, step: str) -> None:
        """A step begins: it is shown at once."""
        with self.turn:
            self.running = (step, time.monotonic())
            self._show()

    def tell(self, line: str) -> None:
        """A line in place of the one that is rewritten."""
        with self.turn:
            self.running = None
            self.write(f"{BEGINNING}{self.paint(line)}\n")

    def _tick(self) -> None:
        while not self.ended.wait(TICK):
            with self.turn:
                self._show()

    def _show(self) -> None:
        if self.running:
            step, began = self.running
            self.write(f"{BEGINNING}{_line(step, time.monotonic() - began)} ...")


def _line(step: str, seconds: float) -> str:
    return f"{step:<10} {seconds:6.2f} s"
