"""The units of a site as systemd knows them: told what to do, listed, asked what they said."""

from __future__ import annotations

import re

from ...machine.files import File
from ...machine.processes import Part
from ...machine.run import Local
from ...site.release import Root
from .. import systemd

PORT = re.compile(r"^(?:# .*, port |ListenStream=.*:)(\d+)$", re.MULTILINE)
LINES = 60  # of what a process said, for a message


def control(host: Local, *words: str) -> str:
    """The answer of systemctl; raises Failed when it refuses."""
    return host.run(["systemctl", *words]).stdout.strip()


def instances(host: Local, root: Root, prefix: str = "") -> list[str]:
    """The names of the site's services, or of those of the release whose units begin with `prefix`, failed ones too."""
    pattern = f"{prefix or systemd.site(root) + '-*'}@*.service"
    listed = control(host, "list-units", "--all", "--plain", "--no-legend", "--no-pager", pattern)
    units, ours = [line.split()[0] for line in listed.splitlines()], re.compile(systemd.names(root))
    return [unit for unit in units if ours.fullmatch(re.sub("@.*", "@.service", unit))]


def parts(host: Local, services: list[str]) -> list[Part]:
    """What runs of each service."""
    shown = control(host, "show", "--property=Id,ActiveState,MainPID,NRestarts", *services) if services else ""
    units = [dict(line.split("=", 1) for line in block.splitlines()) for block in shown.split("\n\n") if block]
    return [
        Part(unit["Id"], unit["ActiveState"], [int(unit["MainPID"])] if unit["MainPID"] != "0" else [],
             int(unit["NRestarts"])) for unit in units
    ]  # fmt: skip


def said(host: Local, services: list[str], since: str) -> str:
    """What the services have logged since a time (systemd.time(7)); when that is nothing, what systemd says of them."""
    if not services:
        return "no process was started"
    host.run(["journalctl", "--sync"])
    tail = ["journalctl", "-q", "--no-pager", "-o", "cat", f"--since={since}", f"-n{LINES}"]
    own = host.run([*tail, *(f"_SYSTEMD_UNIT={service}" for service in services)]).stdout.strip()
    return own or host.run([*tail, *(f"--unit={service}" for service in services)]).stdout.strip()


def port(file: File) -> int | None:
    """The public port that a socket or a front end's file opens; None for all others."""
    match = PORT.search(file.content)
    return int(match[1]) if match else None


def of_a_frontend(name: str) -> bool:
    """Whether a file in /etc is a front end's: neither a unit nor for logrotate."""
    return unit(name) is None and not name.startswith(f"{systemd.ROTATIONS}/")


def unit(name: str) -> str | None:
    """The unit that a file in /etc is; None when it is something else's."""
    folder, _, unit = name.rpartition("/")
    return unit if folder == systemd.UNITS else None
