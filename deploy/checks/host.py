"""What a host lacks before anything can be deployed to it, by what the fleet's probe says of it."""

from __future__ import annotations

from typing import Any

from .. import bundle
from .finding import WARNING, WRONG, Finding

DEBIAN = {"12": (11, 36), "13": (13, 41)}  # what tests/hosts boot, with its Python 3.x and glibc 2.x
ROOM = 512 * 1024 * 1024  # bytes for an artifact, unpacked, and its environments
CLOCK = 60  # seconds between its clock and ours that nobody would miss


def lacking(facts: dict[str, Any], wanted: dict[str, str]) -> list[Finding]:
    """What is missing or amiss on a host by what its probe said; `wanted`: programs and their packages."""
    if not facts:
        return [Finding(WRONG, "python3 is missing", "apt-get install python3 python3-venv")]
    found = []
    if facts["system"] != "debian" or facts["version"] not in DEBIAN:
        system, tested = f"{facts['system']} {facts['version']}".strip(), " and ".join(DEBIAN)
        found.append(
            Finding(WARNING, f"it is {system}: this is tested on Debian {tested}", f"use Debian {max(DEBIAN)}")
        )
    if facts["python"] < [3, 11]:
        version = ".".join(map(str, facts["python"]))
        found.append(Finding(WRONG, f"its Python is {version}: 3.11 or later is needed", "use Debian 12 or later"))
    if not facts["venv"]:
        found.append(Finding(WRONG, "Python's venv is missing", "apt-get install python3-venv"))
    if not facts["systemd"]:
        found.append(Finding(WRONG, "systemd does not run there", "boot it with systemd"))
    missing = [name for name, path in facts["programs"].items() if path is None]
    if missing:
        found.append(Finding(WRONG, f"{', '.join(missing)} missing", bundle.install(wanted, missing)))
    if facts["free"] < ROOM:
        found.append(
            Finding(WRONG, f"{facts['free'] >> 20} MiB are free below /srv, {ROOM >> 20} MiB are needed", "make room")
        )
    off = facts["time"] - facts["ours"]
    if abs(off) > CLOCK:
        direction = "ahead of" if off > 0 else "behind"
        found.append(Finding(WARNING, f"its clock is {abs(off):.0f} s {direction} ours", "timedatectl set-ntp true"))
    return found
