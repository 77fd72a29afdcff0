"""python -m bench.slow PORT: what 16 normal clients see while others are idle, silent, dripping or read nothing.

How to run it on one target: deploy an application that has something large, then load it, from the same folder:

    make deploy-gunicorn FRONTEND=nginx PORT=8123 APPLICATION=bench.applications.flask:app
    .venv/bin/python -m bench.slow 8123 --large '/down?8388608' --upload /up

`--idle 0 --half 400` and the like choose what is tried: half-sent headers are none by default. It exits with 1 when a
normal request fails or when their 99th percentile is above a second. Tests call visitors.measure.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys

from .visitors import KINDS, LIMIT, Site, measure


def main() -> int:
    """Measure the site on a port and print what was seen."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.slow", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("port", type=int, help="of the site, on 127.0.0.1")
    for name, default in Site._field_defaults.items():
        parser.add_argument(f"--{name}", default=default, metavar="URL", help=f"path with query (default: {default})")
    for kind, count in KINDS.items():
        parser.add_argument(f"--{kind}", type=int, default=count, metavar="N", help=f"connections (default: {count})")
    parser.add_argument("--seconds", type=float, default=15, help="how long normal clients ask (default: 15)")
    given = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    site = Site(given.port, given.path, given.large, given.upload)
    seen = asyncio.run(measure(site, {kind: getattr(given, kind) for kind in KINDS}, given.seconds))
    print(seen)
    return int(bool(seen.failed) or seen.p99 > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
