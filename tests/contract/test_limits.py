"""The table of limits speaks of checks and targets that exist, so that none of its lines is dead."""

from __future__ import annotations

import re
from pathlib import Path

from tests import covering

from .limits import LIMITS
from .targets import TARGETS


def test_every_limit_concerns_a_check_on_a_target() -> None:
    texts = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py")]
    checks = {name for text in texts for name in re.findall(r"^def (test_\w+)\(\w*site:", text, re.MULTILINE)}
    for limit in LIMITS:
        assert limit.check in checks
        assert any(limit.concerns(limit.check, target) for target in TARGETS), limit


def test_every_limit_is_met_by_what_make_test_tries() -> None:
    tried = covering.choose("targets", TARGETS)
    assert [limit for limit in LIMITS if not any(limit.concerns(limit.check, target) for target in tried)] == []


def test_there_are_44_targets() -> None:
    """Six adapters behind three front ends and four alone, each at two mounts: a lost one would go unnoticed."""
    assert len(TARGETS) >= 44
    assert len(set(map(str, TARGETS))) == len(TARGETS)
