"""What a release tells its adapters at run time: instance/serve.json, because CGI and mod_wsgi have no environment."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import NamedTuple

LINGER = 1.0  # seconds a stopping process waits for the request that a keep-alive client may be sending already
FIRST = 5.0  # seconds it waits for the first request on a connection that it has accepted: no other process can answer


class Unservable(Exception):
    """The application cannot be served; the message says what was wrong and what would be right."""


class Options(NamedTuple):
    """How one release serves its application. Times are seconds, sizes are bytes.

    The defaults are the settings' own, but for what is the server's to say where an entry file was copied to it by
    hand: the mount, the names, the headers and how many processes there are.
    """

    application: str = "yourapplication:create_app()"
    adapter: str = ""
    release: str = ""
    token: str = ""  # who sends it in X-Release-Token is told the release; empty: nobody is
    mount: str | None = None  # "" or "/prefix"; None: believe the server's SCRIPT_NAME
    server_name: Sequence[str] = ()  # whom requests may ask for; localhost: this machine; none: the server chooses
    proxied: bool = False  # behind our front end over HTTP: believe one hop of X-Forwarded-For, -Proto and -Host
    named: bool = False  # behind our front end, which names each request in X-Request-ID
    listen: str = ""  # unix socket path or host:port, bound when no listening socket is inherited
    processes: int = 1
    threads: int = 4
    connections: int = 4096
    body_limit: int = 10 * 1024 * 1024
    header_limit: int = 16 * 1024
    timeout: int = 60
    request_timeout: int = 120
    max_requests: int = 0  # 0: any number
    memory_limit: int = 0  # 0: any size
    keepalive_timeout: int = 5
    graceful_timeout: int = 30
    ready_path: str = "/readyz"
    headers: dict[str, str] = {}  # noqa: RUF012 - of every response that does not say otherwise; never changed
    log: str | int = ""  # a file, or an open one: where output goes when what starts us waits for the end of it (CGI)
    run: str = ""  # private folder for run-time files of this release, where an adapter needs one (mod_wsgi-express)


def read(folder: str) -> Options:
    """The options of the release in `folder`; the defaults when it has no instance/serve.json.

    Raises Unservable when the file exists and is not what render wrote.
    """
    path = os.path.join(folder, "instance", "serve.json")
    if not os.path.exists(path):
        return Options()
    try:
        with open(path, encoding="utf-8") as file:
            return Options(**json.load(file))
    except (OSError, ValueError, TypeError) as error:
        raise Unservable(f"{path} is not a release's options ({error}); deploy the release again") from error
