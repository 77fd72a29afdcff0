"""python -m tests.upgrade: whether the adapters keep their contract with newer libraries, and which of them break it.

Without arguments the newest of each is tried; with some, such as tornado==6.7, these instead of the pinned ones.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from deploy.adapters import ADAPTERS
from tests.adapters import libraries

PINNED = re.compile(r"^(?P<name>[\w-]+)==(?P<version>\S+)", re.M)
BROKEN = re.compile(r"^(?:FAILED|ERROR) (?P<test>\S+\[.*\]|\S+)", re.M)


def newer(python: str) -> list[str]:
    """What an interpreter has in another version than is pinned for adapters."""
    texts = [path.read_text() for path in sorted((libraries.PINS / "adapters").glob("*.txt"))]
    pins = {found["name"]: found["version"] for text in texts for found in PINNED.finditer(text)}
    listed = subprocess.check_output([python, "-m", "pip", "list", "--format", "json", "--disable-pip-version-check"])
    has = {re.sub("[-_.]+", "-", each["name"]).lower(): each["version"] for each in json.loads(listed)}
    return [f"{name} {version} -> {has[name]}" for name, version in pins.items() if has.get(name, version) != version]


def broken(output: str) -> dict[str, list[str]]:
    """The tests that failed, by the adapter that they name."""
    found: dict[str, list[str]] = {}
    for match in BROKEN.finditer(output):
        names = [
            name for name in ADAPTERS if re.search(rf"(?<![a-z]){name}(?![a-z])", match["test"].partition("::")[2])
        ]
        found.setdefault(" ".join(names) or "all", []).append(match["test"])
    return found


def main(versions: list[str]) -> int:
    which = " ".join(versions) or "newest"
    changes = newer(libraries.python(which))
    print("\n".join(changes) or "nothing is newer than what is pinned", flush=True)
    if not changes:
        return 0
    command = [sys.executable, "-m", "pytest", "-n", "3", "-rfE", "--tb=line", "tests/adapters"]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], env={**os.environ, "LIBRARIES": which}, text=True,
                          stdout=subprocess.PIPE, check=False)  # fmt: skip
    found = broken(done.stdout)
    for adapter, tests in found.items():
        print(f"{adapter}: {len(tests)} tests break", *tests, sep="\n  ")
    if done.returncode and not found:
        print(done.stdout)
    print("broken" if done.returncode else "all tests of adapters pass: move the upper end in `requires`")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
