"""status: what is live, which processes run, what they are asked, and whether they are ready."""

from __future__ import annotations

from typing import Any

from ..checks import state
from ..cli.request import Answer, Request
from ..cli.tables import bytes_, duration, table
from ..errors import Refused
from ..site import lock, remembered
from ..site.on_disk import live

NAMES = ("release", "commit", "adapter", "frontend", "mount", "url", "root")
WIDTH = 100  # columns of a terminal: commands are cut to what is left of it
INDENT = "  "


def run(request: Request) -> Answer:
    """Exit code 1 when it is stopped, not ready or not supervised; raises Refused when nothing is deployed."""
    root = request.root()
    if live(root) is None and (said := lock.told(root)):
        raise Refused(f"nothing is deployed in {root.path} yet: {said}")
    found = state.look(request.host, *request.live())
    return Answer(lines(found), int(not found["ready"] or found["state"] != state.RUNNING), found)


def lines(found: dict[str, Any]) -> list[str]:
    """What `state.look` found, for people."""
    facts = {name: found[name] for name in NAMES if found[name]}
    facts |= {"since": f"{found['since']} by {found['by']}", "requests": _requests(found["requests"])}
    facts |= {"ready": "yes" if found["ready"] else f"no: {found['why']}" if found["processes"] else found["why"]}
    if found["advice"]:
        facts["state"] = f"{found['state']}: {found['advice']}"
    if found["given"]:
        facts["given"] = remembered.shown(found["given"])
    if found["deployment"]:
        facts["note"] = found["deployment"]
    facts["processes"] = _total(found["processes"])
    return [*(f"{name:<10}{value}" for name, value in facts.items()), *_table(found["processes"])]


def _requests(seen: dict[str, Any] | None) -> str:
    if seen is None:
        return "unknown: neither the application nor a front end logs them"
    more = "" if seen["all"] else "more than "
    return f"{more}{seen['requests']} in the last minute, {seen['errors']} of them 5xx ({seen['source']})"


def _total(processes: list[dict[str, Any]]) -> str:
    total = bytes_(sum(each["memory"] for each in processes))
    return f"{len(processes)}, {total} of memory" if processes else "none"


def _table(processes: list[dict[str, Any]]) -> list[str]:
    rows = [
        (each["part"], _state(each), str(each["pid"]), bytes_(each["memory"]) + " RSS" * (not each["shared"]),
         duration(each["uptime"]), _command(each["command"]))
        for each in processes
    ]  # fmt: skip
    lines = table(("part", "state", "pid", "memory", "uptime", "command"), rows) if rows else []
    return [f"{INDENT}{line}"[:WIDTH].rstrip() for line in lines]


def _state(each: dict[str, Any]) -> str:
    """With the restarts, where the supervisor counts them."""
    return f"{each['state']}, {each['restarts']} restarts" if each["restarts"] else str(each["state"])


def _command(text: str) -> str:
    """Without the folder that its program lies in."""
    program, _, rest = text.partition(" ")
    return f"{program.rpartition('/')[2] if program.startswith('/') else program} {rest}".rstrip()
