"""Slow and normal visitors of one site at once, and what the normal ones saw; `python -m bench.slow` starts them.

The slow ones come from many addresses, 127.1.0.x, a few from each, because servers bound the connections of one
address; each normal client has one of its own, 127.2.0.x. A slow connection that the server ends is made anew.
"""

from __future__ import annotations

import asyncio
import collections
import itertools
import select
import socket
import time
from collections.abc import Iterator
from typing import NamedTuple

KINDS = {"idle": 1000, "half": 0, "silent": 100, "dripping": 100, "unread": 100}  # how many of each by default
SHARED = 20  # slow connections from one address
CLIENTS = 16
PATIENCE = 10.0  # seconds after which a normal client gives up
LIMIT = 1.0  # seconds that the 99th percentile may take
PACE = 0.05  # seconds a normal client rests between two requests
LOOK = 0.25  # seconds between two looks at a slow connection, and between two of its drops


class Site(NamedTuple):
    """Where requests go: a small page, one larger than all buffers on the way, and what takes an upload."""

    port: int
    path: str = "/"
    large: str = "/"
    upload: str = "/"

    def opening(self, kind: str) -> bytes:
        """What a slow connection of a kind sends at once."""
        post = f"POST {self.upload} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n".encode() + bytes(
            1000
        )
        get = f"GET {self.large} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        half = f"GET {self.path} HTTP/1.1\r\nHost: localhost\r\nX-Half: ".encode()
        return {"idle": b"", "half": half, "silent": post, "dripping": post, "unread": get}[kind]


class Seen(NamedTuple):
    """Seconds of each request that was answered, how often each failure, and how the slow connections ended."""

    times: list[float]
    failed: collections.Counter[str]
    slow: collections.Counter[str]

    @property
    def p99(self) -> float:
        """The 99th percentile in seconds; endless when nothing was answered."""
        return sorted(self.times)[len(self.times) * 99 // 100] if self.times else float("inf")

    def __str__(self) -> str:
        median = sorted(self.times)[len(self.times) // 2] if self.times else float("inf")
        worst = max(self.times, default=float("inf"))
        answered = f"{len(self.times)} answered, {sum(self.failed.values())} failed {dict(self.failed)}"
        figures = f"p50 {median * 1000:.0f} ms, p99 {self.p99 * 1000:.0f} ms, worst {worst * 1000:.0f} ms"
        return f"{answered}: {figures}; slow: {dict(self.slow)}"


def connection(source: str, buffer: int = 0) -> socket.socket:
    """A socket that will connect from `source`, with a receive buffer of so many bytes."""
    made = socket.socket()
    made.setblocking(False)
    if buffer:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    made.bind((source, 0))
    return made


def gone(held: socket.socket) -> bool:
    """Whether the server has ended a connection, without reading from it."""
    poll = select.poll()
    poll.register(held, select.POLLRDHUP)
    return bool(poll.poll(0))


async def hold(site: Site, kind: str, source: str, seen: Seen, begun: asyncio.Event) -> None:
    """Be slow for ever: a connection that the server ends is followed by another."""
    loop = asyncio.get_running_loop()
    while True:
        with connection(source, 4096 if kind == "unread" else 0) as held:
            try:
                async with asyncio.timeout(PATIENCE):
                    await loop.sock_connect(held, ("127.0.0.1", site.port))
                    await loop.sock_sendall(held, site.opening(kind))
                begun.set()
                while not gone(held):
                    await asyncio.sleep(LOOK)
                    if kind == "dripping":
                        await loop.sock_sendall(held, b"x")
                seen.slow[f"{kind} ended"] += 1
            except OSError as error:
                seen.slow[f"{kind} {type(error).__name__}"] += 1
        begun.set()
        await asyncio.sleep(LOOK)


async def ask(site: Site, source: str, seen: Seen, until: float) -> None:
    """A normal client: one request after the other, each on a connection of its own, as strangers come."""
    while time.monotonic() < until:
        began = time.monotonic()
        try:
            async with asyncio.timeout(PATIENCE):
                reader, writer = await asyncio.open_connection("127.0.0.1", site.port, local_addr=(source, 0))
                writer.write(f"GET {site.path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
                answer = await reader.read(-1)
                writer.close()
            status = answer[9:12].decode("latin-1") or "no answer"
            if status == "200":
                seen.times.append(time.monotonic() - began)
            else:
                seen.failed[status] += 1
        except OSError as error:
            seen.failed[type(error).__name__] += 1
        await asyncio.sleep(PACE)


def addresses() -> Iterator[str]:
    """An address of this machine for each slow connection, SHARED of them alike."""
    return (f"127.1.{number // 250}.{number % 250 + 1}" for number in itertools.count() for _ in range(SHARED))


async def measure(site: Site, kinds: dict[str, int], seconds: float) -> Seen:
    """Make all slow connections, then ask for so many seconds beside them."""
    seen, source, slow, begun = Seen([], collections.Counter(), collections.Counter()), addresses(), [], []
    for kind, count in kinds.items():
        for _ in range(count):
            begun.append(asyncio.Event())
            slow.append(asyncio.create_task(hold(site, kind, next(source), seen, begun[-1])))
            await asyncio.sleep(0)
    await asyncio.gather(*(event.wait() for event in begun))
    until = time.monotonic() + seconds
    await asyncio.gather(*(ask(site, f"127.2.0.{number + 1}", seen, until) for number in range(CLIENTS)))
    for task in slow:
        task.cancel()
    await asyncio.gather(*slow, return_exceptions=True)
    return seen
