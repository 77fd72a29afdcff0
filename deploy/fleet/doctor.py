"""doctor on hosts: what one lacks to be deployed to, then what the doctor of the site that is there finds."""

from __future__ import annotations

from .. import needs, remote
from ..addresses import Address
from ..request import Answer, Request
from . import flags, root, tellers, tool
from .bundle import wanted


def run(request: Request, hosts: list[Address]) -> Answer:
    """Each finding with what mends it; exit code 1 when something hinders."""
    target = wanted(request)[1] if request.given.adapter else None
    code = 0
    for host in hosts:
        say, complain = tellers(request, host, hosts)
        lacks = needs.lacks(needs.probe(host, target), target)
        for lack in lacks:
            say(f"{'wrong' if lack.hinders else 'note'}: {lack.what}")
            say(f"  fix: {lack.fix}")
        code |= any(lack.hinders for lack in lacks)
        if not remote.run(host, ["test", "-e", f"{root(request)}/current"], say, complain):
            code |= remote.run(host, tool(request, "doctor", *flags(request)), say, complain)
        elif not lacks:
            say("nothing is deployed there, and nothing is missing")
    return Answer(code=code)
