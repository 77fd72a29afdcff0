"""What applications do with processes, threads and event loops; each gives what came of it. Ships with the echo."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

PATIENCE = 30.0


def terminated(_: int = 0) -> object:
    """The exit code of a forked child that is told to end."""
    child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,))
    child.start()
    child.terminate()
    child.join(PATIENCE)
    code = child.exitcode
    child.kill()
    return code


def handlers(_: int = 0) -> object:
    """A forked child's handlers and blocked signals, as names."""
    out, into = os.pipe()
    child = os.fork()
    if not child:
        names = [str(int(signal.getsignal(each))) for each in (signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE)]
        os.write(into, "|".join([*names, str(signal.pthread_sigmask(signal.SIG_BLOCK, ()))]).encode())
        os._exit(0)
    os.close(into)
    os.waitpid(child, 0)
    with open(out, "rb") as file:
        return file.read().decode().split("|")


def pool(method: str) -> Callable[[int], object]:
    """What a pool of processes, started by `method`, has computed."""

    def compute(_: int) -> object:
        with multiprocessing.get_context(method).Pool(2) as workers:
            return workers.map(abs, range(-3, 0))

    return compute


def executor(_: int = 0) -> object:
    """As pool, the newer interface."""
    with ProcessPoolExecutor(2) as workers:
        return list(workers.map(abs, range(-3, 0)))


def program(_: int = 0) -> object:
    """What a program has printed, through a shell."""
    return (
        subprocess.run("echo $PPID; cat", shell=True, input=b"said", capture_output=True, check=True)
        .stdout[-4:]
        .decode()
    )


def pipe(_: int = 0) -> object:
    """What comes out of a pipe until its end, which is there as soon as the writer has closed."""
    out, into = os.pipe()
    os.write(into, b"said")
    os.close(into)
    with open(out, "rb") as file:
        return file.read().decode()


def background(port: int) -> object:
    """A program, a forked child and a thread that go on until whoever listens on `port` closes."""
    out, into = os.pipe()
    subprocess.Popen(["cat"], stdin=out)
    if not os.fork():
        wait(port)
        os._exit(0)
    for each in (out, into):  # the program ends with the child, which holds its input
        os.close(each)
    threading.Thread(target=wait, args=(port,)).start()
    return "begun"


def wait(port: int) -> None:
    """Until the other end closes, however it does."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), PATIENCE) as test:
        test.recv(1)


def loop(_: int = 0) -> object:
    """What a coroutine has returned that waited a little."""
    return asyncio.run(asyncio.sleep(0.2, "waited"))


KINDS: dict[str, Callable[[int], object]] = {
    "terminated": terminated,
    "handlers": handlers,
    "fork": pool("fork"),
    "spawn": pool("spawn"),
    "forkserver": pool("forkserver"),
    "executor": executor,
    "program": program,
    "pipe": pipe,
    "background": background,
    "loop": loop,
}
