"""bundle: the artifact for hosts, without deploying it."""

from __future__ import annotations

import platform
import time
from pathlib import Path

from .. import bundle, settings
from ..checks.finding import WRONG
from ..checks.host import DEBIAN, lacking
from ..cli.request import Answer, Request
from ..errors import Refused
from ..settings import Settings, configuration
from ..site import code, commit, environments
from ..site.on_disk import new_id
from ..site.release import Target
from . import root, section_of, survey, who
from .addresses import Address
from .artifact import Machine, Origin, Words
from .artifact.make import make as write

DEFAULTS = {"supervisor": "systemd", "address": "0.0.0.0", "port": "80"}


def run(request: Request, hosts: list[Address]) -> Answer:
    """Say where it lies and how it is used; raises DeployError."""
    artifact = make(request, hosts)
    folder = artifact.name.removesuffix(".tar.gz")
    return Answer([f"on the host: tar -xzf {artifact.name} && sudo ./{folder}/deploy SERVER_NAME=its.name"])


def make(request: Request, hosts: list[Address]) -> Path:
    """The artifact, for the hosts or, without any, for every tested Debian on a machine such as this one."""
    words, chosen = effective(request)
    target = bundle.target(request.given.adapter, chosen)
    words = words._replace(given={**words.given, "environment": request.given.environment})
    usual = [Machine(python, glibc, platform.machine()) for python, glibc in DEBIAN.values()]
    machines = judged(hosts, needed(request, target)) if hosts else usual
    began = time.monotonic()
    origin = Origin(new_id(), commit.named(request.host, request.project), who())
    held = code.held(request.host, request.project, chosen.leave_out)
    for line in [*commit.uncommitted(request.host, request.project), *code.told(held.left_out)]:
        request.progress.tell(f"note: {line}")
    artifact = write(request.host, request.project, held, request.given.adapter, words, origin, machines)
    size = artifact.stat().st_size / 2**20
    request.progress.tell(f"artifact   {time.monotonic() - began:6.2f} s  {artifact} ({size:.0f} MiB)")
    return artifact


def wanted(request: Request) -> tuple[Words, Target]:
    """The settings for the hosts, and the target; raises Refused when they cannot work."""
    words, chosen = effective(request)
    return words, bundle.target(request.given.adapter, chosen)


def effective(request: Request) -> tuple[Words, Settings]:
    """The settings for the hosts: what is said to them, and all as far as it is known here; raises Refused."""
    configured = section_of(request)
    defaults = {key: value for key, value in DEFAULTS.items() if key not in configured}
    words = Words(root(request), request.words(), defaults)
    given = {key: text for key, text in words.given.items() if text}
    chosen = configuration.load(request.project, request.given.environment, {**defaults, **given, "root": words.root})
    if chosen.supervisor != "systemd":
        raise Refused(f"SUPERVISOR is {chosen.supervisor!r}: hosts have systemd, and an artifact brings no other")
    return words, chosen


def own(request: Request, host: Address) -> list[str]:
    """What is said to one host only: the site's name, which is the host's unless there is another.

    Clients may have reached it by an address so far: localhost lets them.
    """
    if "server_name" in section_of(request):
        return []
    return [f"--default=SERVER_NAME={f'[{host.host}]' if ':' in host.host else host.host},{settings.OWN}"]


def needed(request: Request, target: Target) -> dict[str, str]:
    """What the hosts need for that, and the Debian package of each."""
    return survey.programs(target, environments.release_locks(request.project, target.adapter))


def judged(hosts: list[Address], wanted: dict[str, str]) -> list[Machine]:
    """The kinds of machine that the hosts are; raises Refused naming all that they lack."""
    found = {host: survey.probe(host, wanted) for host in hosts}
    lacks = [(host, lack) for host, facts in found.items() for lack in lacking(facts, wanted) if lack.level == WRONG]
    if lacks:
        raise Refused("\n".join(f"{host}: {lack.what}; fix: {lack.fix}" for host, lack in lacks))
    return list(dict.fromkeys(survey.machine(facts) for facts in found.values()))
