"""Signals that ask a deployment to stop: it undoes what it has done, and is not to be stopped in that."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterable, Iterator

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def raised() -> Iterator[None]:
    """Each of them raises KeyboardInterrupt, as SIGINT does."""
    with _handled(signal.default_int_handler):
        yield


@contextlib.contextmanager
def put_off(*signals: signal.Signals) -> Iterator[None]:
    """None of them, or of those named, does anything; not SIG_IGN, which commands would inherit."""
    with _handled(lambda number, frame: None, signals or SIGNALS):
        yield


@contextlib.contextmanager
def _handled(handler: signal._HANDLER, signals: Iterable[signal.Signals] = SIGNALS) -> Iterator[None]:
    wanted = [each for each in signals if signal.getsignal(each) != signal.SIG_IGN]  # nohup(1) wants it ignored
    before = {each: signal.signal(each, handler) for each in wanted}
    try:
        yield
    finally:
        for each, former in before.items():
            signal.signal(each, former)
