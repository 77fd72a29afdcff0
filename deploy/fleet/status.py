"""status on hosts: one in full, several as a table."""

from __future__ import annotations

import json
from typing import Any

from ..cli.request import Answer, Request
from ..errors import DeployError
from . import relay, ssh, tool
from .addresses import Address

COLUMNS = ("release", "commit", "adapter", "frontend", "processes", "ready")


def run(request: Request, hosts: list[Address]) -> Answer:
    """Exit code 1 when a host's site is not ready."""
    if len(hosts) == 1:
        return relay(request, hosts)
    found = {str(host): said(request, host) for host in hosts}
    return Answer(lines(found), max(int(not _ready(value)) for value in found.values()), found)


def table(request: Request, hosts: list[Address]) -> list[str]:
    """What runs where, asked now."""
    return lines({str(host): said(request, host) for host in hosts})


def said(request: Request, host: Address) -> dict[str, Any]:
    """What `status --json` says on a host; `problem` alone where it says nothing."""
    text: list[str] = []
    errors: list[str] = []
    try:
        ssh.run(host, tool(request, "status", "--json"), text.append, errors.append)
        found: dict[str, Any] = json.loads("\n".join(text))
    except DeployError as error:
        return {"problem": str(error)}
    except ValueError:
        return {"problem": " ".join(errors)}
    return found


def lines(found: dict[str, dict[str, Any]]) -> list[str]:
    """The table."""
    rows: list[tuple[str, ...]] = [("host", *COLUMNS)]
    for host, values in found.items():
        if "problem" in values:
            rows.append((host, values["problem"]))
            continue
        count = {"processes": len(values["processes"]), "ready": "yes" if _ready(values) else values["why"]}
        rows.append((host, *(str({**values, **count}[column]) for column in COLUMNS)))
    widths = [max(len(row[place]) for row in rows if len(row) > 2) for place in range(len(rows[0]))]
    return ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)).rstrip() for row in rows]


def _ready(values: dict[str, Any]) -> bool:
    return values.get("ready") is True
