"""A plain WSGI application that answers what it was asked, as JSON; every target serves it in the contract tests.

It must answer the same on every server, so it shows only what the contract speaks of. Below /_/ it does odd things.
"""

from __future__ import annotations

import hashlib
import json
import socket
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from . import around, children

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

PLAIN = ("Content-Type", "text/plain; charset=utf-8")
SHOWN = ("REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "CONTENT_TYPE", "REMOTE_ADDR", "wsgi.url_scheme")
HOP = ("CONNECTION", "KEEP_ALIVE", "TE", "TRAILER", "TRANSFER_ENCODING", "UPGRADE", "EXPECT", "PROXY_CONNECTION")
NAMED = "HTTP_X_REQUEST_ID"  # some front ends name each request
BLOCK = bytes(range(256)) * 256  # 64 KiB
PATIENCE = 30.0  # seconds that a held stream waits for its test, which normally takes milliseconds

Query = dict[str, str]
Route = Callable[["WSGIEnvironment", "StartResponse", Query], Iterable[bytes]]


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer one request: a route below /_/, or else the request itself."""
    route = ROUTES.get(environ["PATH_INFO"], describe)
    return route(environ, start_response, dict(parse_qsl(environ.get("QUERY_STRING", ""), encoding="latin-1")))


def describe(environ: WSGIEnvironment, start_response: StartResponse, query: Query) -> Iterable[bytes]:
    """The request as the application sees it, its body by length and digest."""
    return _json(start_response, {"environ": shown(environ), "body": digest(environ)})


def shown(environ: WSGIEnvironment) -> dict[str, str]:
    """What every server must agree on: the CGI variables of the request and its end-to-end headers."""
    facts = {name: environ.get(name, "") for name in SHOWN}
    hidden = {NAMED, *("HTTP_" + name for name in HOP)}
    return facts | {name: environ[name] for name in environ if name.startswith("HTTP_") and name not in hidden}


def digest(environ: WSGIEnvironment) -> dict[str, object]:
    """Read the body as PEP 3333 lets an application read it: CONTENT_LENGTH bytes, never more."""
    announced = left = int(environ.get("CONTENT_LENGTH") or 0)
    sum_ = hashlib.sha256()
    while left and (block := environ["wsgi.input"].read(min(left, len(BLOCK)))):
        sum_.update(block)
        left -= len(block)
    return {"announced": announced, "length": announced - left, "sha256": sum_.hexdigest()}


def form(environ: WSGIEnvironment, start_response: StartResponse, query: Query) -> Iterable[bytes]:
    """The fields and files of a form, as every Flask application reads them."""
    from werkzeug.formparser import parse_form_data

    _, fields, files = parse_form_data(environ)
    uploaded = {
        name: [each.filename, each.content_type, hashlib.sha256(each.read()).hexdigest()]
        for name, each in files.items()
    }
    return _json(start_response, {"fields": dict(fields.items()), "files": uploaded})


def truths(environ: WSGIEnvironment, start_response: StartResponse, query: Query) -> Iterable[bytes]:
    """What each server may answer differently, with a truth of its own: the wsgi flags and the types of all values."""
    flags = {name: environ[name] for name in ("wsgi.multithread", "wsgi.multiprocess", "wsgi.run_once")}
    unusual = {name for name, value in environ.items() if name.isupper() and type(value) is not str}
    names = {name: environ.get(name, "") for name in ("SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL")}
    truth = {"flags": flags, "unusual": sorted(unusual), "names": names, "all": sorted(environ)}
    return _json(start_response, truth)


def answer(environ: WSGIEnvironment, start_response: StartResponse, query: Query) -> Iterable[bytes]:
    """The status line given by `status`, with one header each for `header`'s and a short body."""
    named = [(name.removeprefix("h-"), value) for name, value in query.items() if name.startswith("h-")]
    body = b"" if query.get("empty") else b"body of " + query["status"].encode("latin-1") + b"\n"
    headers = [PLAIN, *named] if body else named
    if query.get("length", "yes") == "yes" and body:
        headers.append(("Content-Length", str(len(body))))
    start_response(query["status"], headers)
    return [body] if body else []


def cookies(environ: WSGIEnvironment, start_response: StartResponse, query: Query) -> Iterable[bytes]:
    """Two Set-Cookie headers, which must not be folded into one, and two equal headers, which may."""
    headers = [("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2; Path=/; HttpOnly")]
    start_response("200 OK", [PLAIN, ("Content-Length", "3"), *headers])
    return [b"ok\n"]


def download(environ: WSGIEnvironment, start_response: StartResponse, query: Query) -> Iterable[bytes]:
    """`mib` MiB in blocks of 64 KiB, with a Content-Length unless `length` is no."""
    blocks = int(query["mib"]) * 16
    length = [("Content-Length", str(blocks * len(BLOCK)))] if query.get("length", "yes") == "yes" else []
    start_response("200 OK", [("Content-Type", "application/octet-stream"), *length])
    return (BLOCK for _ in range(blocks))


def stream(environ: WSGIEnvironment, start_response: StartResponse, query: Query) -> Iterable[bytes]:
    """A first chunk at once, and the second only when whoever listens on `port` allows it."""
    start_response("200 OK", [PLAIN])
    return held(int(query["port"]))


def held(port: int) -> Iterator[bytes]:
    """Two chunks around one byte read from `port`; no byte is an answer too, so that a test never has to wait."""
    yield b"first\n"
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as test:
        yield b"released\n" if test.recv(1) else b"abandoned\n"
        test.sendall(b"done")


def slow(environ: WSGIEnvironment, start_response: StartResponse, query: Query) -> Iterable[bytes]:
    """An answer that is begun only when whoever listens on `port` allows it."""
    with socket.create_connection(("127.0.0.1", int(query["port"])), PATIENCE) as test:
        body = b"released\n" if test.recv(1) else b"abandoned\n"
    start_response("200 OK", [PLAIN, ("Content-Length", str(len(body)))])
    return [body]


def write(environ: WSGIEnvironment, start_response: StartResponse, query: Query) -> Iterable[bytes]:
    """Half of the body through the write() that start_response returns, half returned (PEP 3333)."""
    push = start_response("200 OK", [PLAIN])
    push(b"written, ")
    return [b"returned\n"]


def report(environ: WSGIEnvironment, start_response: StartResponse, query: Query) -> Iterable[bytes]:
    """Tell whoever listens on `port` how much of the body came, for a client that is not there to be told."""
    read = digest(environ)
    with socket.create_connection(("127.0.0.1", int(query["port"])), PATIENCE) as test:
        test.sendall(b"whole" if read["length"] == read["announced"] else b"cut")
    return _json(start_response, read)


def ignore(environ: WSGIEnvironment, start_response: StartResponse, query: Query) -> Iterable[bytes]:
    """An answer that leaves the request's body unread."""
    start_response("200 OK", [PLAIN, ("Content-Length", "8")])
    return [b"ignored\n"]


def crash(environ: WSGIEnvironment, start_response: StartResponse, query: Query) -> Iterable[bytes]:
    """Raise `when`: before, first or middle of the response; query strings get logged, so a header has the message."""
    message = environ.get("HTTP_X_MESSAGE", "no message")
    if query["when"] == "before":
        raise RuntimeError(message)
    length = [("Content-Length", "100")] if query.get("length") else []
    start_response("200 OK", [PLAIN, *length])
    return failing(int(query.get("port", "0")), message)


def failing(port: int, message: str) -> Iterator[bytes]:
    """A body that ends in an exception; one that has begun waits until whoever listens on `port` has seen that."""
    if port:
        yield b"begun\n"
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as test:
            test.recv(1)
    raise RuntimeError(message)


def replace(environ: WSGIEnvironment, start_response: StartResponse, query: Query) -> Iterable[bytes]:
    """A response begun and then replaced by an error's, as error middlewares do (PEP 3333, exc_info)."""
    start_response("200 OK", [PLAIN, ("X-First", "1")])
    try:
        raise RuntimeError("handled by the application")
    except RuntimeError:
        start_response("503 Service Unavailable", [PLAIN, ("Content-Length", "9")], sys.exc_info())
    return [b"replaced\n"]


def framed(environ: WSGIEnvironment, start_response: StartResponse, query: Query) -> Iterable[bytes]:
    """A body of `sent` bytes that announces `announced`, as a list, an iterator or by write(), as `how` says."""
    push = start_response("200 OK", [PLAIN, ("Content-Length", query["announced"])])
    body = b"b" * int(query["sent"])
    if query["how"] == "write":
        push(body)
        return []
    return [body] if query["how"] == "list" else (body[place : place + 4] for place in range(0, len(body), 4))


def passed_on(environ: WSGIEnvironment, start_response: StartResponse, query: Query) -> Iterable[bytes]:
    """A response with each header that the query names, as a view sets them that hands on another server's answer."""
    start_response("200 OK", [PLAIN, ("Content-Length", "3"), *query.items()])
    return [b"ok\n"]


def wide(environ: WSGIEnvironment, start_response: StartResponse, query: Query) -> Iterable[bytes]:
    """A header with a letter that is no byte, which PEP 3333 does not allow."""
    start_response("200 OK", [PLAIN, ("Content-Length", "3"), ("X-Price", "3 €")])
    return [b"ok\n"]


def split(environ: WSGIEnvironment, start_response: StartResponse, query: Query) -> Iterable[bytes]:
    """A response header with a line break in it, as an application makes that puts a query into a header unchecked."""
    start_response("200 OK", [PLAIN, ("Content-Length", "3"), ("X-Query", "a\r\nX-Injected: 1")])
    return [b"ok\n"]


def surroundings(environ: WSGIEnvironment, start_response: StartResponse, query: Query) -> Iterable[bytes]:
    """What the application finds around it, whatever was asked."""
    return _json(start_response, around.seen())


def child(environ: WSGIEnvironment, start_response: StartResponse, query: Query) -> Iterable[bytes]:
    """What came of the processes that `kind` starts."""
    return _json(start_response, children.KINDS[query["kind"]](int(query.get("port", "0"))))


def _json(start_response: StartResponse, value: object) -> Iterable[bytes]:
    text = (json.dumps(value, sort_keys=True) + "\n").encode("ascii")
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(text)))])
    return [text]


ROUTES: dict[str, Route] = {
    "/_/answer": answer,
    "/_/child": child,
    "/_/cookies": cookies,
    "/_/crash": crash,
    "/_/download": download,
    "/_/form": form,
    "/_/framed": framed,
    "/_/ignore": ignore,
    "/_/passed-on": passed_on,
    "/_/replace": replace,
    "/_/report": report,
    "/_/slow": slow,
    "/_/split": split,
    "/_/stream": stream,
    "/_/surroundings": surroundings,
    "/_/truths": truths,
    "/_/wide": wide,
    "/_/write": write,
}
