"""The table of commands: what each does and takes."""

from __future__ import annotations

from typing import NamedTuple


class Command(NamedTuple):
    """What a command does, and what it takes: names of arguments.EXTRAS and `settings`."""

    what: str
    wants: tuple[str, ...] = ()
    for_hosts: bool = False  # also when none is named


COMMANDS = {
    "up": Command("make a release and put it live", ("adapter", "settings", "host", "id", "commit", "who", "default")),
    "bundle": Command(
        "make the artifact that HOST= ships, without deploying it", ("adapter", "settings", "host"), True
    ),
    "rollback": Command("go back to the release before, or to the one named", ("release", "downgrade", "host", "who")),
    "status": Command(
        "say what is live and how it does; exit 1 when it is stopped, not ready or not supervised", ("json", "host")
    ),
    "start": Command("start what was stopped, the release that was live last; nothing when it runs", ("host", "who")),
    "stop": Command("stop the site; what is on disk stays", ("host",)),
    "releases": Command("list what was deployed, how it ended, and which releases are kept", ("json", "host")),
    "logs": Command("follow all logs of the site, or the lines of one request", ("once", "lines", "request", "host")),
    "doctor": Command(
        "look for what is wrong, or would hinder a deployment with ADAPTER; exit 1 when something is",
        ("wanted", "settings", "json", "host", "default"),
    ),
    "flask": Command("run a Flask command, given after --, with the live release's settings", ("host",)),
    "render": Command("print what would be written, and write nothing", ("adapter", "settings", "format")),
    "schema": Command("print the JSON schema of config/<environment>.json"),
    "samples": Command("write deploy/samples/ anew from the front ends' templates"),
    "pins": Command("pin requirements/ anew", ("upgrade",)),
}
