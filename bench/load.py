"""The load: wrk on processors of its own, for some seconds, with the memory of the servers read halfway."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any, NamedTuple

from deploy.errors import Failed

from . import memory
from .run import Side, cores, get, pinned

REPORT = Path(__file__).with_name("report.lua")


class Measure(NamedTuple):
    """One round of one side: times in milliseconds, memory in MiB; `cpu` is what the servers compute for a request."""

    requests: float
    p50: float
    p99: float
    errors: int
    pss: float
    cpu: float


def measure(wrk: str, side: Side, path: str, seconds: int, connections: int) -> Measure:
    """Load one side; raises Failed when wrk does."""
    argv = [wrk, "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", f"{seconds + 30}s", "-s", str(REPORT),
            f"http://127.0.0.1:{side.port}{path}"]  # fmt: skip
    before = memory.processor(memory.tree(side.all_pids))
    pipe = subprocess.PIPE
    with subprocess.Popen(pinned(argv, cores()[1]), text=True, stdout=pipe, stderr=subprocess.STDOUT) as done:
        time.sleep(seconds / 2)
        pss = memory.pss(memory.tree(side.pids))
        output, _ = done.communicate()
    if done.returncode:
        raise Failed(f"wrk exited {done.returncode}: {output}")
    get(side.port, "/")  # what wrk has left unanswered is answered now, and not while the other side is loaded
    found = parse(output)
    count = found.pop("count")
    if not count:
        raise Failed(f"wrk had no answer from {path} within {seconds} s: give it more --seconds")
    computed = memory.processor(memory.tree(side.all_pids)) - before
    return Measure(**found, pss=pss, cpu=1000 * computed / count)


def parse(output: str) -> dict[str, Any]:
    """What report.lua has printed in its last line."""
    try:
        found: dict[str, Any] = json.loads(output.strip().splitlines()[-1])
    except (IndexError, ValueError) as error:
        raise Failed(f"wrk has printed no result: {output!r}") from error
    return found
