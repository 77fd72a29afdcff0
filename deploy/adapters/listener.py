"""The listening socket: inherited from the supervisor so that a swap never closes it, or bound here."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Mapping

from .options import Unservable

FIRST_SYSTEMD_FD = 3  # sd_listen_fds(3)
STANDARD_INPUT = 0  # FCGI_LISTENSOCK_FILENO, FastCGI specification 2.2; Circus' stdin_socket
BACKLOG = 2048


def listen(address: str, environ: Mapping[str, str]) -> socket.socket:
    """The inherited listening socket, or else one bound to `address` (a unix socket path or host:port).

    Raises Unservable when nothing is inherited and the address is empty, malformed or taken.
    """
    listener = inherited(environ) or bind(address)
    if listener.family != socket.AF_UNIX:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # accepted connections inherit it
    return listener


def inherited(environ: Mapping[str, str]) -> socket.socket | None:
    """The socket that systemd (LISTEN_FDS) or Circus and FastCGI spawners (standard input) hand over, if any."""
    fd = FIRST_SYSTEMD_FD if environ.get("LISTEN_PID") == str(os.getpid()) else STANDARD_INPUT
    try:
        if not stat.S_ISSOCK(os.fstat(fd).st_mode):
            return None
    except OSError:
        return None  # standard input is closed
    candidate = socket.socket(fileno=fd)
    if candidate.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        return candidate
    candidate.detach()
    return None


def bind(address: str) -> socket.socket:
    """A new listening socket at a unix socket path or host:port; a stale unix socket is replaced."""
    if not address:
        raise Unservable("no listening socket was inherited and no address was given: add --listen host:port or a path")
    listener = socket.socket(socket.AF_INET if _is_tcp(address) else socket.AF_UNIX)
    try:
        if _is_tcp(address):
            host, _, port = address.rpartition(":")
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, int(port)))
        else:
            _remove_stale(address)
            listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise Unservable(f"cannot listen on {address}: {error.strerror or error}") from error
    return listener


def _is_tcp(address: str) -> bool:
    return "/" not in address and address.rpartition(":")[2].isdigit()


def _remove_stale(path: str) -> None:
    """Remove a unix socket that nobody listens on; one that answers is left for bind to refuse."""
    if not os.path.exists(path) or not stat.S_ISSOCK(os.stat(path).st_mode):
        return
    with socket.socket(socket.AF_UNIX) as probe:
        if probe.connect_ex(path) != 0:
            os.unlink(path)
