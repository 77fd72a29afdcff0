"""doctor on hosts: what one lacks to be deployed to, then what the doctor of the site that is there finds."""

from __future__ import annotations

from ..checks.finding import OK, WRONG, Finding, lines
from ..checks.host import lacking
from ..cli.request import Answer, Request
from ..settings.words import spell
from . import flags, root, ssh, survey, tellers, tool
from .addresses import Address
from .artifact import Words
from .bundle import effective, needed, own, wanted


def run(request: Request, hosts: list[Address]) -> Answer:
    """A line for each finding; exit code 1 when something is wrong."""
    programs = needed(request, wanted(request)[1]) if request.given.adapter else survey.ALWAYS
    code = 0
    for host in hosts:
        say, complain = tellers(request, host, hosts)
        facts = survey.probe(host, programs)
        lacks = lacking(facts, programs) or [Finding(OK, "has what a deployment needs")]
        for line in lines([("host", lack) for lack in lacks]):
            say(line)
        code |= any(lack.level == WRONG for lack in lacks)
        if facts and not ssh.run(host, ["test", "-e", f"{root(request)}/current"], say, complain):
            code |= ssh.run(host, tool(request, "doctor", *asked(request, host), *flags(request)), say, complain)
    return Answer(code=code)


def asked(request: Request, host: Address) -> list[str]:
    """What the command line asks for, in full, as the configuration there is the live release's; else nothing."""
    adapter = [request.given.adapter] if request.given.adapter else []
    if not adapter and not request.words().keys() - {"root"}:
        return []
    words, chosen = effective(request)
    values = {name: spell(value) for name, value in chosen.model_dump(exclude={"root"}).items()}
    said = Words(words.root, words.given, {name: text for name, text in values.items() if not words.given.get(name)})
    return [*adapter, f"ENVIRONMENT={request.given.environment}", *said.spelled(), *own(request, host)]
