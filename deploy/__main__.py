"""python -m deploy COMMAND: deploy, look at what is deployed, go back. The only print, exit and environment."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from . import commands
from .cli import arguments, colours
from .errors import DeployError


def main(argv: list[str]) -> int:
    """Run one command and return its exit code."""
    os.umask(0o022)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    end = argv.index("--") if "--" in argv else len(argv)
    try:
        given = arguments.parse(argv[:end])
        from .cli.progress import Display, Progress
        from .cli.request import Request
        from .machine.run import Local

        progress = (Display if _terminal(sys.stdout) else Progress)(_tell, _complain, _painter(sys.stdout))
        for line in arguments.unread(os.environ, given):
            _complain(f"note: {line}")
        request = Request(Local(os.environ), Path.cwd(), given, argv[end + 1 :], progress)
        answer = commands.load(given.command, getattr(given, "host", None) is not None)(request)
        as_json = getattr(given, "json", False) and answer.value is not None  # a host has printed its own
        for line in [json.dumps(answer.value, indent=2)] if as_json else answer.lines:
            print(progress.paint(line))
        return answer.code
    except DeployError as error:
        for line in f"deploy: {error}".splitlines():
            _complain(line)
        return error.exit_code
    except BrokenPipeError:
        _end_of_output()
        return 1
    except KeyboardInterrupt:
        return 130  # as of a process that the signal ended


def _tell(text: str) -> None:
    try:
        print(text, end="", flush=True)
    except BrokenPipeError:  # a deployment that nobody watches any more ends as well as any other
        _end_of_output()


def _complain(line: str) -> None:
    print(_painter(sys.stderr)(line), file=sys.stderr)


def _painter(stream: TextIO) -> Callable[[str], str]:
    """Colours are for a terminal, and for nobody who sets NO_COLOR to anything."""
    return colours.paint if _terminal(stream) and not os.environ.get("NO_COLOR") else colours.plain


def _terminal(stream: TextIO) -> bool:
    return stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def _end_of_output() -> None:
    """The reader of the output has gone, as head does: nothing more is written to it, and Python's exit writes
    nothing either."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
