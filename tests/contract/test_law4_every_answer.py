"""Law 4, of every answer, whoever gives it: it has the headers that the settings name, once, and tells no version."""

from __future__ import annotations

import re

import pytest

from . import client
from .client import Closed, Request, Response
from .site import BODY_LIMIT, HEADER_LIMIT, HEADERS, NAMES, Site

LAW = "4"

VERSION = re.compile(r"(?i)(?:apache|nginx|lighttpd|tornado\w*|gunicorn|gevent|mod_wsgi|python|werkzeug)[/ ]v?\d")
WELL = (
    Request(), Request("HEAD"), Request("OPTIONS"), Request(target="/none/such"),
    Request(target="/_/answer?status=304+Not+Modified&empty=1"),
    Request(target="/_/answer?status=503+Service+Unavailable"),
    Request(target="/_/crash?when=before"), Request(target="/static/notes.md"),
    Request("POST", "/upload", (("Content-Length", str(BODY_LIMIT + 1)),)),
)  # fmt: skip
# What no application is asked: some servers close the connection without an answer, which has no headers.
ILL = {
    "no such host": b"GET / HTTP/1.1\r\nHost: nowhere.example\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "no such version": b"GET / HTTP/9.9\r\nHost: site.test\r\n\r\n",
    "no request": b"GARBAGE\r\n\r\n",
    "no header": b"GET / HTTP/1.1\r\nHost: site.test\r\nno header\r\n\r\n",
    "no length": b"POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: x\r\n\r\n",
    "large header": b"GET / HTTP/1.1\r\nHost: site.test\r\nX-Large: " + b"a" * (2 * HEADER_LIMIT) + b"\r\n\r\n",
    "large target": b"GET /" + b"a" * (4 * HEADER_LIMIT) + b" HTTP/1.1\r\nHost: site.test\r\n\r\n",
}


def amiss(answer: Response) -> list[str]:
    """What an answer lacks, or says too much."""
    found = [f"{name}: {answer.all(name)}" for name, value in HEADERS.items() if answer.all(name) != [value]]
    found += [f"Server: {text}" for text in answer.all("Server") if re.search(r"[\d/]", text)]
    return found + ["a version in the text"] * (
        answer.status >= 400 and bool(VERSION.search(answer.body.decode("latin-1")))
    )


def test_every_answer_has_the_headers(site: Site) -> None:
    answers = {f"{request.method} {request.target}": site.ask(request) for request in WELL}
    if site.mount:
        answers["beside the mount"] = client.ask(site.port, Request())
    assert {name: amiss(answer) for name, answer in answers.items() if amiss(answer)} == {}


@pytest.mark.parametrize("name", ILL)
def test_every_refusal_has_the_headers(site: Site, name: str) -> None:
    with site.connect() as connection:
        connection.send(ILL[name].replace(b"site.test", NAMES[0].encode()))
        try:
            answer = connection.receive()
        except Closed:
            return
    assert amiss(answer) == [], answer


def test_the_applications_own_value_wins(site: Site) -> None:
    path = "/_/answer?status=200+OK&h-x-frame-options=DENY&h-Referrer-Policy=no-referrer"
    for answer in (site.get(path), site.get(path.replace("200+OK", "404+Not+Found"))):
        assert (answer.all("X-Frame-Options"), answer.all("Referrer-Policy")) == (["DENY"], ["no-referrer"])
