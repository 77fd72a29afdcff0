"""up on hosts: the artifact is made once, and goes to one host after the other."""

from __future__ import annotations

from pathlib import Path

from ..cli.request import Answer, Request
from ..errors import DeployError, Failed, Locked, Refused, Stuck
from ..machine import interruptions
from . import bundle, root, tellers
from .addresses import Address
from .ssh import run as on
from .status import table

# Unpacked where nobody else can enter, and gone in the end, however it ends.
SHIP = (
    'd=$(mktemp -d /var/tmp/deploy-XXXXXXXX) && trap \'rm -rf "$d"\' EXIT && tar -xzf - -C "$d" && "$d"/*/deploy "$@"'
)
ERRORS: dict[int, type[DeployError]] = {error.exit_code: error for error in (Failed, Refused, Locked, Stuck)}


def run(request: Request, hosts: list[Address]) -> Answer:
    """Stops at the first host that fails, with its exit code, and says what runs where; raises DeployError."""
    artifact = bundle.make(request, hosts)
    try:
        for host in hosts:
            _deploy(request, host, hosts, artifact)
    finally:
        artifact.unlink()
    return Answer()


def _deploy(request: Request, host: Address, hosts: list[Address], artifact: Path) -> None:
    try:
        code = on(host, ["sh", "-c", SHIP, "-", *bundle.own(request, host)], *tellers(request, host, hosts), artifact)
        if code:
            raise ERRORS.get(code, Failed)(f"{host} failed with exit code {code}")
    except KeyboardInterrupt:
        _undo(request, host, hosts)
        raise
    except DeployError as error:
        if len(hosts) > 1:
            left = ", ".join(map(str, hosts[hosts.index(host) + 1 :])) or "none"
            error.args = ("\n".join([f"{error}", f"hosts left as they were: {left}", *table(request, hosts)]),)
        raise


def _undo(request: Request, host: Address, hosts: list[Address]) -> None:
    """Stop what goes on there without us: it undoes what it has done, as it would here, unless it was done already."""
    say, complain = tellers(request, host, hosts)
    with interruptions.put_off():
        complain(f"interrupted: what was begun on {host} is stopped, and undone there")
        on(host, ["systemctl", "stop", f"{Path(root(request)).name}-deploy-*.service"], say, complain)
        for line in table(request, hosts):
            complain(line)
