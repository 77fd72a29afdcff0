"""One live target, as the laws see it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import NamedTuple

from deploy.settings import Settings

from . import client, echo, rule
from .client import Connection, Request, Response
from .targets import Target

BODY_LIMIT = 4 * 1024 * 1024
HEADER_LIMIT = 16 * 1024
NAMES = ("site.test", "*.site.test", "other.test", "xn--e1afmkfd.example", "localhost")  # SERVER_NAME of every target
HEADERS: dict[str, str] = Settings.model_fields["headers"].default


class Site(NamedTuple):
    """A deployed application and where it is; targets of requests are given below its mount."""

    target: Target
    port: int
    root: Path
    release: str

    @property
    def mount(self) -> str:
        """The prefix as it stands before a path."""
        return self.target.mount

    def connect(self, source: str = "127.0.0.1") -> Connection:
        """A connection of one's own."""
        return Connection(self.port, source)

    def below(self, request: Request) -> Request:
        """The request with the mount before its path."""
        prefix = self.mount if isinstance(request.target, str) else self.mount.encode()
        return request._replace(target=prefix + request.target)  # type: ignore[operator]

    def ask(self, request: Request, source: str = "127.0.0.1") -> Response:
        """One request below the mount, on a connection of its own."""
        return client.ask(self.port, self.below(request), source)

    def get(self, target: str) -> Response:
        """GET below the mount."""
        return self.ask(Request(target=target))

    def named(self, target: str) -> Response:
        """GET below the mount by who has the site's token."""
        token = (self.root / "shared" / "token").read_text()
        return self.ask(Request(target=target, headers=(("X-Release-Token", token),)))

    def rule(self, request: Request, source: str = "127.0.0.1") -> bytes:
        """The body that the pure rule wants as the echo application's answer."""
        return rule.body(self.below(request), self.mount, source)

    def answered(self, target: str) -> tuple[int, list[tuple[str, str]], bytes]:
        """What the echo application itself answers to GET `target`: status, headers and body, without any server."""
        begun: list[tuple[str, list[tuple[str, str]]]] = []
        written: list[bytes] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> object:
            begun.append((status, headers))
            return written.append

        environ = rule.environ(self.below(Request(target=target)), self.mount) | {"HTTP_ACCEPT_ENCODING": "gzip, br"}
        returned = echo.application(environ | {"wsgi.input": io.BytesIO()}, start_response)  # type: ignore[arg-type]
        body = b"".join(returned)
        status, headers = begun[-1]
        said = {name.lower() for name, _ in headers}
        default = [header for header in HEADERS.items() if header[0].lower() not in said]
        return int(status[:3]), [*headers, *default], b"".join(written) + body

    def check(self, *requests: Request, source: str = "127.0.0.1") -> None:
        """Each request reaches the echo application as the rule says; all that do not are named."""
        found = []
        for request in requests:
            response = self.ask(request, source)
            expected = self.rule(request, source)
            if (response.status, response.body) != (200, expected):
                found.append(f"{request.method} {request.target!r}: {difference(expected, response)}")
        assert not found, "\n".join(found)

    def logs(self) -> str:
        """Everything that any process of the deployment has logged."""
        files = sorted(path for path in self.root.rglob("*.log") if path.is_file())
        return "".join(path.read_text(encoding="utf-8", errors="replace") for path in files)


def difference(expected: bytes, response: Response) -> str:
    """What is wrong in an echo, item by item."""
    if response.status != 200:
        return f"{response.status} {response.body[:200]!r}"
    right, left = (json.loads(each) for each in (expected, response.body))
    items = [(part, name) for part in ("environ", "body") for name in sorted(right[part].keys() | left[part].keys())]
    return "; ".join(
        f"{name} is {left[part].get(name)!r} instead of {right[part].get(name)!r}"
        for part, name in items
        if left[part].get(name) != right[part].get(name)
    )
