"""A release's application, imported once in its own environment by who runs it: what it has, what it leaves behind."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

from ..errors import DeployError, Failed, Refused
from ..machine.run import Local, tail
from .release import Release

DESCRIBED = re.compile(r"^described: (.*)$", re.M)
KEPT = re.compile(r"^kept: (.*)$", re.M)


class Described(NamedTuple):
    """`commands`: those of Flask's, None for an application that is not; `kept`: the threads that keep it running."""

    commands: list[str] | None
    kept: str


def describe(host: Local, release: Release, project: Path) -> Described:
    """Raises Refused when the application cannot be imported, Failed when that does not come to an end.

    `project`: what is said of the release is true of it, which is still there when the release is gone.
    """
    seconds = release.settings.start_timeout
    argv: list[str | Path] = [release.python, "-m", "deploy.adapters", "describe", "--within", str(seconds)]
    done = host.run(argv, cwd=release.folder, as_user=True, check=False)
    found, kept = DESCRIBED.findall(done.stdout), KEPT.findall(done.stdout)
    if done.returncode or not found:
        raise _undescribed(release, done.returncode, done.stdout.replace(str(release.folder), str(project)))
    return Described(json.loads(found[-1]), kept[-1] if kept else "")


def _undescribed(release: Release, code: int, printed: str) -> DeployError:
    """Why."""
    before, timed_out, places = printed.rpartition("Timeout (")
    if timed_out:
        return Failed(f"the application was not imported within {release.settings.start_timeout} s: it waits for "
                      "something, or needs a longer START_TIMEOUT; it waited here:\n"
                      f"{tail(places.partition(chr(10))[2], 40)}")  # fmt: skip
    before, refused, why = printed.rpartition("describe: ")
    if not refused:  # it was killed, perhaps
        return Failed(f"the application could not be imported (exit code {code}): {tail(printed, 40)}")
    why = KEPT.sub("", why).rstrip()
    return Refused(tail(why, 40) + (f"\nbefore that it printed:\n{tail(before)}" if before.strip() else ""))
