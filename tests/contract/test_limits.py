"""The table of limits speaks of checks and targets that exist, so that none of its lines is dead."""

from __future__ import annotations

import re
from pathlib import Path

from .limits import LIMITS
from .targets import TARGETS


def test_every_limit_concerns_a_check_on_a_target() -> None:
    here = Path(__file__).parent
    checks = {name for path in here.glob("test_*.py") for name in re.findall(r"^def (test_\w+)\(\w*site:", path.read_text(), re.M)}
    dead = [
        limit for limit in LIMITS if not any(limit.check in checks and limit.concerns(limit.check, each) for each in TARGETS)
    ]
    assert dead == []


def test_there_are_44_targets() -> None:
    """Six adapters behind three front ends and four alone, each at two mounts: a lost one would go unnoticed."""
    assert len(TARGETS) >= 44
    assert len(set(map(str, TARGETS))) == len(TARGETS)
