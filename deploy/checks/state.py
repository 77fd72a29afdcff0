"""How a site does just now: what `status` says, as values."""

from __future__ import annotations

import time
from typing import Any

from .. import supervisors
from ..cli.advice import command
from ..machine import processes
from ..machine.processes import Part
from ..machine.run import Local
from ..site import ask, journal, lock, traffic
from ..site.release import Release, Root
from ..supervisors.circus import survivors
from ..supervisors.circus.sandboxed import inside

RUNNING, UNSUPERVISED, STOPPED = "running", "serving, not supervised", "stopped"
PATIENCE = 10  # seconds for the answer to one request


def look(host: Local, root: Root, release: Release) -> dict[str, Any]:
    """Times in UTC or seconds, memory in bytes; `why` says why it is not ready, `deployment` what is wrong with one."""
    supervisor = supervisors.of(host, root, release.settings.supervisor)
    runs = supervisor.running()
    state = RUNNING if runs else UNSUPERVISED if survivors.groups(root) else STOPPED
    again = f"'{command(root, 'start')}'"
    why = f"stopped: {again} starts it again" if state == STOPPED else ask.unready(release, PATIENCE)
    seen = traffic.last_minute(release, time.time())
    return {
        "release": release.id, "commit": release.commit, "adapter": release.target.adapter,
        "frontend": release.target.frontend, "mount": release.settings.mount, "url": release.url,
        "given": release.given, "root": str(root.path), **_since(root, release), "state": state,
        "advice": f"its supervisor was killed, and a process that crashes now stays down: {again} takes it over"
        if state == UNSUPERVISED else "",
        "processes": _processes(supervisor.processes() if runs else survivors.parts(root)),
        "requests": seen._asdict() if seen else None,
        "ready": not why, "why": why, "deployment": lock.told(root),
    }  # fmt: skip


def _since(root: Root, release: Release) -> dict[str, str]:
    lines = [line for line in journal.read(root) if line["release"] == release.id]
    return {"since": f"{lines[-1]['when']} UTC", "by": lines[-1]["who"]} if lines else {"since": "", "by": ""}


def _processes(parts: list[Part]) -> list[dict[str, Any]]:
    """Every process: of each part that there is, with those that it has started; not the sandbox around one."""
    roots = {pid for part in parts for pid in part.pids}
    found = []
    for part in parts:
        pids = [each for pid in part.pids for each in _below(inside(pid), roots - {pid})]
        facts = {"part": part.name, "state": part.state, "restarts": part.restarts}
        found += [{**facts, **seen._asdict()} for pid in pids if (seen := processes.look(pid))]
    return found


def _below(pid: int, others: set[int]) -> list[int]:
    """A process and its descendants, without those that are listed as another part."""
    return [pid, *(each for child in processes.children(pid) if child not in others for each in _below(child, others))]
