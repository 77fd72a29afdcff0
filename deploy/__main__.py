"""python -m deploy COMMAND: deploy, look at what is deployed, go back. The only print and environment."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from . import arguments, bundle, effective, journal, pins, plan, refusals, settings, steps, supervise
from .context import Context
from .errors import DeployError, Refused
from .hosts import Local
from .release import Release, Root, kept, live
from .settings import Settings


class Request(NamedTuple):
    """What was asked for: where, with which arguments, and the words after -- that belong to somebody else."""

    host: Local
    project: Path
    given: argparse.Namespace
    rest: list[str]


def main(argv: list[str]) -> int:
    """Run one command and return its exit code."""
    os.umask(0o022)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    end = argv.index("--") if "--" in argv else len(argv)
    parser = arguments.parser({name: (function.__doc__ or "", wants) for name, (function, wants) in COMMANDS.items()})
    try:
        given = parser.parse_args(arguments.spelled_as_flags(argv[:end]))
        return COMMANDS[given.command][0](Request(Local(os.environ), Path.cwd(), given, argv[end + 1 :]))
    except DeployError as error:
        print(f"deploy: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        _end_of_output()
        return 1


def up(request: Request) -> int:
    """make a release and put it live"""
    given = request.given
    ctx = plan.deployment(request.host, request.project, given.adapter, given.environment, _settings(request))
    if os.geteuid() == 0 and not ctx.host.user:
        _tell(f"note: {refusals.SITE_USER} cannot enter {ctx.root.path}, so the application will run as root")
    return _roll_out(ctx, steps.STEPS, "deploy")


def rollback(request: Request) -> int:
    """go back to the release before, or to the one named"""
    root, release = _live(request)
    wanted, good = request.given.release, journal.good(root)
    choice = [other for other in kept(root) if other.id in good and other.id != release.id]
    chosen = [other for other in choice if (other.id == wanted if wanted else other.id < release.id)]
    if not chosen:
        asked = f"release {wanted}" if wanted else "release before the live one"
        others = "; there is ".join(f"RELEASE={other.id}" for other in choice) or "no other: deploy once more first"
        raise Refused(f"there is no {asked} to go back to in {root.releases}; there is {others}")
    return _roll_out(plan.rollback(request.host, request.project, root, chosen[-1]), steps.ROLLBACK, "rollback")


def status(request: Request) -> int:
    """say what is live and which processes run; exit 1 when it is stopped"""
    root, release = _live(request)
    print(f"release   {release.id} {release.commit}".rstrip())
    print(f"adapter   {release.target.adapter}\nfrontend  {release.target.frontend}")
    print(f"url       {release.url}\nroot      {root.path}")
    if not supervise.running(root):
        print("processes none: the site is stopped")
        return 1
    for name, state, pids in supervise.processes(request.host, root):
        print(f"processes {name}: {state}, {', '.join(map(str, pids))}")
    return 0


def start(request: Request) -> int:
    """start what was stopped, the release that was live last; nothing when it runs"""
    root, release = _live(request)
    if supervise.running(root):
        print(f"it runs: {release.url}")
        return 0
    return _roll_out(plan.rollback(request.host, request.project, root, release), steps.ROLLBACK, "start")


def stop(request: Request) -> int:
    """stop the site; what is on disk stays"""
    root, release = _live(request)
    if supervise.running(root):
        supervise.stop(request.host, root, supervise.venv(root), release.settings.graceful_timeout)
        print(f"stopped: {release.url}")
    else:
        print(f"nothing runs in {root.path}")
    return 0


def releases(request: Request) -> int:
    """list what was deployed, and which releases are kept"""
    root, release = _live(request)
    here = {other.id for other in kept(root)}
    columns = ("release", "when", "who", "action", "commit", "adapter", "frontend", "mount", "result")
    lines = journal.read(root)
    last = max(place for place, line in enumerate(lines) if line["release"] == release.id)
    widths = {column: max(len(column), *(len(line[column]) for line in lines)) for column in columns}
    print("  ".join([*(f"{column:<{widths[column]}}" for column in columns), "now"]))
    for place, line in enumerate(lines):
        state = "serving" if place == last else "kept" if line["release"] in here else "gone"
        print("  ".join([*(f"{line[column]:<{widths[column]}}" for column in columns), state]))
    return 0


def logs(request: Request) -> int:
    """follow all logs of the site"""
    root, _ = _live(request)
    files = sorted(str(path) for path in root.logs.rglob("*.log"))
    return request.host.attach(["tail", "-n", "50", *([] if request.given.once else ["-F"]), *files])


def flask(request: Request) -> int:
    """run a Flask command, given after --, with the live release's settings"""
    _, release = _live(request)
    words: list[str | Path] = [release.python, "-m", "flask", "--app", release.settings.application, *request.rest]
    return Local(request.host.environ, release.user).attach(words, cwd=release.folder, as_user=True)


def render(request: Request) -> int:
    """print what would be written, and write nothing"""
    chosen = _settings(request)
    root, target = refusals.site_root(request.project, chosen.root), bundle.target(request.given.adapter, chosen)
    release = plan.draft(root, request.project, request.given.environment, chosen, target,
                         Path(chosen.python or sys.executable), "", plan.EXAMPLE_ID)  # fmt: skip
    if request.given.format == "files":
        for file in bundle.build(release, request.project):
            print(f"### {release.folder / file.name}\n{file.content}")
        return 0
    print(effective.FORMATS[request.given.format](effective.values(release, request.project)))
    return 0


def schema(request: Request) -> int:
    """print the JSON schema of config/<environment>.json"""
    print(json.dumps(settings.schema(), indent=2))
    return 0


def pin(request: Request) -> int:
    """pin requirements/ anew"""
    return pins.pin(request.host, request.project, request.given.upgrade)


COMMANDS: dict[str, tuple[Callable[[Request], int], tuple[str, ...]]] = {
    "up": (up, ("adapter", "settings")),
    "rollback": (rollback, ("release",)),
    "status": (status, ()),
    "start": (start, ()),
    "stop": (stop, ()),
    "releases": (releases, ()),
    "logs": (logs, ("once",)),
    "flask": (flask, ()),
    "render": (render, ("adapter", "settings", "format")),
    "schema": (schema, ()),
    "pins": (pin, ("upgrade",)),
}


def _settings(request: Request) -> Settings:
    given = {key: value for key in Settings.model_fields if (value := getattr(request.given, key)) is not None}
    return settings.load(request.project, request.given.environment, given)


def _live(request: Request) -> tuple[Root, Release]:
    """The site's folders and the release that `current` names; raises Refused when nothing was deployed."""
    given = {} if request.given.root is None else {"root": request.given.root}
    root = Root(
        refusals.absolute(request.project, settings.load(request.project, request.given.environment, given).root)
    )
    release = live(root)
    if release is None:
        raise Refused(f"nothing is deployed in {root.path}: deploy first, or name the folder with ROOT=")
    return root, release


def _roll_out(ctx: Context, todo: tuple[ModuleType, ...], action: str) -> int:
    release = ctx.release
    try:
        steps.run(todo, ctx, _say)
    except DeployError:
        if ctx.root.journal.exists():
            journal.record(ctx.root, release, action, journal.FAILED)
        raise
    journal.record(ctx.root, release, action, journal.LIVE)
    target = release.target
    _tell(f"live: {release.url} release {release.id} adapter {target.adapter} frontend {target.frontend}")
    return 0


def _say(step: str, detail: str, seconds: float) -> None:
    _tell(f"{step:<10} {seconds:6.2f} s  {detail}".rstrip())


def _tell(line: str) -> None:
    try:
        print(line)
    except BrokenPipeError:  # a deployment that nobody watches any more ends as well as any other
        _end_of_output()


def _end_of_output() -> None:
    """Whoever read the output has gone, such as head: nothing more is written to it, not by Python's exit either."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
