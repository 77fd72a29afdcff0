"""Start and stop one side of a measurement, as the supervisor would: the listening socket on standard input."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from typing import IO, NamedTuple

from deploy import bundle, frontends
from deploy.errors import Failed
from deploy.machine import run
from deploy.rollout.context import Context

PATIENCE = 20.0  # seconds for a server to begin or end


class Side(NamedTuple):
    """A running side: where it answers, and the processes that serve the application."""

    port: int
    pids: list[int]
    all_pids: list[int]  # with the front end


def cores() -> tuple[list[int], list[int]]:
    """The processors for the servers and those for the load; the same where there is but one."""
    found = sorted(os.sched_getaffinity(0))
    half = len(found) // 2
    return (found[:half], found[half:]) if half else (found, found)


def pinned(argv: list[str], to: list[int]) -> list[str]:
    """The command on some processors only."""
    return [shutil.which("taskset") or "taskset", "-c", ",".join(map(str, to)), *argv]


@contextlib.contextmanager
def side(ctx: Context, sample: list[str] | None = None) -> Iterator[Side]:
    """Serve a release; with `sample`, by that command instead of the adapter (an empty one: by the front end)."""
    release, port = ctx.release, ctx.release.settings.port
    log = ctx.root.logs / "bench.log"
    started: list[subprocess.Popen[bytes]] = []
    running = bundle.process(release)
    with contextlib.ExitStack() as stack:
        stack.callback(stop, started)
        output = stack.enter_context(open(log, "ab"))
        if running:
            argv, instances, listener = running.argv, running.instances, None
            if sample is not None:
                argv, instances = sample, 1
            elif running.inherits:
                listener = stack.enter_context(listening(release.upstream, port, running.blocking))
            started += [start(ctx, argv, listener, output, as_user=True) for _ in range(instances)]
        serving = [process.pid for process in started]
        if ctx.frontend_binary:
            room = frontends.load(release.target.frontend)
            argv = room.start(ctx.frontend_binary, str(release.folder / "frontend" / "server.conf"))
            started.append(start(ctx, argv, None, output, as_user=False))
        await_answer(port, started, str(log))
        every = [process.pid for process in started]
        yield Side(port, serving or every, every)


def start(
    ctx: Context, argv: list[str], listener: socket.socket | None, output: IO[bytes], *, as_user: bool
) -> subprocess.Popen[bytes]:
    """Start a server on the servers' processors. umask 0, as flup's sample lets nobody else into its socket."""
    words, stdin = pinned(argv, cores()[0]), listener.fileno() if listener else subprocess.DEVNULL
    started: subprocess.Popen[bytes] = subprocess.Popen(
        words, cwd=ctx.release.folder, env=run.ENVIRONMENT, stdin=stdin, stdout=output,
        stderr=output, umask=0 if as_user else 0o022, start_new_session=True, **ctx.host.identity(as_user),
    )  # fmt: skip
    return started


@contextlib.contextmanager
def listening(path: str, port: int, blocking: bool) -> Iterator[socket.socket]:
    """The socket that the supervisor would hold."""
    with socket.socket(socket.AF_UNIX if path else socket.AF_INET) as listener:
        if path:
            listener.bind(path)
            os.chmod(path, 0o777)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", port))
        listener.listen(2048)
        listener.setblocking(blocking)
        yield listener


def await_answer(port: int, started: list[subprocess.Popen[bytes]], log: str) -> None:
    """Return when a request is answered with 200; raises Failed with the log."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if get(port, "/")[0] == 200:
                return
        ended = [process for process in started if process.poll() is not None]
        if ended or time.monotonic() > deadline:
            with open(log, encoding="utf-8", errors="replace") as file:
                raise Failed(f"a server {'ended' if ended else 'did not answer'}:\n{run.tail(file.read())}")
        time.sleep(0.05)


def get(port: int, path: str) -> tuple[int, bytes]:
    """Status and body of one request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    with contextlib.closing(connection):
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()


def warm(port: int, path: str) -> None:
    """One request after another, for a second."""
    end = time.monotonic() + 1
    while time.monotonic() < end:
        get(port, path)


def stop(started: list[subprocess.Popen[bytes]]) -> None:
    """End what was started, the front end first; some samples do not end by SIGTERM."""
    for process in reversed(started):
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
