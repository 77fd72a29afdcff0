"""gunicorn's threaded worker, corrected: its loop reads and sends, its threads only answer.

A request takes a thread when all of it is here; a response that its client reads slowly is sent by the loop.
"""

from __future__ import annotations

import time
from functools import partial
from selectors import EVENT_WRITE
from typing import Any

from ..loop.door import Door
from ..loop.lifetime import Lifetime
from ..loop.refused import refused
from ..loop.threads import Pool
from ..options import FIRST, LINGER, Options
from .connection import connection
from .reading import Reading

SWEEP = 0.25  # seconds between two looks at who has been waited for long enough


def worker(options: Options) -> type[Any]:
    """The class of a worker process."""
    from gunicorn import util
    from gunicorn.workers.gthread import ThreadWorker

    def write_error(client: Any, status: int, reason: str, _: str) -> None:
        util.write_nonblock(client, refused(f"{status} {reason}", options))

    util.write_error = write_error  # gunicorn's only place for it
    Connection = connection(options)

    class Worker(Reading, ThreadWorker):  # type: ignore[misc]
        alive: bool

        def __init__(self, *arguments: Any, **more: Any) -> None:
            super().__init__(*arguments, **more)
            self.options = options
            self.hearing = {}
            self.sending: set[Any] = set()
            self.answering: dict[Any, Any] = {}  # which connection a thread's work is for
            self.life = Lifetime(options)
            self.next_sweep = 0.0

        def get_thread_pool(self) -> Pool:
            """Threads that a stopping process need not wait for."""
            return Pool(options.threads)

        def accept(self, listener: Any) -> None:
            """Take one connection, unless another process has taken it."""
            found = self.door(listener).accept()
            if found is None:
                self.set_accept_enabled(not self.door(listener).shut)
                return
            accepted, address = found
            self.nr_conns += 1
            if self.nr_conns >= options.connections:
                self.make_room()
            wake = partial(self.method_queue.defer, self.send)
            self.read(Connection(self.cfg, accepted, address, listener.getsockname(), wake), self.hear)

        def door(self, listener: Any) -> Door:
            """Its door, of which there is one."""
            self._door: Door = getattr(self, "_door", None) or Door(listener)
            return self._door

        def set_accept_enabled(self, enabled: bool) -> None:
            """Have connections accepted, or not."""
            super().set_accept_enabled(enabled and not any(self.door(each).shut for each in self.sockets))

        def enqueue_req(self, conn: Any) -> None:
            """Have a thread answer a request."""
            conn.asked = time.monotonic()
            future = self.tpool.submit(self.handle, conn)
            self.answering[future] = conn
            future.add_done_callback(lambda done: self.method_queue.defer(self.finish_request, conn, done))

        def handle(self, conn: Any) -> Any:
            """Answer it, in a thread, if its client still waits."""
            return not conn.gone and super().handle(conn)

        def finish_request(self, conn: Any, future: Any) -> None:
            """Its thread has done with it."""
            self.life.requests += 1
            del self.answering[future]
            if not conn.gone:
                conn.keep = bool(future.exception() is None and future.result())
                self.send(conn)

        def send(self, conn: Any) -> None:
            """Send what a thread has left to the loop; then go on as it has said."""
            if conn.sock.flush() or conn not in self.sending:
                conn.until = time.monotonic() + options.timeout
            if conn.sock.parts:
                if conn not in self.sending:
                    self.poller.register(conn.sock, EVENT_WRITE, lambda _: self.send(conn))
                    self.sending.add(conn)
                return
            if conn in self.sending:
                self.sending.remove(conn)
                self.poller.unregister(conn.sock)
            if conn.keep:
                conn.begin_anew(options.keepalive_timeout if self.alive else LINGER)
                if rest := conn.parser.unreader.take_buffered():
                    self.hear(conn, rest)
                else:
                    self.read(conn, self.hear)
            elif conn.keep is not None:
                self.leave(conn)

        def is_parent_alive(self) -> bool:
            """A worker whose master was killed stops as if told to: it sends the clients that it has elsewhere."""
            self.alive = bool(super().is_parent_alive()) and self.alive
            return self.alive

        def wait_for_and_dispatch_events(self, timeout: float) -> None:
            """A stopping worker looks more often who is left."""
            super().wait_for_and_dispatch_events(timeout if self.alive else min(timeout, SWEEP))

        def murder_pending(self) -> None:
            """Close those that have been waited for long enough."""
            now = time.monotonic()
            if now < self.next_sweep:
                return
            self.next_sweep = now + SWEEP
            for conn in [conn for conn in self.hearing if conn.until < now]:
                self.forget(conn)
            for conn in [conn for conn in self.sending if conn.until < now]:
                conn.sock.lose()
                self.send(conn)
            for conn in [conn for conn in self.answering.values() if conn.asked < now - options.timeout]:
                self.answer_late(conn)
            for future in self.life.overdue(self.tpool):
                conn, job = self.answering.get(future), self.tpool.running.get(future)
                if conn and job:
                    self.life.cut(conn.name, job.thread)
                    self.answer_late(conn, cut=True)
            if self.life.over():
                self.alive = False

        def answer_late(self, conn: Any, cut: bool = False) -> None:
            """Answer a request that the application has been silent about; `cut` one that it has begun to answer."""
            if conn.gone:
                return
            if conn.sock.take_over():
                conn.gone = True
                conn.sock.client.send(refused("504 Gateway Timeout", options))
                self.leave(conn)
            elif cut:
                conn.gone = True
                conn.sock.lose()
                self.send(conn)
                self.forget(conn)

        def _cap_keepalive(self, deadline: float) -> None:
            """The worker stops: who has sent nothing yet is not waited for as long."""
            now = time.monotonic()
            for conn in self.hearing:
                if conn.idle:
                    conn.until = min(conn.until, now + (LINGER if conn.kept else FIRST))

    return Worker
