"""The page that says what applications do and where they can; beside the contract, as test_matrix.py is."""

from __future__ import annotations

import re
from pathlib import Path

from .contract import practice
from .contract.practice import PRACTICES, Practice
from .contract.targets import TARGETS

CHECKS = tuple(check for each in PRACTICES for check in each.checks)


def test_every_practice_is_held_by_checks_that_there_are() -> None:
    texts = [path.read_text(encoding="utf-8") for path in Path(practice.__file__).parent.glob("test_law*.py")]
    there = {name for text in texts for name in re.findall(r"^def (test_\w+)\(\w*site:", text, re.MULTILINE)}
    assert set(CHECKS) <= there


def test_what_a_deployment_decides_is_held_by_tests_that_there_are() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (Path(__file__).parent / "deploy").glob("test_*.py")]
    assert {test for _, test in practice.DEPLOYED.values()} <= {
        name for text in texts for name in re.findall(r"^def (test_\w+)", text, re.MULTILINE)
    }
    assert practice.BEFORE in practice.PAGE.read_text(encoding="utf-8")


def test_a_practice_works_everywhere_or_not_where_it_is_limited() -> None:
    found = {str(target): {f"10 {check}": {"outcome": "passed"} for check in CHECKS} for target in TARGETS}
    assert practice.where(found, PRACTICES[0]) == "everywhere"
    found[str(TARGETS[0])][f"10 {CHECKS[0]}"] = {"outcome": "passed", "limit": "no home"}
    found[str(TARGETS[1])][f"10 {CHECKS[0]}"] = {"outcome": "failed"}
    first, second = TARGETS[:2]
    assert practice.where(found, Practice("x", CHECKS[:1])) == f"not on {first}: no home; not on {second}: broken"
    assert practice.page(found).count("| everywhere |") == len(PRACTICES) - 1
