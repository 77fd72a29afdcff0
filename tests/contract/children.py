"""What applications do with processes, threads and event loops; each gives what came of it. Ships with the echo."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

WHILE = 4.0  # seconds that something goes on in the background
PATIENCE = 10.0


def terminated() -> object:
    """The exit code of a forked child that is told to end."""
    child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,))
    child.start()
    child.terminate()
    child.join(PATIENCE)
    code = child.exitcode
    child.kill()
    return code


def handlers() -> object:
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


def pool(method: str) -> Callable[[], object]:
    """What a pool of processes, started by `method`, has computed."""

    def compute() -> object:
        with multiprocessing.get_context(method).Pool(2) as workers:
            return workers.map(abs, range(-3, 0))

    return compute


def executor() -> object:
    """As pool, the newer interface."""
    with ProcessPoolExecutor(2) as workers:
        return list(workers.map(abs, range(-3, 0)))


def program() -> object:
    """What a program has printed, through a shell."""
    return (
        subprocess.run("echo $PPID; cat", shell=True, input=b"said", capture_output=True, check=True)
        .stdout[-4:]
        .decode()
    )


def background() -> object:
    """A program, a forked child and a thread that go on when the request is answered; os.fork, as nobody waits."""
    subprocess.Popen(["sleep", str(WHILE)])
    if not os.fork():
        time.sleep(WHILE)
        os._exit(0)
    threading.Thread(target=time.sleep, args=(WHILE,)).start()
    return "begun"


def loop() -> object:
    """What a coroutine has returned that waited a little."""
    return asyncio.run(asyncio.sleep(0.2, "waited"))


KINDS: dict[str, Callable[[], object]] = {
    "terminated": terminated,
    "handlers": handlers,
    "fork": pool("fork"),
    "spawn": pool("spawn"),
    "forkserver": pool("forkserver"),
    "executor": executor,
    "program": program,
    "background": background,
    "loop": loop,
}
