"""What has no end under Tornado: requests that the application is silent about, or never done with."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ..loop.lifetime import Lifetime
from ..loop.refused import refused

if TYPE_CHECKING:
    from ..loop.threads import Job, Pool
    from ..options import Options


class Late:
    """Looks at the exchanges that are being answered: `begun` says since when, on the event loop's clock."""

    def __init__(self, options: Options, pool: Pool) -> None:
        self.options, self.pool = options, pool
        self.life = Lifetime(options)
        self.begun: dict[Any, float] = {}

    def begin(self, exchange: Any) -> None:
        """The application is asked."""
        self.begun[exchange] = asyncio.get_running_loop().time()
        exchange.connection.stream.said = False

    def end(self, exchange: Any) -> None:
        """It has answered, or nobody waits for that any more."""
        if self.begun.pop(exchange, None):
            self.life.requests += 1

    def look(self) -> bool:
        """Answer and cut what is late; whether the process is to stop."""
        now = asyncio.get_running_loop().time()
        jobs = {id(job.about[-1]): job for job in list(self.pool.running.values()) if job.about}
        for exchange, begun in list(self.begun.items()):
            stream, job = exchange.connection.stream, jobs.get(id(exchange.environ))
            if now > begun + self.options.timeout and not stream.said and not stream.closed():
                answer(stream, self.options)
            if now > begun + self.options.request_timeout and (job or stream.said):
                self.cut(exchange, job)
        return self.life.over()

    def cut(self, exchange: Any, job: Job | None) -> None:
        """End a request that has no end, as far as its client is concerned."""
        name = f"{exchange.start_line.method} {exchange.environ['PATH_INFO']}"
        self.life.cut(name, job.thread if job else 0)
        self.begun.pop(exchange)
        stream = exchange.connection.stream
        if not stream.closed():
            stream.close() if stream.said else answer(stream, self.options)


def answer(stream: Any, options: Options) -> None:
    """Say that nothing will come; what the application says later finds the connection closed."""
    sent = stream.write(refused("504 Gateway Timeout", options))
    sent.add_done_callback(lambda sent: sent.exception() or stream.close())
