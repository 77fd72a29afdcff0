"""The hosts that HOST= names: commands run there by the site's own tool, which came with its first artifact."""

from __future__ import annotations

import importlib
import platform
from pathlib import Path
from typing import Any

from ..cli.arguments import EXTRAS
from ..cli.commands import COMMANDS
from ..cli.request import Answer, Request
from ..errors import Refused
from ..machine.accounts import user_name
from ..settings import Settings, configuration
from . import ssh, terminal
from .addresses import Address, addresses
from .ssh import Say

# Rooms for what is more than running the same command there.
ROOMS = {"up": "up", "bundle": "bundle", "status": "status", "doctor": "doctor"}
ENDLESS = ("logs",)  # followed on all hosts at once
CAREFUL = ("rollback",)  # not done to the other hosts once one has failed
ATTACHED = ("flask",)  # on the caller's terminal


def run(request: Request) -> Answer:
    """Do the command of the request on its hosts; raises DeployError."""
    hosts = [] if request.given.host is None else addresses(request.given.host)
    command = request.given.command
    if command in ROOMS:
        answer: Answer = importlib.import_module(f"{__name__}.{ROOMS[command]}").run(request, hosts)
        return answer
    return relay(request, hosts)


def relay(request: Request, hosts: list[Address]) -> Answer:
    """Run the command on each host, and say what it says; the worst exit code."""
    command = request.given.command
    words = tool(request, command, *flags(request))
    if command in ATTACHED:
        if len(hosts) > 1:
            raise Refused(f"HOST names {len(hosts)} hosts, and {command} needs one")
        return Answer(code=terminal.attach(hosts[0], words))
    told = {host: tellers(request, host, hosts) for host in hosts}
    if command in ENDLESS:
        return Answer(code=ssh.follow(told, words))
    worst = 0
    for asked, (host, says) in enumerate(told.items(), 1):
        worst = max(worst, ssh.run(host, words, *says))
        if worst and command in CAREFUL and hosts[asked:]:
            request.progress.complain(f"stopped at {host}: as it was on {', '.join(map(str, hosts[asked:]))}")
            break
    return Answer(code=worst)


def tool(request: Request, *words: str) -> list[str]:
    """The command line of the tool that lies on a host."""
    program = f"{root(request)}/deploy"
    absent = f'echo "deploy: nothing is deployed in {root(request)}: deploy first, or name the folder with ROOT=" >&2'
    return ["sh", "-c", f'[ -x "$0" ] || {{ {absent}; exit 2; }}; exec "$0" "$@"', program, *words]


def root(request: Request) -> str:
    """The site's folder on its hosts: ROOT=, else what the configuration says, else one named after the application."""
    section = section_of(request)
    given = request.given.root or section.get("root", "")
    if given and not Path(given).is_absolute():
        raise Refused(f"ROOT is {given!r}: on a host it must be an absolute path such as /srv/yourapplication")
    name = getattr(request.given, "application", None) or section.get("application")
    package = (name or Settings.model_fields["application"].default).partition(":")[0].partition(".")[0]
    return given or f"/srv/{package}"


def section_of(request: Request) -> dict[str, Any]:
    """What config/<environment>.json says about deployment."""
    shown = f"config/{request.given.environment}.json"
    found: dict[str, Any] = configuration.read_json(request.project / shown, shown).get("deploy", {})
    return found


def flags(request: Request) -> list[str]:
    """The arguments of the request that are for the tool on the host, as they were given here."""
    found = []
    for name in COMMANDS[request.given.command].wants:
        flag, options = EXTRAS.get(name, ("", {}))
        value = who() if name == "who" else getattr(request.given, name, None)
        if not flag.startswith("--") or name == "host" or value in (None, False, options.get("default")):
            continue
        found.append(flag if value is True else f"{flag}={value}")
    return [*found, *(["--", *request.rest] if request.rest else [])]


def who() -> str:
    """The user who asks, as the hosts' journals name the maker of a release."""
    return f"{user_name()}@{platform.node()}"


def tellers(request: Request, host: Address, hosts: list[Address]) -> tuple[Say, Say]:
    """What passes a host's output and its errors on, headed by its name where there are several."""
    width = max(len(str(each)) for each in hosts)
    head = f"{host!s:<{width}} | " if len(hosts) > 1 else ""
    return (
        lambda line: request.progress.tell(head + line),
        lambda line: request.progress.complain(head + line),
    )
