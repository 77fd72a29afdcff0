"""Law 7: a response arrives as it is made, and as much of it as was made."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from . import client
from .client import Connection, Request
from .echo import BLOCK
from .site import Site

LAW = "7"

MIB = 32


@contextmanager
def holder() -> Iterator[socket.socket]:
    """A listener that the echo application asks before it goes on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(client.TIMEOUT)
        yield listener


def first_chunk(connection: Connection) -> bytes:
    """What arrives of a body while its second half does not exist yet."""
    headers = {name.lower(): value for name, value in connection.head()[2]}
    if headers.get("transfer-encoding") == "chunked":
        size = int(connection.until(b"\r\n"), 16)
        return connection.exactly(size + 2)[0][:size]
    return connection.more()


def test_a_streamed_response_arrives_as_it_is_made(site: Site) -> None:
    with holder() as listener, site.connect() as connection:
        target = f"/_/stream?port={listener.getsockname()[1]}"
        connection.send(site.below(Request(target=target)).wire())
        held, _ = listener.accept()  # the first chunk is made, the second waits for us
        with held:
            assert first_chunk(connection) == b"first\n"
            held.sendall(b"x")


def test_a_streamed_response_is_whole(site: Site) -> None:
    with holder() as listener, site.connect() as connection:
        connection.send(site.below(Request(target=f"/_/stream?port={listener.getsockname()[1]}")).wire())
        held, _ = listener.accept()
        with held:
            held.sendall(b"x")
            answer = connection.receive()
    assert (answer.body, answer.whole) == (b"first\nreleased\n", True)


def test_a_download_is_whole(site: Site) -> None:
    wanted = hashlib.sha256(BLOCK * 16 * MIB).digest()
    for length in ("yes", "no"):
        answer = site.get(f"/_/download?mib={MIB}&length={length}")
        assert (answer.status, len(answer.body), answer.whole) == (200, MIB << 20, True)
        assert hashlib.sha256(answer.body).digest() == wanted


def test_a_response_for_http_1_0_is_whole(site: Site) -> None:
    """A client of HTTP/1.0 knows no chunks: the connection's end is the body's."""
    answer = site.ask(Request(target="/_/download?mib=1&length=no", version="HTTP/1.0"))
    assert answer.all("Transfer-Encoding") == []
    assert answer.body == BLOCK * 16


def test_written_and_returned_bytes_arrive_in_order(site: Site) -> None:
    assert site.get("/_/write").body == b"written, returned\n"
