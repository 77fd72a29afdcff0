"""python -m tests.contract.matrix: docs/matrix.md and docs/matrix.html from what the last contract run found.

python -m tests.contract.matrix debian13: docs/matrix-debian13.* from what the last run in a guest found.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import NamedTuple

from deploy.adapters import ADAPTERS

from . import page
from .limits import ANY, LIMITS, Limit
from .results import FILE, GUEST
from .targets import STANDALONE, TARGETS

LAWS = {
    "1": "the mount: SCRIPT_NAME and PATH_INFO, /prefixed is not /prefix, the bare prefix redirects",
    "2": "bytes of path and query: %25, %2F, UTF-8, +, //, the raw query string",
    "3": "client address, scheme and host are the client's own, whatever headers it sends",
    "4": "headers both ways: Authorization, two Set-Cookies, status, long and many ones, none added or lost",
    "5": "bodies with a length and chunked, from nothing to the limit, 413 above it",
    "6": "methods: HEAD, 204 and 304 have no body; OPTIONS, PUT, PATCH, DELETE and WebDAV's arrive",
    "7": "streaming: a response arrives as it is made; long ones are whole",
    "8": "failures: a 500 without a traceback, logged once; clients that leave early break nothing",
    "9": "static files from the front end, with the application's type, validators and cache headers",
    "10": "surroundings: folder, argv, environment, umask, locale, open files, signals; ordinary children",
    "11": "the wire: malformed requests and faulty framing are refused, so that nobody smuggles a request",
}
FOLDER = Path(__file__).parents[2] / "docs"
TITLE = "The contract, on every target"
INTRODUCTION = (
    "The same request gets the same response from every adapter, behind every front end and alone. Each pair is "
    "deployed at `/` and at a prefix by `make deploy-<adapter>`, and tried on the real servers. An application that "
    "answers what it was asked shows the laws; the blog shows a sign-in, a new entry and a sign-out.",
    "A cell says how many laws hold in every check, and which hold with a limit. The limits stand below, with their "
    "reasons. `make matrix` writes this page on Debian 12. `make test-debian13` writes matrix-debian13, with the "
    "servers and the Python of Debian 13.",
)

Found = dict[str, dict[str, dict[str, str]]]


class Cell(NamedTuple):
    """What one adapter does behind one front end, at both mounts."""

    kept: int
    limited: dict[str, list[str]]
    broken: tuple[str, ...]

    def __str__(self) -> str:
        limits = "; ".join(f"{law}: {', '.join(shorts)}" for law, shorts in self.limited.items())
        broken = f"BROKEN: {', '.join(self.broken)}" if self.broken else ""
        return "; ".join(filter(None, (f"{self.kept}/{len(LAWS)}", limits, broken)))


def cell(found: Found, adapter: str, frontend: str) -> Cell | None:
    """The cell of the table, or None where there is no such target."""
    checks = [
        (*key.split(" "), value)
        for target in TARGETS
        if (target.adapter, target.frontend) == (adapter, frontend)
        for key, value in found[str(target)].items()
    ]
    if not checks:
        return None
    limited: dict[str, list[str]] = {}
    for law, _, value in sorted(checks, key=lambda check: (len(check[0]), check[0])):
        if "limit" in value and value["limit"] not in limited.setdefault(law, []):
            limited[law].append(value["limit"])
    broken = tuple(sorted({law for law, _, value in checks if value["outcome"] != "passed"}))
    return Cell(len(LAWS.keys() - limited.keys() - set(broken)), limited, broken)


def table(found: Found) -> tuple[list[str], list[tuple[str, list[Cell | None]]]]:
    """The front ends, and for each adapter its cells."""
    frontends = list(dict.fromkeys(target.frontend for target in TARGETS))
    return frontends, [(adapter, [cell(found, adapter, each) for each in frontends]) for adapter in ADAPTERS]


def column(frontend: str) -> str:
    """The head of a front end's column."""
    return "alone" if frontend == STANDALONE else frontend


def where(limit: Limit) -> str:
    """The targets of a limit in words."""
    adapter = "every adapter" if limit.adapter == ANY else limit.adapter
    return adapter + {ANY: "", STANDALONE: " alone"}.get(limit.frontend, f" behind {limit.frontend}")


def introduction(commit: str) -> tuple[str, ...]:
    """What both pages begin with."""
    return (*INTRODUCTION, f"Measured on commit {commit}.")


def markdown(found: Found, commit: str) -> str:
    """The page for readers of the repository."""
    frontends, rows = table(found)
    lines = [
        f"# {TITLE}",
        "",
        *(line for text in introduction(commit) for line in (text, "")),
        "| |" + "".join(f" {name} |" for name in map(column, frontends)),
    ]
    lines += ["|---|" + "---|" * len(frontends)]
    lines += [f"| **{adapter}** |" + "".join(f" {each or ''} |" for each in cells) for adapter, cells in rows]
    lines += ["", "## The laws", ""] + [f"- **{law}**: {text}" for law, text in LAWS.items()]
    lines += ["", "## The limits", "", "| what does not hold | where | why |", "|---|---|---|"]
    lines += [f"| {words(limit)} | {where(limit)} | {limit.short}: {limit.reason} |" for limit in LIMITS]
    return "\n".join(lines) + "\n"


def words(limit: Limit) -> str:
    """The name of a check as a sentence."""
    return limit.check.removeprefix("test_").replace("_", " ")


def html(found: Found, commit: str) -> str:
    """The same page for a browser."""
    frontends, rows = table(found)
    checks = {check for outcomes in found.values() for check in outcomes}
    facts = [(len(TARGETS), "targets"), (len(LAWS), "laws"), (len(checks), "checks"), (len(LIMITS), "known limits")]
    shown_rows = {adapter: [shown(each) for each in cells] for adapter, cells in rows}
    limits = [(limit, where(limit), words(limit)) for limit in LIMITS]
    columns = [column(name) for name in frontends]
    return page.render(TITLE, introduction(commit), facts, columns, shown_rows, LAWS, limits)


def shown(found: Cell | None) -> page.Shown:
    """A cell as the browser's page has it."""
    if found is None:
        return page.Shown("none", "no target")
    broken = [(law, ["broken"]) for law in found.broken]
    kind = "broken" if broken else "limited" if found.limited else "kept"
    return page.Shown(kind, f"{found.kept} of {len(LAWS)} laws", [*broken, *found.limited.items()])


def main() -> int:
    """Write both pages and print the Markdown one; 1 when the last run did not try every target."""
    source, stem = (GUEST, "matrix-debian13") if sys.argv[1:] == ["debian13"] else (FILE, "matrix")
    run = json.loads(source.read_text(encoding="utf-8")) if source.exists() else {"commit": "", "targets": {}}
    found: Found = run["targets"]
    tried = {target: {check.partition(" ")[0] for check in checks} for target, checks in found.items()}
    missing = [str(target) for target in TARGETS if not tried.get(str(target), set()) >= LAWS.keys()]
    if missing:
        sys.stderr.write(f"matrix: the last run left out {', '.join(missing)}: run all of tests/contract\n")
        return 1
    for name, render in ((f"{stem}.md", markdown), (f"{stem}.html", html)):
        (FOLDER / name).write_text(render(found, run["commit"]), encoding="utf-8")
    sys.stdout.write(markdown(found, run["commit"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
