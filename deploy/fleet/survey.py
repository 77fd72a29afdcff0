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


def machine(facts: dict[str, Any]) -> Machine:
    """What wheels for a host have to fit."""
    return Machine(facts["python"][1], int(facts["glibc"].split(".")[1]), facts["architecture"])
