"""An adapter imports its library only to serve; a missing one is said with the command that brings it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..options import Unservable

if TYPE_CHECKING:
    from collections.abc import Callable


def within(adapter: Any, action: Callable[[], object]) -> None:
    """Do `action`, which imports the adapter's library; raises Unservable when that is missing."""
    try:
        action()
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in {r.replace("-", "_") for r in adapter.requires}:
            raise
        raise Unservable(f"the library {error.name} is missing: pip install {' '.join(adapter.requires)}") from error
