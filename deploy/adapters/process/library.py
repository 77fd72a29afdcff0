"""An adapter imports its library only to serve; a missing one is said with the command that brings it."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

from ..options import Unservable

if TYPE_CHECKING:
    from collections.abc import Callable

DISTRIBUTION = re.compile(r"[\w-]+")  # of `name>=lowest,<above`, both tested


def within(adapter: Any, action: Callable[[], object]) -> None:
    """Do `action`, which imports the adapter's library; raises Unservable when that is missing."""
    try:
        action()
    except ModuleNotFoundError as error:
        modules = {DISTRIBUTION.match(each)[0].replace("-", "_") for each in adapter.requires}  # type: ignore[index]
        if error.name is None or error.name.partition(".")[0] not in modules:
            raise
        raise Unservable(f"the library {error.name} is missing: pip install {shlex.join(adapter.requires)}") from error
