"""What a host needs before anything can be deployed to it, and the commands that give it that."""

from __future__ import annotations

import json
import re
import time
from collections import ChainMap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .. import bundle
from ..checks.finding import WARNING, WRONG, Finding
from ..errors import Failed
from ..machine.files import requirements
from ..site.release import Target
from . import ssh
from .addresses import Address
from .artifact import Machine

PROBE = Path(__file__).with_name("probe.py")
ALWAYS = {"systemctl": "systemd", "sudo": "sudo", "flock": "util-linux", "tar": "tar"}
# Distributions without wheels, which pip compiles there: the programs and files that this takes, and their packages.
COMPILED = {
    "python-ldap": {"gcc": "gcc", "Python.h": "python3-dev", "/usr/include/lber.h": "libldap-dev",
                    "/usr/include/sasl/sasl.h": "libsasl2-dev"},
}  # fmt: skip
DEBIAN = {"12": (11, 36), "13": (13, 41)}  # what tests/hosts boot, with its Python 3.x and glibc 2.x
ROOM = 512 * 1024 * 1024  # bytes for an artifact, unpacked, and its environments
CLOCK = 60  # seconds between its clock and ours that nobody would miss


def probe(address: Address, wanted: Iterable[str]) -> dict[str, Any]:
    """What `probe.py` says of a host; empty when it has no Python. Raises DeployError when it cannot be reached."""
    lines: list[str] = []
    errors: list[str] = []
    words = ["python3", "-", *wanted]
    code = ssh.run(address, words, lines.append, errors.append, text=PROBE.read_text(encoding="utf-8"))
    if code == 127:
        return {}
    if code:
        raise Failed(f"{address}: {' '.join(errors[-3:]) or f'python3 exited {code}'}")
    found: dict[str, Any] = json.loads(lines[-1])
    return {**found, "ours": time.time()}


def programs(target: Target, locks: Iterable[Path]) -> dict[str, str]:
    """What a target and what `locks` pin need on a host, programs and files, and the Debian package of each."""
    pins = "\n".join(path.read_text(encoding="utf-8") for lock in locks for path in requirements(lock))
    compiled = [needed for name, needed in COMPILED.items() if re.search(f"^{name}==", pins, re.M)]
    return dict(ChainMap(ALWAYS, bundle.programs(target, "systemd"), *compiled))


def lacks(facts: dict[str, Any], wanted: dict[str, str]) -> list[Finding]:
    """What is missing or amiss on a host of which `probe` said `facts`; `wanted` is what `programs` says."""
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


def machine(facts: dict[str, Any]) -> Machine:
    """What wheels for a host have to fit."""
    return Machine(facts["python"][1], int(facts["glibc"].split(".")[1]), facts["architecture"])
