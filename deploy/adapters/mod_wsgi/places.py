"""mod_wsgi gives a thread to each connection; THREADS of ours are in the application, for requests that are whole.

So a client that uploads slowly, or reads slowly what it is answered, takes one of mod_wsgi's threads, which cost little
and are many, and none that others need.
"""

from __future__ import annotations

import io
import os
import signal
import time
from threading import Thread
from typing import TYPE_CHECKING

from ..loop.intake import Intake
from ..loop.lifetime import Lifetime
from ..loop.threads import Pool
from ..wsgi.naming import BAD_REQUEST
from ..wsgi.request import bound
from ..wsgi.response import refusing
from .exchange import Exchange, Late

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from ..options import Options
    from ..wsgi.response import Refusal

LOOK = 0.25  # seconds between two looks at what has taken too long
PIECE = 65536  # bytes read at once
LATE: Refusal = ("504 Gateway Timeout", [])


def take(environ: WSGIEnvironment, options: Options) -> Refusal | None:
    """Have all of the body here, in memory or in a file; the answer to one that is too large or broken off."""
    chunked = "HTTP_TRANSFER_ENCODING" in environ
    if (refusal := bound(environ, options.body_limit, options.proxied)) or chunked:
        return refusal
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if not length:
        environ["wsgi.input"] = io.BytesIO()
        return None
    intake = Intake(length, options.body_limit)
    while not intake.whole and (data := environ["wsgi.input"].read(min(PIECE, intake.left))):
        intake.feed(data)
    environ["wsgi.input"] = intake.body
    return None if intake.whole else BAD_REQUEST


class Places:
    """The application, as mod_wsgi's threads call it."""

    def __init__(self, application: WSGIApplication, options: Options) -> None:
        self.application, self.options = application, options
        self.pool, self.life = Pool(options.threads), Lifetime(options)
        Thread(target=self._watch, name="lifetime", daemon=True).start()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Take the body, have the request answered, and send what is answered."""
        try:
            refusal = take(environ, self.options)
        except OSError:  # mod_wsgi's: its client breaks it off, or is silent for too long
            refusal = BAD_REQUEST
        if refusal:
            return refusing(refusal, self.options)(environ, start_response)
        environ["wsgi.multithread"] = self.options.threads > 1
        exchange = Exchange()
        self.pool.submit(self._answer, environ, exchange)
        try:
            start_response(*exchange.await_head())
        except Late:
            return refusing(LATE, self.options)(environ, start_response)
        except BaseException:
            exchange.close()
            raise
        return exchange

    def _answer(self, environ: WSGIEnvironment, exchange: Exchange) -> None:
        """In one of our threads: what the application answers."""
        error = None
        try:
            body = self.application(environ, exchange.start)
            try:
                for piece in body:
                    exchange.put(piece)
            finally:
                getattr(body, "close", lambda: None)()
        except BaseException as raised:
            error = raised
        environ["wsgi.input"].close()
        self.life.requests += 1
        exchange.end(error)

    def _watch(self) -> None:
        """End requests that have no end, and the process when it is over: what else it answers then has its end too."""
        ending = False
        while True:
            for future in self.life.overdue(self.pool):
                if job := self.pool.running.get(future):
                    environ, exchange = job.about
                    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
                    self.life.cut(f"{environ['REQUEST_METHOD']} {path}", job.thread)
                    exchange.cut()
            if self.life.over() and not ending:
                ending = True
                os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(LOOK)
