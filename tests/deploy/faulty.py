"""python -m tests.deploy.faulty: the real command, each time in a process of its own, with one fault in a step.

Each line of standard input is a JSON list, KIND STEP PLACE OUTPUT WORDS; each line of standard output an exit code as
subprocess has it. What the command prints goes to the file OUTPUT. It is forked, as importing it takes longest.

KIND: none; kill (-9); fail (an OSError); stuck (fail, and undoing the switch fails too); full (ROOT's disk has no byte
left from then until the end); hold (somebody listens on PORT); occupy (a folder lies where the release's socket
goes); wait (until the file GO is there). PLACE: 0 is before the step, a number n at the n-th thing that the step does
to the machine (writes, renames, removes, runs, connects), and `end` after the step. A step that does less than n has
its fault at its end, so that there always is one.
"""

from __future__ import annotations

import errno
import importlib
import json
import os
import signal
import socket
import sys
import time
from pathlib import Path

from deploy.rollout.context import Context

EVENTS = ("os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.symlink", "os.link", "os.chmod", "os.chown",
          "shutil.rmtree", "subprocess.Popen", "socket.connect", "socket.bind")  # fmt: skip
FILLING = "filling"
WAITING, GO = Path("/run/deployment-waits"), Path("/run/deployment-may-go-on")
FULL = 1 << 30  # bytes: more than any disk that a test mounts


def kill(ctx: Context) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fail(ctx: Context) -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def stuck(ctx: Context) -> None:
    importlib.import_module("deploy.rollout.steps.switch").undo = fail
    fail(ctx)


def full(ctx: Context) -> None:
    """Take the last byte of the disk, and what the journal's last block has left: its lines may be empty."""
    with open(ctx.root.path / FILLING, "ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                for _ in range(FULL // size):
                    file.write(bytes(size))
            except OSError:
                continue
    with open(ctx.root.journal, "ab") as file:
        file.write(b"\n" * (-file.tell() % os.fstatvfs(file.fileno()).f_bsize))


def hold(ctx: Context) -> None:
    """Until the process ends."""
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind((ctx.release.settings.address, ctx.release.settings.port))
    holder.listen()
    held.append(holder)


def occupy(ctx: Context) -> None:
    (ctx.root.sockets / ctx.release.id / "somebody").mkdir(parents=True)


def wait(ctx: Context) -> None:
    WAITING.touch()
    while not GO.exists():
        time.sleep(0.05)


def none(ctx: Context) -> None:
    """All goes well."""


KINDS = {
    "none": none,
    "kill": kill,
    "fail": fail,
    "stuck": stuck,
    "full": full,
    "hold": hold,
    "occupy": occupy,
    "wait": wait,
}
held: list[socket.socket] = []


class Fault:
    """Happens once, at the place; `armed` while the step runs."""

    def __init__(self, kind: str, place: str) -> None:
        self.kind = KINDS[kind]
        self.left = float("inf") if place == "end" else int(place)
        self.armed = False

    def arm(self, ctx: Context) -> None:
        self.ctx, self.armed = ctx, True

    def happen(self) -> None:
        self.armed, self.left = False, 0
        self.kind(self.ctx)

    def see(self, event: str, arguments: tuple[object, ...]) -> None:
        """An audit hook (PEP 578): what it raises, the operation raises."""
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if self.armed and (writes or event in EVENTS):
            self.left -= 1
            if self.left == 0:
                self.happen()


def install(kind: str, name: str, place: str) -> None:
    """Make this process's next step of that name faulty."""
    step = importlib.import_module(f"deploy.rollout.steps.{name}")
    fault, do = Fault(kind, place), step.do

    def faulty(ctx):
        fault.arm(ctx)
        if place == "0":
            fault.happen()
        said = do(ctx)
        if fault.armed:
            fault.happen()
        return said

    step.do = faulty
    sys.addaudithook(fault.see)


def serve() -> None:
    from deploy.__main__ import main

    for line in sys.stdin:
        kind, name, place, output, words = json.loads(line)
        child = os.fork()
        if child == 0:
            with open(output, "w") as file:
                os.dup2(file.fileno(), 1)
                os.dup2(file.fileno(), 2)
            install(kind, name, place)
            code = main(words)
            sys.stdout.flush()
            os._exit(code)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    serve()
