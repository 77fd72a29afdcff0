"""python -m bench: each adapter beside its documented sample, in turns, in one run. `make bench` starts it."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from deploy.adapters import ADAPTERS
from deploy.errors import DeployError, Failed

from . import figures, prepare, stream
from .cases import CASES, LOADS, Case, Load
from .load import Measure, measure
from .run import Side, get, side, warm

PROJECT = Path(__file__).resolve().parents[1]
SCENARIOS = (*(load.name for load in LOADS), "stream")


def main(argv: list[str]) -> int:
    """Measure what is asked for, print it, and return an exit code."""
    given = parser().parse_args(argv)
    os.umask(0o022)
    try:
        wrk = prepare.wrk()
        chosen = [case for case in CASES if not given.adapter or case.adapter in given.adapter]
        scenarios = given.scenario or list(SCENARIOS)
        compared = [compare(wrk, load, case, given) for load in LOADS if load.name in scenarios
                    for case in chosen if case.adapter in load.adapters]  # fmt: skip
        grown = {str(case): growth(case, given) for case in chosen if "stream" in scenarios}
    except DeployError as error:
        print(f"bench: {error}", file=sys.stderr)
        return error.exit_code
    print(as_json(given, compared, grown) if given.json else as_text(given, compared, grown))
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    found = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    found.add_argument("--adapter", action="append", choices=list(ADAPTERS), help="only this one; can be repeated")
    found.add_argument("--scenario", action="append", choices=SCENARIOS, help="only this one; can be repeated")
    found.add_argument("--application", choices=("flask", "plain"), default="flask", help="default flask")
    for name, default, what in (
        ("seconds", 3, "how long each load lasts"),
        ("rounds", 3, "how often each side is loaded, in turns"),
        ("connections", 16, "keep-alive connections, all busy"),
        ("threads", 4, "threads in each process"),
    ):
        found.add_argument(f"--{name}", type=number, default=default, metavar="N", help=f"{what}; default {default}")
    found.add_argument("--json", action="store_true", help="every round, as JSON")
    return found


def number(text: str) -> int:
    """A number of seconds, rounds, connections or threads."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 1000):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 1000")
    return int(text)


def compare(wrk: str, load: Load, case: Case, given: argparse.Namespace) -> figures.Comparison:
    """Load both sides in turns; which is first changes from round to round."""
    threads, connections = load.threads or given.threads, min(load.connections or given.connections, case.connections)
    seconds = max(load.seconds, given.seconds)
    with ExitStack() as stack:
        both = [stack.enter_context(serving(case, given, threads, sample)) for sample in (False, True)]
        answers = [get(each.port, load.path) for each in both]
        if answers[0] != answers[1]:
            raise Failed(f"{case}: ours answers {answers[0]} and the sample {answers[1]}")
        measures: tuple[list[Measure], list[Measure]] = ([], [])
        for each in both:
            warm(each.port, load.path)
        for turn in range(given.rounds):
            for which in (0, 1) if turn % 2 == 0 else (1, 0):
                measures[which].append(measure(wrk, both[which], load.path, seconds, connections))
    found = figures.Comparison(load.name, str(case), seconds, load.goals.get(case.adapter, 1.0), *measures)
    print(f"{load.name} {case}: {found.ratio('requests')}", file=sys.stderr)
    return found


def growth(case: Case, given: argparse.Namespace) -> stream.Growth:
    """What streaming costs our side in memory."""
    with serving(case, given, given.threads, False) as ours:
        for _ in range(3):
            get(ours.port, "/")
        found = stream.measure(ours)
    print(f"stream {case}: up {found.up:.1f} MiB, down {found.down:.1f} MiB", file=sys.stderr)
    return found


@contextmanager
def serving(case: Case, given: argparse.Namespace, threads: int, sample: bool) -> Iterator[Side]:
    """One side, from a folder of its own that is removed in the end."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        Path(folder).chmod(0o755)
        application = f"bench.applications.{given.application}:app"
        ctx = prepare.context(PROJECT, Path(folder, "root"), case, application, threads)
        prepare.make(ctx)
        with side(ctx, prepare.put_sample(ctx) if sample else None) as running:
            yield running


def as_json(given: argparse.Namespace, compared: list[figures.Comparison], grown: dict[str, stream.Growth]) -> str:
    """Everything that was measured."""
    growths = {name: each._asdict() for name, each in grown.items()}
    values = {"machine": machine(), "options": vars(given), "compared": [each.as_json() for each in compared]}
    return json.dumps({**values, "growth": growths}, indent=2)


def as_text(given: argparse.Namespace, compared: list[figures.Comparison], grown: dict[str, stream.Growth]) -> str:
    """The tables."""
    parts = [machine()]
    for scenario, seconds in dict.fromkeys((each.scenario, each.seconds) for each in compared):
        rows = [figures.row(each) for each in compared if each.scenario == scenario]
        parts.append(f"{scenario}: median of {given.rounds} rounds of {seconds} s\n"
                     + figures.table([figures.HEADER, *rows]))  # fmt: skip
    failed = [f"{each.case}, {each.scenario}: {ours} of ours and {theirs} of the sample's requests failed"
              for each in compared for ours, theirs in [each.errors()] if ours or theirs]  # fmt: skip
    if grown:
        rows = [(name, f"{each.up:.1f}", f"{each.down:.1f}", "" if max(each) <= stream.LIMIT else "no")
                for name, each in grown.items()]  # fmt: skip
        parts.append("stream: growth of a worker in MiB over 64 MiB\n"
                     + figures.table([("", "up", "down", f"at most {stream.LIMIT:g}"), *rows]))  # fmt: skip
    return "\n\n".join([*parts, *failed])


def machine() -> str:
    """What it was measured on, in general words."""
    return f"{os.cpu_count()} cores, {platform.system()} {platform.release().partition('-')[0]}, {platform.machine()}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
