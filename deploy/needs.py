"""What a host needs before anything can be deployed to it, and the commands that give it that."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from . import bundle, remote
from .addresses import Address
from .artifact import Machine
from .doctor.finding import WARNING, WRONG, Finding
from .errors import Failed
from .release import Target

PROBE = Path(__file__).with_name("probe.py")
ALWAYS = {"systemctl": "systemd", "sudo": "sudo", "flock": "util-linux", "tar": "tar"}
COMPILED = {"mod_wsgi": {"python3-config": "python3-dev"}}  # what pip compiles there needs Python's headers
ROOM = 512 * 1024 * 1024  # bytes for an artifact, unpacked, and its environments
CLOCK = 60  # seconds between its clock and ours that nobody would miss


def probe(address: Address, target: Target | None) -> dict[str, Any]:
    """What `probe.py` says of a host; empty when it has no Python. Raises DeployError when it cannot be reached."""
    lines: list[str] = []
    errors: list[str] = []
    words = ["python3", "-", *programs(target)]
    code = remote.run(address, words, lines.append, errors.append, text=PROBE.read_text(encoding="utf-8"))
    if code == 127:
        return {}
    if code:
        raise Failed(f"{address}: {' '.join(errors[-3:]) or f'python3 exited {code}'}")
    found: dict[str, Any] = json.loads(lines[-1])
    return {**found, "ours": time.time()}


def programs(target: Target | None) -> dict[str, str]:
    """The programs that a target needs on a host, and the Debian package of each."""
    if target is None:
        return ALWAYS
    return {**ALWAYS, **bundle.programs(target, "systemd"), **COMPILED.get(target.adapter, {})}


def lacks(facts: dict[str, Any], target: Target | None) -> list[Finding]:
    """What is missing or amiss on a host of which `probe` said `facts`."""
    if not facts:
        return [Finding(WRONG, "python3 is missing", "apt-get install python3 python3-venv")]
    found = []
    if (facts["system"], facts["version"]) != ("debian", "12"):
        system = f"{facts['system']} {facts['version']}".strip()
        found.append(Finding(WARNING, f"it is {system}: Debian 12 is what this is tested on", "use a Debian 12 host"))
    if facts["python"] < [3, 11]:
        version = ".".join(map(str, facts["python"]))
        found.append(
            Finding(WRONG, f"its Python is {version}: 3.11 or later is needed", "use a host with Debian 12 or later")
        )
    if not facts["venv"]:
        found.append(Finding(WRONG, "Python's venv is missing", "apt-get install python3-venv"))
    if not facts["systemd"]:
        found.append(Finding(WRONG, "systemd does not run there", "boot it with systemd"))
    missing = [name for name, path in facts["programs"].items() if path is None]
    if missing:
        found.append(Finding(WRONG, f"{', '.join(missing)} missing", bundle.install(programs(target), missing)))
    if facts["free"] < ROOM:
        found.append(
            Finding(WRONG, f"{facts['free'] >> 20} MiB are free below /srv, {ROOM >> 20} MiB are needed", "make room")
        )
    off = facts["time"] - facts["ours"]
    if abs(off) > CLOCK:
        direction = "ahead of" if off > 0 else "behind"
        found.append(Finding(WARNING, f"its clock is {abs(off):.0f} s {direction} ours", "timedatectl set-ntp true"))
    return found


def machine(facts: dict[str, Any]) -> Machine:
    """What wheels for a host have to fit."""
    return Machine(facts["python"][1], int(facts["glibc"].split(".")[1]), facts["architecture"])
