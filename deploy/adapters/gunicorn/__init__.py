"""gunicorn: `python -m deploy.adapters gunicorn`, a master with `processes` workers of `threads` threads each."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..options import Options, Unservable
from ..process import handlers

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

protocols = ("http",)
requires = ("gunicorn",)
programs: dict[str, str] = {}
inherits = ("unix", "tcp")
forks = True
stop_signal = "TERM"


def configuration(listener: int, options: Options) -> dict[str, Any]:
    """gunicorn's settings; nothing is taken from its environment variables or a gunicorn.conf.py."""
    from .worker import worker

    return {
        "bind": f"fd://{listener}",
        "workers": options.processes,
        "worker_class": worker(options),
        "threads": options.threads,
        "worker_connections": options.connections,
        "timeout": options.timeout,
        "keepalive": options.keepalive_timeout,
        "graceful_timeout": options.graceful_timeout,
        "limit_request_line": options.header_limit,
        "limit_request_field_size": options.header_limit,
        "worker_tmp_dir": "/dev/shm"
        if os.access("/dev/shm", os.W_OK)
        else None,  # its heartbeat must not wait for a disk
        "control_socket_disable": True,  # it would write to the home folder
        "loglevel": "warning",
        # application.py believes the front end; to gunicorn every peer on a unix socket would be a trusted one
        "forwarded_allow_ips": "",
        "forwarder_headers": "",
        "secure_scheme_headers": {},
        "header_map": "drop",
        "worker_exit": lambda arbiter, worker: handlers.call(),
        "pre_request": _checking(options.header_limit),
    }


def serve(load: Callable[[], WSGIApplication], listener: socket.socket, options: Options) -> None:
    """Serve until SIGTERM; gunicorn ends the process itself, with status 0 or the reason on standard error."""
    from gunicorn.app.base import BaseApplication
    from gunicorn.arbiter import Arbiter
    from gunicorn.errors import AppImportError, HaltServer
    from gunicorn.http import message

    message.MAX_REQUEST_LINE = options.header_limit  # a constant there, which limit_request_line cannot exceed
    os.environ.pop("SCRIPT_NAME", None)  # gunicorn would serve below it
    os.environ.pop("NOTIFY_SOCKET", None)  # gunicorn would say READY=1 before a worker has loaded the application

    class Served(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for name, value in configuration(listener.detach(), options).items():
                self.cfg.set(name, value)

        def load(self) -> WSGIApplication:
            try:
                return _truthful(load(), options.threads > 1)
            except Unservable as error:
                raise AppImportError(f"gunicorn: {error}") from error

    arbiter = Arbiter(Served())
    arbiter.systemd = True  # the socket is somebody else's: its file stays when we stop
    try:
        arbiter.run()
    except HaltServer as halt:  # a second worker failed while the first one's failure was ending them all
        sys.exit(halt.exit_status)


def _truthful(application: WSGIApplication, multithread: bool) -> WSGIApplication:
    """gthread says wsgi.multithread whatever the number of threads."""
    if multithread:
        return application

    def served(environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        environ["wsgi.multithread"] = False
        return application(environ, start_response)

    return served


def _checking(limit: int) -> Callable[[Any, Any], None]:
    """Refuse a long header; and let a worker that stops while it answers say so, not only for what it begins then."""
    from gunicorn.http.errors import LimitRequestHeaders

    def check(worker: Any, request: Any) -> None:
        size = 0
        for name, value in request.headers:
            size += len(name) + len(value) + 4
        if size > limit:
            raise LimitRequestHeaders("limit of the whole header")
        should_close = request.should_close
        stopping: bool | None = None  # said with the headers, to be kept to after the body

        def decide() -> bool:
            nonlocal stopping
            if stopping is None:
                stopping = not worker.alive
            return stopping or bool(should_close())

        request.should_close = decide

    return check
