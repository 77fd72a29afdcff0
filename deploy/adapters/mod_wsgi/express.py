"""mod_wsgi-express: its command line, what its Apache is configured beyond that, and the socket that it inherits."""

from __future__ import annotations

import os

from ..options import Options, Unservable

CHILD = 128  # threads in one of Apache's processes
CLIENTS = 512  # of one of mod_wsgi's, which has a thread for each; one takes about 30 KiB


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
