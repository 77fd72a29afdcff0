"""python -m tests.contract.practice: docs/applications.md, what applications do and where they can."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import NamedTuple

from .matrix import Found
from .results import FILE
from .targets import TARGETS

PAGE = Path(__file__).parents[2] / "docs" / "applications.md"
INTRODUCTION = """# What applications do, and where they can

Each line is something that applications in use do, held by checks of the [contract](matrix.md) on every adapter, behind
every front end and alone, at `/` and at a prefix. Written by `make matrix`.

| an application | works |
|---|---|
"""
BEFORE = """
The same on every target, as it is decided by the deployment before a target matters; each has a test of its own:

| an application | what comes of it | held by |
|---|---|---|
"""
NOT_CARRIED = """
Not carried, whatever the target:

| an application | because |
|---|---|
"""


class Practice(NamedTuple):
    """Something that applications do, and the checks that it needs."""

    what: str
    checks: tuple[str, ...]


SAME = "test_the_application_finds_the_same_around_it"
POOL = "test_a_pool_of_processes_works"
PRACTICES = (
    Practice("reads `sys.argv` when imported (`argparse`), `HOME`, its folder, the locale, the time zone", (SAME,)),
    Practice("starts a process with `multiprocessing` and ends it", ("test_a_child_that_is_told_to_end_ends",)),
    Practice("uses a pool of processes, by fork, spawn or forkserver; `concurrent.futures`", (POOL,)),
    Practice("runs a program and reads what it prints", ("test_what_was_said_is_read_to_its_end",)),
    Practice("starts a program, a process, a thread that go on when the request is answered",
             ("test_what_goes_on_in_the_background_is_not_waited_for",)),
    Practice("runs coroutines with `asyncio.run`, in several requests at once",
             ("test_event_loops_run_beside_each_other",)),
    Practice("takes forms with files", ("test_a_form_with_a_file_arrives",)),
    Practice("takes bodies without a length", ("test_a_chunked_body_arrives",)),
    Practice("streams its answer", ("test_a_streamed_response_arrives_as_it_is_made",)),
    Practice("passes on another server's headers, Transfer-Encoding and all",
             ("test_what_is_the_servers_to_say_is_dropped",)),
    Practice("sends headers in UTF-8, with quotes, with white space before them",
             ("test_header_values_are_sent_as_they_are",)),
    Practice("has static files of any kind and name", ("test_files_of_every_kind_are_as_flask_gives_them",)),
    Practice("answers below `static/` itself", ("test_what_is_no_file_is_the_applications",)),
)  # fmt: skip
DEPLOYED = {
    "has a command `init-db` that clears its tables":
        ("runs when the settings name it, never else",
         "test_what_an_application_calls_init_db_is_run_when_it_is_asked_for_and_never_else"),
    "has files that only its owner may read":
        ("stay so", "test_the_sites_user_alone_may_read_what_its_owner_alone_may_read"),
    "has folders and files named `build`, `keys`, `*.pem` that git holds":
        ("are in the release", "test_with_git_a_release_is_what_it_holds_and_what_is_new_but_not_ignored"),
    "asks importlib.metadata for its own version":
        ("is told why there is none", "test_a_project_that_asks_for_its_own_version_is_told_that_it_is_not_installed"),
    "starts a thread when imported":
        ("works, a thread a process; its name is told",
         "test_a_thread_that_an_application_starts_keeps_no_deployment_waiting"),
    "starts a program when imported":
        ("works, a program a process (under CGI a request); its name is told",
         "test_a_program_that_an_application_starts_keeps_no_deployment_waiting"),
}  # fmt: skip
ABSENT = {
    "has WebSockets": "WSGI has none; a server for them beside this one can take their URLs",
    "speaks ASGI": "the adapters serve WSGI; a2wsgi makes one of the other, for what does not need WebSockets",
    "lies in `src/`, or needs a library that lies in the project": "a release's code is imported from its folder alone",
    "ends TLS itself": "that is a front end's business",
    "is configured by variables of the shell": "they do not reach it; the section `application` and the secrets do",
}  # fmt: skip


def where(found: Found, practice: Practice) -> str:
    """On which targets it works: everywhere, or all but those named with the reason."""
    exceptions: dict[str, list[str]] = {}
    for target in TARGETS:
        outcomes = {key.partition(" ")[2]: value for key, value in found[str(target)].items()}
        for check in practice.checks:
            value = outcomes[check]
            reason = value.get("limit") or ("" if value["outcome"] == "passed" else "broken")
            if reason:
                exceptions.setdefault(reason, []).append(str(target))
    return "; ".join(f"not on {', '.join(names)}: {why}" for why, names in exceptions.items()) or "everywhere"


def page(found: Found) -> str:
    """The whole page."""
    rows = "".join(f"| {each.what} | {where(found, each)} |\n" for each in PRACTICES)
    same = "".join(f"| {what} | {comes} | `{test}` |\n" for what, (comes, test) in DEPLOYED.items())
    return (
        INTRODUCTION
        + rows
        + BEFORE
        + same
        + NOT_CARRIED
        + "".join(f"| {what} | {why} |\n" for what, why in ABSENT.items())
    )


def main() -> int:
    """Write the page; 1 when the last run did not try everything."""
    found: Found = json.loads(FILE.read_text(encoding="utf-8"))["targets"] if FILE.exists() else {}
    tried = {target: {key.partition(" ")[2] for key in checks} for target, checks in found.items()}
    wanted = {check for practice in PRACTICES for check in practice.checks}
    missing = [str(target) for target in TARGETS if not tried.get(str(target), set()) >= wanted]
    if missing:
        sys.stderr.write(f"practice: the last run left out {', '.join(missing)}: run all of tests/contract\n")
        return 1
    PAGE.write_text(page(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
