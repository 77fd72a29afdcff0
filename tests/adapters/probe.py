"""The WSGI application that the tests serve: one path for each thing a server may get wrong. Copied into a release."""

import hashlib
import json
import os
import pathlib
import threading
import time
from urllib.parse import parse_qs

PIECE = b"0123456789abcdef" * 4096  # 64 KiB
LARGE = PIECE * 256  # more than the kernel takes for a client that does not read
EVENTS = pathlib.Path(__file__).parent / "events"


def app(environ, start_response):
    name = environ["PATH_INFO"].strip("/").split("/")[0]
    query = {key: values[0] for key, values in parse_qs(environ["QUERY_STRING"]).items()}
    return PATHS.get(name, echo)(environ, start_response, **query)


def reply(start_response, body, *headers, status="200 OK"):
    start_response(status, [("Content-Type", "text/plain"), *headers])
    return [body]


def echo(environ, start_response, **_):
    """The environ as JSON, with the length and hash of the body."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    shown = {key: value for key, value in environ.items() if isinstance(value, str | bool | int)}
    shown |= {"body": len(body), "sha256": hashlib.sha256(body).hexdigest(), "pid": os.getpid()}
    return reply(start_response, json.dumps(shown).encode("ascii"))


def upload(environ, start_response):
    """Read the body piece by piece, to the end of wsgi.input; a server must not go beyond the body."""
    digest, size, left = hashlib.sha256(), 0, int(environ.get("CONTENT_LENGTH") or 0)
    while left and (piece := environ["wsgi.input"].read(min(left, 65536))):
        digest.update(piece)
        size += len(piece)
        left -= len(piece)
    return reply(start_response, f"{size} {digest.hexdigest()}".encode())


def lines(environ, start_response):
    """The body by lines, and what is left after them."""
    body = environ["wsgi.input"]
    first = body.readline()
    return reply(
        start_response, json.dumps([first.decode(), [line.decode() for line in body], len(body.read(1))]).encode()
    )


def download(environ, start_response, pieces):
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return (PIECE for _ in range(int(pieces)))


def large(environ, start_response):
    """In one piece, its length known."""
    return reply(start_response, LARGE, ("Content-Length", str(len(LARGE))))


def stream(environ, start_response, name):
    """A second piece that is made only when the first has arrived."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"first"
    await_event(name)
    yield b"second"


def hold(environ, start_response, name):
    """Say that the request has begun, and answer when told."""
    (EVENTS / f"{name}.begun").touch()
    await_event(name)
    return reply(start_response, b"held")


def endless(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    while True:
        yield b"on and on"
        time.sleep(0.1)


grown = bytearray()


def grow(environ, start_response, size):
    """Take `size` MiB of memory, and keep it."""
    grown.extend(os.urandom(1024 * 1024) * int(size))
    return reply(start_response, b"grown")


def await_event(name):
    while not (EVENTS / name).exists():
        time.sleep(0.02)


meeting = threading.Barrier(3)


def together(environ, start_response):
    """Answers only when three requests are here at once."""
    meeting.wait(timeout=20)
    return reply(start_response, b"met")


def cookies(environ, start_response):
    return reply(start_response, b"", ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"))


def bodiless(environ, start_response, status):
    """A body and its length with a status that has none."""
    start_response(f"{status} Bodiless", [("Content-Length", "4"), ("X-Kept", "yes")])
    return [b"body"]


def written(environ, start_response):
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    write(b"written ")
    return [b"returned"]


def fail(environ, start_response):
    raise RuntimeError("failed before the response")


def fail_begun(environ, start_response):
    start_response("200 OK", [("Content-Length", "5000"), ("X-Old", "kept")])
    raise RuntimeError("failed after start_response")


def fail_lazily(environ, start_response):
    raise RuntimeError("failed in the generator")
    yield b""


def fail_midway(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"begun"
    raise RuntimeError("failed midway")


def split(environ, start_response):
    return reply(start_response, b"", ("X-Name", "value\r\nX-Injected: yes"))


def silent(environ, start_response):
    """Start the response when the first piece is asked for."""

    def pieces():
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"late"

    return pieces()


def closing(environ, start_response, name):
    """A body whose close method leaves a trace."""

    class Body:
        def __iter__(self):
            yield from (PIECE for _ in range(160))

        def close(self):
            (EVENTS / name).touch()

    start_response("200 OK", [("Content-Type", "text/plain")])
    return Body()


def noisy(environ, start_response):
    print("printed by the application")
    return reply(start_response, b"quiet")


PATHS = {
    function.__name__.replace("_", "-"): function
    for function in (upload, lines, download, large, stream, hold, together, cookies, bodiless, written, fail,
                     fail_begun, fail_lazily, fail_midway, split, silent, closing, noisy, endless, grow)
}  # fmt: skip
PATHS["unread"] = lambda environ, start_response: reply(start_response, b"unread")
