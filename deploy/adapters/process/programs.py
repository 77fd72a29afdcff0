"""python -m deploy.adapters run PROGRAM ...: a command in a release's surroundings, `flask` with its application."""

from __future__ import annotations

import os

from ..options import Unservable, read
from . import surroundings


def run(words: list[str]) -> None:
    """Become the program, found in the release's environment first; does not return. Raises Unservable.

    `flask` is run in this process, so that an application that reads sys.argv when imported finds what it finds when
    it is served.
    """
    options = read(os.getcwd())
    surroundings.enter(options)
    if words[0] == "flask":
        from flask.cli import FlaskGroup

        FlaskGroup(name="flask", load_dotenv=False).main(["--app", options.application, *words[1:]], prog_name="flask")
    try:
        os.execvp(words[0], words)
    except OSError as error:
        raise Unservable(f"{words[0]} cannot be run ({error.strerror}); PATH is {os.environ['PATH']}") from error
