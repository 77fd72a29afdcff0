"""gunicorn's threaded worker, corrected, for gunicorn.py: a request takes a thread when its header is here."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from selectors import EVENT_READ
from typing import Any

from .options import FIRST, LINGER, Options

BLANK_LINE = re.compile(rb"\n\r?\n")  # ends a header
PIECE = 65536  # bytes read at once


def worker(options: Options) -> type[Any]:
    """The class of a worker process: its loop, where gunicorn's has a thread for each client, waits for them."""
    from gunicorn.workers.gthread import TConn, ThreadWorker

    class Connection(TConn):  # type: ignore[misc]
        head = b""  # what has come of a request that no thread has taken yet
        until = 0.0  # when the worker no longer waits for the client
        leave: Callable[[Connection], None]

        def close(self, graceful: bool = False) -> None:
            """Gracefully, gunicorn's own would stop the worker until the client closes too."""
            if graceful:
                self.leave(self)
            else:
                super().close()

    class Worker(ThreadWorker):  # type: ignore[misc]
        alive: bool

        def accept(self, listener: Any) -> None:
            """Take one connection, unless another process has taken it."""
            try:
                accepted, address = listener.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            self.nr_conns += 1
            conn = Connection(self.cfg, accepted, address, listener.getsockname())
            conn.leave = self.leave
            conn.until = time.monotonic() + options.timeout
            self.hear(conn)

        def on_client_socket_readable(self, conn: Any, client: Any) -> None:
            """The next request on a connection that was kept."""
            self.poller.unregister(client)
            self.keepalived_conns.remove(conn)
            conn.until = time.monotonic() + options.timeout
            self.hear(conn)

        def hear(self, conn: Any) -> None:
            """Take what has come of a request's header; a thread takes the request when that is whole."""
            while data := received(conn.sock):
                conn.head += data
                if BLANK_LINE.search(conn.head) or len(conn.head) > 2 * options.header_limit:  # gunicorn refuses that
                    self.enqueue_req(conn)
                    return
            self.wait_for(conn, self.hear, data)

        def handle(self, conn: Any) -> Any:
            """Answer a request, in a thread."""
            conn.init()
            conn.parser.unreader.unread(conn.head)
            conn.head = b""
            return super().handle(conn)

        def leave(self, conn: Any) -> None:
            """Let the client close first, so that it sees the whole response (RFC 9112 9.6).

            A client that is still sending what nobody reads is let finish: Apache passes no answer on before that.
            """
            self.nr_conns += 1  # gunicorn has counted it out
            conn.until = time.monotonic() + (options.timeout if unfinished(conn) else LINGER)
            conn.sock.setblocking(False)
            try:
                conn.sock.shutdown(socket.SHUT_WR)
            except OSError:
                self.forget(conn)
            else:
                self.drain(conn)

        def drain(self, conn: Any) -> None:
            """Read what the client still sends, for nobody."""
            while data := received(conn.sock):
                pass
            self.wait_for(conn, self.drain, data)

        def wait_for(self, conn: Any, then: Callable[[Any], None], data: bytes | None) -> None:
            """Have the loop wait for more, unless the client has closed."""

            def resume(client: Any) -> None:
                self.poller.unregister(client)
                self.pending_conns.remove(conn)
                then(conn)

            if data is None:
                self.pending_conns.append(conn)
                self.poller.register(conn.sock, EVENT_READ, resume)
            else:
                self.forget(conn)

        def forget(self, conn: Any) -> None:
            self.nr_conns -= 1
            conn.close()

        def is_parent_alive(self) -> bool:
            """A worker whose master was killed stops as if told to: it sends the clients that it has elsewhere."""
            self.alive = bool(super().is_parent_alive()) and self.alive
            return self.alive

        def murder_pending(self) -> None:
            """Close those that have been waited for long enough."""
            now = time.monotonic()
            for conn in [conn for conn in self.pending_conns if conn.until < now]:
                self.pending_conns.remove(conn)
                self.poller.unregister(conn.sock)
                self.forget(conn)

        def _cap_keepalive(self, deadline: float) -> None:
            """The worker stops: who has sent nothing yet is not waited for as long."""
            super()._cap_keepalive(deadline)
            for conn in self.pending_conns:
                if not conn.head:
                    conn.until = min(conn.until, time.monotonic() + FIRST)

    return Worker


def unfinished(conn: Any) -> bool:
    """Whether some of the request's body has not been read."""
    reader = getattr(getattr(conn.parser.mesg, "body", None), "reader", None)
    return bool(getattr(reader, "length", 0) or getattr(reader, "parser", None))  # the former counts, the latter ends


def received(client: socket.socket) -> bytes | None:
    """What has come: None for nothing yet, b"" when nothing more will."""
    try:
        return client.recv(PIECE)
    except BlockingIOError:
        return None
    except OSError:
        return b""
