"""The load client: a handful of clients that use a site while its releases change, and what came of every request.

What counts as failed: on a new connection, everything but the whole right answer; on a kept one too, except that the
server may have closed it between two requests, where HTTP has the client ask again if that does no harm (RFC 9112
9.3.1): a GET is asked again, a POST that a server has let run into a closed connection has failed. And an answer of a
release that had gone when the request began, or that was not to be live before it ended.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from .exchange import PLAIN, POST, SLOW, STREAM, Answer, Client, Kind, Lost, hold

PAUSE = 0.02  # seconds that a client waits between two requests, at least: as long as the answer took, if that is more


class Live(NamedTuple):
    """A release, and the moments on the monotonic clock between which it went live."""

    began: float
    returned: float
    release: str


class Result(NamedTuple):
    """What came of the requests during one change. `stall`: the longest wait for a first byte, in seconds."""

    requests: int
    failures: list[str]
    stall: float
    asked_again: int


class Load:
    """The clients, in threads of their own; `mark` tells what came of their requests since the mark before."""

    def __init__(
        self, port: int, release: str, token: str, address: str = "127.0.0.1", host: str = "localhost"
    ) -> None:
        self.named = (port, address, token, host)
        self.lives = [Live(0, 0, release)]
        self.answers: list[Answer] = []
        self.again = 0
        self.marked = (0, 0)
        self.lost_before = 0.0
        self.stopping = threading.Event()
        clients = (self.new, self.new, self.keep, self.stream, self.slow)
        self.threads = [threading.Thread(target=self.run, args=(client,), daemon=True) for client in clients]

    def __enter__(self) -> Load:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def run(self, client: Callable[[Client], Iterator[Answer]]) -> None:
        """One client's thread."""
        own = Client(*self.named)
        for answer in client(own):
            self.answers.append(answer)
            if self.stopping.wait(max(PAUSE, answer.ended - answer.begun)):
                break
        own.close()

    def new(self, client: Client) -> Iterator[Answer]:
        """Pages, each on a connection of its own."""
        while True:
            yield client.ask("page", PLAIN)
            client.close()

    def keep(self, client: Client) -> Iterator[Answer]:
        """Pages and 1 MiB uploads on a kept connection."""
        for kind in itertools.cycle((PLAIN, PLAIN, PLAIN, POST)):
            yield self.insist(client, kind)

    def insist(self, client: Client, kind: Kind) -> Answer:
        """Ask; once more when a kept connection was closed and asking again does no harm."""
        name = "upload" if kind is POST else "page, kept connection"
        begun = time.monotonic()
        try:
            return client.ask(name, kind)
        except Lost:
            now = time.monotonic()
            if kind is POST:
                return Answer(name, begun, now, now, "", "the kept connection was closed")
            self.again += 1
            return client.ask(name, kind)._replace(begun=begun)

    def stream(self, client: Client) -> Iterator[Answer]:
        """Answers that take their time."""
        while True:
            yield client.ask("stream", STREAM)
            client.close()

    def slow(self, client: Client) -> Iterator[Answer]:
        """Uploads in drops, and the answer taken in sips."""
        while True:
            yield client.ask("slow", SLOW, slow=True)
            client.close()

    def hold(self, seconds: float) -> threading.Thread:
        """Begin a request that takes so long, and return when it has; the thread ends with it."""
        began = threading.Event()

        def ask() -> None:
            client = Client(*self.named)
            try:
                client.open()
            finally:
                began.set()
            self.answers.append(client.ask("held request", hold(seconds)))
            client.close()

        thread = threading.Thread(target=ask)
        thread.start()
        began.wait()
        return thread

    def change(self, action: Callable[[], str]) -> None:
        """Have `action` put a release live and return its id."""
        began = time.monotonic()
        release = action()
        self.lives.append(Live(began, time.monotonic(), release))

    def await_answers(self, since: float, count: int = 20, seconds: float = 30.0) -> None:
        """Wait until requests that began later than `since` are answered, right or wrong."""
        deadline = time.monotonic() + seconds
        while sum(answer.begun > since for answer in self.answers[-2 * count :]) < count:
            assert time.monotonic() < deadline, f"fewer than {count} answers within {seconds} s"
            time.sleep(0.05)

    def mark(self, lost_before: float = 0.0) -> Result:
        """What came of the requests that ended since the last mark; what began before `lost_before` may have failed.

        In later marks too: Apache lets a client whose answer was cut wait for some seconds.
        """
        self.lost_before = lost_before = max(lost_before, self.lost_before)
        seen, asked_again = self.marked
        answers, again = self.answers[seen:], self.again
        self.marked = seen + len(answers), again
        counted = [answer for answer in answers if answer.begun >= lost_before]
        failures = [f"{answer.kind}: {wrong}" for answer in counted if (wrong := self.judge(answer))]
        pages = [answer.first - answer.begun for answer in counted if answer.kind not in ("slow", "held request")]
        return Result(len(answers), failures, max(pages, default=0.0), again - asked_again)

    def judge(self, answer: Answer) -> str:
        """What is wrong with an answer; nothing is ''."""
        before = [live for live in self.lives if live.returned <= answer.begun][-1]
        during = [live for live in self.lives if live.began <= answer.ended and live.returned > answer.begun]
        if answer.wrong or answer.release in {live.release for live in (before, *during)}:
            return answer.wrong
        return f"answered by {answer.release or 'no release'} where {before.release} was live"
