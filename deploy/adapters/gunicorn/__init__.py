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
    from wsgiref.types import WSGIApplication

protocols = ("http",)
requires = ("gunicorn>=23.0,<27.1",)
programs: dict[str, str] = {}
inherits = ("unix", "tcp")
forks = True
stop_signal = "TERM"

SHARED = "/dev/shm"  # the heartbeat must not wait for a disk
NEW = {"control_socket_disable"}  # settings that its earlier versions do not have, nor what they are about


def configuration(listener: int, options: Options) -> dict[str, Any]:
    """gunicorn's settings; nothing is taken from its environment variables or a gunicorn.conf.py."""
    from .worker import worker

    return {
        "bind": f"fd://{listener}",
        "workers": options.processes,
        "worker_class": worker(options),
        "timeout": options.timeout,
        "graceful_timeout": options.graceful_timeout,
        "limit_request_line": 0,  # request.py has header_limit for it, and gunicorn one of 8190 bytes
        "limit_request_field_size": options.header_limit,
        "worker_tmp_dir": SHARED if os.access(SHARED, os.W_OK) else None,
        "control_socket_disable": True,  # it would write to the home folder
        "loglevel": "warning",
        # application.py believes the front end; to gunicorn every peer on a unix socket would be a trusted one
        "forwarded_allow_ips": "",
        "forwarder_headers": "",
        "secure_scheme_headers": {},
        "header_map": "drop",
        "worker_exit": lambda arbiter, worker: handlers.call(),
    }


def serve(load: Callable[[], WSGIApplication], listener: socket.socket, options: Options) -> None:
    """Serve until SIGTERM; gunicorn ends the process itself, with status 0 or the reason on standard error."""
    from gunicorn.app.base import BaseApplication
    from gunicorn.arbiter import Arbiter
    from gunicorn.errors import AppImportError, HaltServer

    os.environ.pop("SCRIPT_NAME", None)  # gunicorn would serve below it
    os.environ.pop("NOTIFY_SOCKET", None)  # gunicorn would say READY=1 before a worker has loaded the application

    class Served(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            values = configuration(listener.detach(), options)
            for name in values.keys() - (NEW - self.cfg.settings.keys()):
                self.cfg.set(name, values[name])

        def load(self) -> WSGIApplication:
            try:
                return load()
            except Unservable as error:
                raise AppImportError(f"gunicorn: {error}") from error

    arbiter = Arbiter(Served())
    arbiter.systemd = True  # the socket is somebody else's: its file stays when we stop
    try:
        arbiter.run()
    except HaltServer as halt:  # a second worker failed while the first one's failure was ending them all
        sys.exit(halt.exit_status)
