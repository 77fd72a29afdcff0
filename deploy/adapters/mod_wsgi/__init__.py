"""mod_wsgi: `yourapplication.wsgi`, loaded by an Apache front end; or mod_wsgi-express, a private Apache, over HTTP."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import tempfile
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..options import Options, Unservable, read

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

protocols = ("wsgi", "http")
requires = ("mod_wsgi>=6.0.0,<6.2",)
# pip compiles the module
programs: dict[str, str] = {"apache2": "apache2", "apxs": "apache2-dev", "cc": "gcc", "Python.h": "python3-dev"}
inherits = ("tcp",)
forks = True
stop_signal = "WINCH"  # Apache's graceful stop; TERM cuts the requests under way

# Apache 2.4.69 would say READY=1 at NOTIFY_SOCKET before a process has loaded the application.
READY = "READY_SOCKET"


def embedded(folder: str) -> WSGIApplication:
    """The application of the release in `folder`; called by its entry file in a process of Apache."""
    from ..process import handlers, surroundings
    from ..process.notify import notify
    from ..wsgi.application import load
    from .places import Places

    os.chdir(folder)
    options = read(folder)
    supervisor, express = os.environ.get(READY, ""), "MOD_WSGI_EXPRESS" in os.environ
    surroundings.serving(options)
    handlers.intercept()
    served = load(options)
    notify(supervisor, "READY=1")
    placed = Places(served, options)
    return _express(placed, options) if express else placed


def _express(application: WSGIApplication, options: Options) -> WSGIApplication:
    """mod_wsgi-express bounds each line of a header, not the whole."""
    from ..wsgi.response import refusing

    refuse = refusing(("431 Request Header Fields Too Large", []), options)

    def served(environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        if (
            sum(len(name) + len(value) for name, value in environ.items() if name.startswith("HTTP_"))
            > options.header_limit
        ):
            return refuse(environ, start_response)
        return application(environ, start_response)

    return served


def serve(load: Callable[[], WSGIApplication], listener: socket.socket, options: Options) -> None:
    """Become mod_wsgi-express, which says READY=1 through the entry file."""
    from ..process import surroundings
    from ..wsgi.application import load as check
    from .express import command, preload

    if listener.family != socket.AF_INET:
        raise Unservable(f"mod_wsgi-express listens on host:port only, not on {listener.getsockname()!r}")
    express = os.path.join(os.path.dirname(sys.executable), "mod_wsgi-express")
    if not os.path.exists(express):
        raise Unservable(f"there is no {express}: pip install mod_wsgi (it needs Debian's apache2-dev)")
    environ = os.environ.copy()
    environ[READY] = environ.pop("NOTIFY_SOCKET", "")
    surroundings.enter(options)
    check(options)  # mod_wsgi-express would serve a broken application as 500
    os.umask(0o022)  # Apache's workers read what mod_wsgi-express writes
    run = options.run or tempfile.mkdtemp(prefix="mod_wsgi-")
    if os.geteuid() == 0:
        os.chmod(run, 0o755)  # Apache's workers do not run as root
    with contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.join(run, "httpd.pid"))  # its number may be another program's by now: Apache would not start
    host, port = listener.getsockname()
    argv = command(express, host, port, options, run)
    listener.set_inheritable(True)
    os.execve(express, argv, environ | {"LD_PRELOAD": preload(run), "LISTENER": str(listener.detach())})
