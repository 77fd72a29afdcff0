"""The listening socket: inherited from the supervisor so that a swap never closes it, or bound here."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import stat
from collections.abc import Iterator, MutableMapping

from ..options import Unservable

FIRST_SYSTEMD_FD = 3  # sd_listen_fds(3)
STANDARD_INPUT = 0  # FCGI_LISTENSOCK_FILENO, FastCGI specification 2.2; Circus' stdin_socket
BACKLOG = 2048
LONGEST_PATH = 107  # bytes, unix(7): sun_path holds 108 with the closing zero


@contextlib.contextmanager
def listening(address: str, environ: MutableMapping[str, str]) -> Iterator[socket.socket]:
    """The inherited listening socket, or else one bound to `address` (a unix socket path or host:port).

    Its file is removed in the end only when it was bound here. Raises Unservable when nothing is inherited and the
    address is empty, malformed or taken.
    """
    owner = os.getpid()
    inheritance = inherited(environ)
    listener = inheritance or bind(address)
    listener.setblocking(False)  # other processes may accept what we were woken for
    if listener.family != socket.AF_UNIX:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # accepted connections inherit it
    try:
        yield listener
    finally:
        if inheritance is None and not _is_tcp(address) and os.getpid() == owner:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(address)


def inherited(environ: MutableMapping[str, str]) -> socket.socket | None:
    """The socket that systemd (LISTEN_FDS) or Circus and FastCGI spawners (standard input) hand over, if any.

    It is kept from the application's own child processes: they would hold the port open after us.
    """
    from_systemd = environ.pop("LISTEN_PID", "") == str(os.getpid())
    environ.pop("LISTEN_FDS", None)
    environ.pop("LISTEN_FDNAMES", None)
    fd = FIRST_SYSTEMD_FD if from_systemd else STANDARD_INPUT
    try:
        if not stat.S_ISSOCK(os.fstat(fd).st_mode):
            return None
    except OSError:
        return None  # standard input is closed
    found = socket.socket(fileno=os.dup(fd))
    if not found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        found.close()
        return None
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, fd, inheritable=fd == STANDARD_INPUT)
    os.close(nothing)
    return found


def bind(address: str) -> socket.socket:
    """A new listening socket at a unix socket path or host:port; a stale unix socket is replaced."""
    if not address:
        raise Unservable("no listening socket was inherited and no address was given: add --listen host:port or a path")
    if not _is_tcp(address) and "/" not in address:
        raise Unservable(f"the address {address!r} is neither host:port nor the path of a unix socket (with a slash)")
    if not _is_tcp(address) and len(os.fsencode(address)) > LONGEST_PATH:
        raise Unservable(
            f"the socket path {address} is longer than {LONGEST_PATH} bytes, the most a unix socket may have"
        )
    host, _, port = address.rpartition(":")
    listener = socket.socket(_family(address))
    try:
        if _is_tcp(address):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host.strip("[]"), int(port)))
        else:
            _remove_stale(address)
            listener.bind(address)
        listener.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        raise Unservable(f"cannot listen on {address}: {getattr(error, 'strerror', None) or error}") from error
    return listener


def _is_tcp(address: str) -> bool:
    return re.fullmatch(r"[^/]+:[0-9]+", address) is not None


def _family(address: str) -> socket.AddressFamily:
    if not _is_tcp(address):
        return socket.AF_UNIX
    return socket.AF_INET6 if address.startswith("[") else socket.AF_INET


def _remove_stale(path: str) -> None:
    """Remove a unix socket that nobody listens on; one that answers is left for bind to refuse."""
    if not os.path.exists(path) or not stat.S_ISSOCK(os.stat(path).st_mode):
        return
    with socket.socket(socket.AF_UNIX) as probe:
        if probe.connect_ex(path) != 0:
            os.unlink(path)
