"""Flask's commands, each in a process of its own, forked from one that has imported the libraries: that takes longest.

python -m tests.app.forks FD is that process. Each message on the socket FD is a JSON object with the command's words,
folder and environment, and brings its three standard files; each answer is an exit code as subprocess has it.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import runpy
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LIBRARIES = ("flask.cli", "flask_sqlalchemy", "flask_wtf", "alembic.command", "sqlalchemy.dialects.sqlite",
             "sqlalchemy.dialects.postgresql.psycopg", "argon2", "markdown_it", "nh3", "werkzeug.serving")  # fmt: skip
LARGEST = 1 << 16  # bytes of a message
PROJECT = Path(__file__).parents[2]


class Forks:
    """The process, as tests use it: one command at a time."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection

    def run(self, words: list[str], cwd: Path, env: dict[str, str], input: str) -> subprocess.CompletedProcess[str]:
        """`python -m flask WORDS...`, as subprocess.run gives it; TimeoutError after what the connection allows."""
        with contextlib.ExitStack() as stack:
            given, out, err = (stack.enter_context(tempfile.TemporaryFile("w+")) for _ in range(3))
            given.write(input)
            given.seek(0)
            message = json.dumps({"words": words, "folder": str(cwd), "environment": env}).encode()
            socket.send_fds(self.connection, [message], [file.fileno() for file in (given, out, err)])
            code = int(self.connection.recv(LARGEST))
            for file in (out, err):
                file.seek(0)
            return subprocess.CompletedProcess(words, code, out.read(), err.read())


@contextlib.contextmanager
def forks(env: dict[str, str], timeout: float) -> Iterator[Forks]:
    """One, with such an environment."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        ours.settimeout(timeout)
        words = [sys.executable, "-m", "tests.app.forks", str(theirs.fileno())]
        with subprocess.Popen(words, cwd=PROJECT, env=env, pass_fds=[theirs.fileno()]) as process:
            theirs.close()
            yield Forks(ours)
            ours.close()
        assert process.returncode == 0


def serve(connection: socket.socket) -> None:
    """Fork for each message until the other end closes; in the child, run the command and return as it does."""
    while True:
        message, files, *_ = socket.recv_fds(connection, LARGEST, 3)
        if not message:
            return
        child = os.fork()
        if child == 0:
            connection.close()
            become(json.loads(message), files)
            os._exit(command())
        for file in files:
            os.close(file)
        connection.send(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())


def command() -> int:
    """The exit code of Flask's; to take the interpreter apart as well would take longer than all it did."""
    try:
        runpy.run_module("flask", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return int(end.code or 0)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def become(given: dict[str, Any], files: list[int]) -> None:
    """What a new process would be given."""
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(given["folder"])
    os.environ.clear()
    os.environ.update(given["environment"])
    sys.argv[1:] = given["words"]
    sys.path[0] = str(given["folder"])


if __name__ == "__main__":
    for library in LIBRARIES:
        importlib.import_module(library)
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as tests:
        serve(tests)
