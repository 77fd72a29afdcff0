"""Which processes listen on a TCP port of this machine, as /proc shows it (proc(5))."""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Iterator
from pathlib import Path

from . import processes

LISTENING = "0A"
FAMILIES = {"/proc/net/tcp": socket.AF_INET, "/proc/net/tcp6": socket.AF_INET6}
ANY = ("0.0.0.0", "::", "*")
PORTS = range(20000, 32768)  # 32768 is where ip_local_port_range begins (ip(7))


def listening(address: str, port: int) -> list[str]:
    """The inodes of the sockets that listen on the port, at that address or at all; `*` and 0.0.0.0 are all."""
    return [inode for where, at, inode in _sockets() if at == port and overlap(where, address)]


def others(address: str, port: int, ours: str) -> list[str]:
    """The inodes of those of them that do not listen at the address `ours`, which has another one of a site."""
    return [inode for where, at, inode in _sockets()
            if at == port and overlap(where, address) and where != ours and not {where, ours} <= {*ANY}]  # fmt: skip


def holders(inodes: list[str]) -> list[int]:
    """The processes that have one of the sockets open; those of other users are seen by root only."""
    names = {f"socket:[{inode}]" for inode in inodes}
    return sorted(number for number in processes.numbers() if names & set(_links(Path(f"/proc/{number}/fd"))))


def _sockets() -> Iterator[tuple[str, int, str]]:
    for path, family in FAMILIES.items():
        lines = Path(path).read_text().splitlines()[1:] if os.path.exists(path) else []
        for words in (line.split() for line in lines):
            if words[3] == LISTENING:
                number, _, port = words[1].partition(":")
                yield _address(number, family), int(port, 16), words[9]


def _address(number: str, family: socket.AddressFamily) -> str:
    """The kernel prints each 32 bits as a number in this machine's byte order."""
    words = [int(number[place : place + 8], 16).to_bytes(4, "little") for place in range(0, len(number), 8)]
    return socket.inet_ntop(family, b"".join(words)).removeprefix("::ffff:")


def overlap(one: str, other: str) -> bool:
    """Whether two addresses cannot both be listened on, on one port."""
    return one == other or one in ANY or other in ANY


def _links(folder: Path) -> Iterator[str]:
    try:
        descriptors = list(folder.iterdir())
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return  # it has ended, or is somebody else's
    for path in descriptors:
        try:
            yield os.readlink(path)
        except OSError:
            continue  # closed meanwhile


def free_port(address: str) -> int:
    """A TCP port on `address` that nobody listens on, outside of the range that the kernel gives to clients."""
    while True:
        port = random.choice(PORTS)
        if bind_error(address, port) is None:
            return port


def bind_error(address: str, port: int) -> str | None:
    """Why a TCP address cannot be listened on, or None when it can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            return error.strerror
    return None
