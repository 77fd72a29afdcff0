"""python -m tests.contract.matrix: docs/matrix.md and docs/matrix.html from what the last contract run found.

python -m tests.contract.matrix debian13: docs/matrix-debian13.* from what the last run in a guest found.
"""

from __future__ import annotations

import json
import sys
from html import escape
from pathlib import Path
from typing import NamedTuple

from deploy.adapters import ADAPTERS

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
    "Each adapter behind each front end, deployed at / and at a prefix by `make deploy-<adapter>` and tried by "
    "tests/contract: the laws with an application that answers what it was asked, and the real application's "
    "sign-in, new entry and sign-out. A cell says how many laws are kept in every check, then which are kept with a "
    "limit; the last table explains those. Written by `make matrix`, on Debian 12; matrix-debian13 has the same with "
    "the servers and the Python of Debian 13, written by `make test-debian13`."
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


def table(found: Found) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """The front ends, and for each adapter its cells as text."""
    frontends = list(dict.fromkeys(target.frontend for target in TARGETS))
    cells = {(adapter, frontend): cell(found, adapter, frontend) for adapter in ADAPTERS for frontend in frontends}
    return frontends, [(adapter, [str(cells[adapter, each] or "") for each in frontends]) for adapter in ADAPTERS]


def column(frontend: str) -> str:
    """The head of a front end's column."""
    return "alone" if frontend == STANDALONE else frontend


def where(limit: Limit) -> str:
    """The targets of a limit in words."""
    adapter = "every adapter" if limit.adapter == ANY else limit.adapter
    return adapter + {ANY: "", STANDALONE: " alone"}.get(limit.frontend, f" behind {limit.frontend}")


def markdown(found: Found) -> str:
    """The page for readers of the repository."""
    frontends, rows = table(found)
    lines = [f"# {TITLE}", "", INTRODUCTION, "", "| |" + "".join(f" {name} |" for name in map(column, frontends))]
    lines += ["|---|" + "---|" * len(frontends)]
    lines += [f"| **{adapter}** |" + "".join(f" {text} |" for text in cells) for adapter, cells in rows]
    lines += ["", "## The laws", ""] + [f"- **{law}**: {text}" for law, text in LAWS.items()]
    lines += ["", "## The limits", "", "| what does not hold | where | why |", "|---|---|---|"]
    lines += [f"| {words(limit)} | {where(limit)} | {limit.short}: {limit.reason} |" for limit in LIMITS]
    return "\n".join(lines) + "\n"


def words(limit: Limit) -> str:
    """The name of a check as a sentence."""
    return limit.check.removeprefix("test_").replace("_", " ")


def html(found: Found) -> str:
    """The same page for a browser: one file, nothing loaded."""
    frontends, rows = table(found)
    head = "".join(f'<th scope="col">{escape(column(name))}</th>' for name in frontends)
    body = "".join(
        f'<tr><th scope="row">{adapter}</th>'
        + "".join(f"<td{colour(text)}>{escape(text)}</td>" for text in cells)
        + "</tr>\n"
        for adapter, cells in rows
    )
    laws = "".join(f"<dt>{law}</dt><dd>{escape(text)}</dd>\n" for law, text in LAWS.items())
    limits = "".join(
        f"<tr><td>{escape(words(limit))}</td><td>{escape(where(limit))}</td>"
        f"<td>{escape(f'{limit.short}: {limit.reason}')}</td></tr>\n"
        for limit in LIMITS
    )
    return PAGE.format(title=TITLE, introduction=escape(INTRODUCTION), head=head, body=body, laws=laws, limits=limits)


def colour(text: str) -> str:
    """The class of a cell; the text says the same."""
    name = "" if not text else "broken" if "BROKEN" in text else "limited" if ";" in text else "kept"
    return f' class="{name}"' if name else ""


PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem }}
.wide {{ overflow-x: auto }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ border: 1px solid #8888; padding: .4rem .6rem; text-align: left; vertical-align: top }}
dl {{ display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem }}
dt {{ font-weight: bold }}
dd {{ margin: 0 }}
.kept {{ background: #2a82 }}
.limited {{ background: #c903 }}
.broken {{ background: #c224; font-weight: bold }}
</style>
<h1>{title}</h1>
<p>{introduction}</p>
<div class="wide" tabindex="0" role="region" aria-label="Adapters by front ends">
<table>
<thead><tr><th scope="col">adapter</th>{head}</tr></thead>
<tbody>
{body}</tbody>
</table>
</div>
<h2>The laws</h2>
<dl>
{laws}</dl>
<h2>The limits</h2>
<div class="wide" tabindex="0" role="region" aria-label="Limits">
<table>
<thead><tr><th scope="col">what does not hold</th><th scope="col">where</th><th scope="col">why</th></tr></thead>
<tbody>
{limits}</tbody>
</table>
</div>
"""


def main() -> int:
    """Write both pages and print the Markdown one; 1 when the last run did not try every target."""
    source, stem = (GUEST, "matrix-debian13") if sys.argv[1:] == ["debian13"] else (FILE, "matrix")
    found: Found = json.loads(source.read_text(encoding="utf-8"))["targets"] if source.exists() else {}
    tried = {target: {check.partition(" ")[0] for check in checks} for target, checks in found.items()}
    missing = [str(target) for target in TARGETS if not tried.get(str(target), set()) >= LAWS.keys()]
    if missing:
        sys.stderr.write(f"matrix: the last run left out {', '.join(missing)}: run all of tests/contract\n")
        return 1
    for name, render in ((f"{stem}.md", markdown), (f"{stem}.html", html)):
        (FOLDER / name).write_text(render(found), encoding="utf-8")
    sys.stdout.write(markdown(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
