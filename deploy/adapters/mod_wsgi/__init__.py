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

CHILD = 128  # threads in one of Apache's processes
CLIENTS = 512  # of one of mod_wsgi's, which has a thread for each; one takes about 30 KiB


def embedded(folder: str) -> WSGIApplication:
    """The application of the release in `folder`; called by its entry file in a process of Apache."""
    from ..process import handlers, surroundings
    from ..process.notify import notify
    from ..wsgi.application import load
    from .places import Places

    os.chdir(folder)
    options = read(folder)
    supervisor, express = os.environ.get("NOTIFY_SOCKET", ""), "MOD_WSGI_EXPRESS" in os.environ
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

    if listener.family != socket.AF_INET:
        raise Unservable(f"mod_wsgi-express listens on host:port only, not on {listener.getsockname()!r}")
    express = os.path.join(os.path.dirname(sys.executable), "mod_wsgi-express")
    if not os.path.exists(express):
        raise Unservable(f"there is no {express}: pip install mod_wsgi (it needs Debian's apache2-dev)")
    environ = os.environ.copy()
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


def preload(run: str) -> str:
    """What makes Apache serve an inherited socket, compiled into `run`."""
    source = os.path.join(os.path.dirname(__file__), "listen.c")
    library = os.path.join(run, "listen.so")
    if os.spawnvp(os.P_WAIT, "cc", ["cc", "-O2", "-shared", "-fPIC", "-o", library, source]):
        raise Unservable(f"{source} cannot be compiled: apt-get install gcc libc6-dev")
    return library


def command(express: str, host: str, port: int, options: Options, run: str) -> list[str]:
    """The argv, after the additional Apache configuration has been written into `run`."""
    extra = os.path.join(run, "extra.conf")
    with open(extra, "w", encoding="ascii") as file:
        children = -(-options.connections // CHILD)
        more = {"listen": f"{host}:{port}", "child": CHILD, "most": CHILD * children, "children": 2 * children}
        more["headers"] = "".join(
            HEADER.format(name, value.replace("%", "%%")) for name, value in options.headers.items() if value
        )
        file.write(EXTRA.format_map(options._asdict() | more))
    clients = max(min(options.connections // options.processes, CLIENTS), options.threads)
    values = {
        "host": host, "port": port, "threads": clients, "server-root": run,
        "max-clients": options.connections, "limit-request-body": options.body_limit,
        "include-file": extra, "locale": "C.UTF-8",
        "socket-timeout": options.timeout, "request-timeout": 0, "queue-timeout": options.timeout,
        "keep-alive-timeout": options.keepalive_timeout,
        "graceful-timeout": options.graceful_timeout, "shutdown-timeout": options.graceful_timeout,
        "header-timeout": options.timeout, "header-max-timeout": 2 * options.timeout, "body-timeout": options.timeout,
    }  # fmt: skip
    if options.processes > 1:  # said at all, it makes wsgi.multiprocess true
        values |= {"processes": options.processes}
    if os.geteuid() == 0:
        values |= {"user": "www-data", "group": "www-data"}
    flags = ["--log-to-terminal", "--chunked-request", "--disable-reloading"]
    return [express, "start-server", "yourapplication.wsgi", *flags, *(f"--{k}={v}" for k, v in values.items())]


HEADER = """Header always set {0} "{1}" "expr=-z resp('{0}')"\n"""
EXTRA = """\
# A connection whose request is read or answered takes a thread; mod_wsgi-express has few of them in many processes.
ThreadLimit {child}
ThreadsPerChild {child}
ServerLimit {children}
MaxRequestWorkers {most}
StartServers 1
MinSpareThreads {child}
MaxSpareThreads 384
ThreadStackSize 1048576
ListenBacklog 4096
GracefulShutdownTimeout {graceful_timeout}
# The socket is not only Apache's: it is left as it came.
AcceptFilter http none
AllowEncodedSlashes On
TraceEnable Off
ServerTokens Prod
ServerSignature Off
{headers}
# The VirtualHost of mod_wsgi-express is made before this file is read, with Apache's own limits: this one fits better.
<VirtualHost {listen}>
    AllowEncodedSlashes On
    LimitRequestLine {header_limit}
    LimitRequestFieldSize {header_limit}
</VirtualHost>
"""
