"""python -m bench.start: what create_app() costs a new process, relative to the libraries that it stands on."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).parents[1]
TARGET = 1.3
PROGRAMS = {
    "import flask, flask_sqlalchemy": "import flask, flask_sqlalchemy",
    "create_app()": "from yourapplication import create_app; create_app('testing')",
    "create_app(), GET /sign-in": "from yourapplication import create_app; "
    "create_app('testing').test_client().get('/sign-in', buffered=True)",
}


def seconds(program: str, database: str) -> float:
    """How long a new process takes for `program`."""
    environment = {**os.environ, "FLASK_SQLALCHEMY_DATABASE_URI": database, "FLASK_LOG_FILE": os.devnull}
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], cwd=PROJECT, env=environment, check=True)
    return time.perf_counter() - began


def main() -> int:
    """Run the programs in turn, so that all have the same neighbours; print each median and its ratio to the first."""
    parser = argparse.ArgumentParser(prog="python -m bench.start", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, metavar="N", help="of each program (default: 15)")
    rounds = parser.parse_args().rounds
    if rounds < 1:
        parser.error(f"--rounds: {rounds} is not a number of rounds: 1 or more")
    taken: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{folder}/bench.sqlite"
        make = [sys.executable, "-m", "flask", "--app", "yourapplication", "init-db"]
        environment = {**os.environ, "FLASK_SQLALCHEMY_DATABASE_URI": database, "APPLICATION_CONFIG": "testing"}
        subprocess.run(make, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL, check=True)
        for _ in range(rounds):
            for name, program in PROGRAMS.items():
                taken[name].append(seconds(program, database))
    base = statistics.median(next(iter(taken.values())))
    for name, times in taken.items():
        median = statistics.median(times)
        print(f"{name:<32} {median * 1000:7.1f} ms  {median / base:5.2f}")
    print(f"target for create_app(): {TARGET} or less; medians of {rounds} rounds, one process after the other")
    return 0


if __name__ == "__main__":
    sys.exit(main())
