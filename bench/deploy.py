"""python -m bench.deploy: what a code-only deployment takes, step by step, and how that grows with kept releases."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from deploy.machine.sockets import free_port

PROJECT = Path(__file__).parents[1]
LIVE, FIRST_ANSWER, WHOLE = "command to live", "start to first answer", "the whole command"
TARGETS = {LIVE: 3.0, FIRST_ANSWER: 1.0}  # seconds
STEP = re.compile(r"(\w+) +(\d+\.\d\d) s")


def up(root: Path, port: int, *words: str) -> dict[str, float]:
    """Deploy the sample application, and how long each step and the whole took, in seconds."""
    argv = [
        sys.executable,
        "-m",
        "deploy",
        "up",
        "gunicorn",
        f"ROOT={root}",
        f"PORT={port}",
        "KEEP_RELEASES=1000",
        *words,
    ]
    began = time.monotonic()
    done = subprocess.run(argv, cwd=PROJECT, text=True, capture_output=True, check=False)
    whole = time.monotonic() - began
    if done.returncode:
        sys.exit(f"{done.stdout}{done.stderr}")
    steps = {match[1]: float(match[2]) for line in done.stdout.splitlines() if (match := STEP.match(line))}
    first = steps["start"] + steps["switch"] + steps["verify"]
    live = whole - steps["drain"] - steps["prune"]  # what the old processes take to end is nobody's wait
    return {**steps, FIRST_ANSWER: first, LIVE: live, WHOLE: whole}


def keep(root: Path, count: int) -> None:
    """Have `count` releases: copies of the live one under earlier ids, as if they had been deployed before it."""
    live = (root / "current").resolve()
    journal = (root / "releases.jsonl").read_text(encoding="utf-8").splitlines()
    for number in range(len(list((root / "releases").iterdir())), count):
        folder = root / "releases" / f"20200101-000000-{number:06}"
        shutil.copytree(live, folder)
        values = json.loads((folder / "instance" / "deploy.json").read_text(encoding="utf-8"))
        (folder / "instance" / "deploy.json").write_text(json.dumps({**values, "id": folder.name}), encoding="utf-8")
        journal.insert(0, json.dumps({**json.loads(journal[-1]), "release": folder.name}))
    (root / "releases.jsonl").write_text("\n".join(journal) + "\n", encoding="utf-8")


def print_table(columns: dict[str, list[dict[str, float]]]) -> None:
    """A row for each step, a column for each series of deployments: medians."""
    print(f"{'seconds':<22}" + "".join(f"{name:>14}" for name in columns))
    for row in next(iter(columns.values()))[0]:
        medians = [statistics.median(found[row] for found in series) for series in columns.values()]
        target = f"   target {TARGETS[row]:.0f} s or less" if row in TARGETS else ""
        print(f"{row:<22}" + "".join(f"{median:>14.2f}" for median in medians) + target)


def print_hosts(most: int, rounds: int) -> None:
    """The whole of a code-only deployment over SSH to 1 and more hosts, one after the other."""
    from tests.hosts import lab
    from tests.hosts.client import Client
    from tests.hosts.image import NEWER

    with lab.hosts(*[NEWER] * most) as made, tempfile.TemporaryDirectory() as home:
        client = Client(Path(home), made)
        words = ("gunicorn", "SERVER_NAME=www.example")
        client.good("up", *words)
        for count in range(1, most + 1):
            named = "HOST=" + ",".join(f"{host.user}@{host.name}" for host in made[:count])
            taken = []
            for _ in range(rounds):
                began = time.monotonic()
                client.good("up", *words, named)
                taken.append(time.monotonic() - began)
            print(f"{f'{count} hosts over SSH':<22}{statistics.median(taken):>14.2f}")


def main() -> int:
    """The first deployment makes the environments; the others copy code, which is what is measured."""
    parser = argparse.ArgumentParser(prog="python -m bench.deploy", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="deployments of each kind (default: 3)")
    parser.add_argument("--kept", default="1,10,100", metavar="N,...", help="kept releases (default: 1,10,100)")
    hosts = "test hosts that are booted for it, as root, and reached by SSH (default: 4 as root, else 0)"
    parser.add_argument("--hosts", type=int, default=4 * (os.geteuid() == 0), metavar="N", help=hosts)
    given = parser.parse_args()
    counts = [int(word) for word in given.kept.split(",") if word.isdigit() and int(word)]
    if given.rounds < 1 or given.hosts < 0 or len(counts) != len(given.kept.split(",")):
        parser.error(
            f"--rounds {given.rounds} --kept {given.kept} --hosts {given.hosts}: whole numbers, 1 or more, or no hosts"
        )
    if given.hosts and os.geteuid() != 0:
        parser.error(f"--hosts {given.hosts}: only root can boot hosts")
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        root, port = Path(folder, "root"), free_port("127.0.0.1")
        try:
            columns = {"first": [up(root, port)]}
            for count in sorted(counts):
                keep(root, count)
                columns[f"{count} kept"] = [up(root, port) for _ in range(given.rounds)]
            print_table(columns)
        finally:
            subprocess.run(
                [sys.executable, "-m", "deploy", "stop", f"ROOT={root}"],
                cwd=PROJECT,
                stdout=subprocess.DEVNULL,
                check=False,
            )
    print(f"gunicorn standalone, the sample application with its databases; medians of {given.rounds}")
    if given.hosts:
        print_hosts(given.hosts, given.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
