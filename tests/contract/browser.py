"""As much of a browser as a sign-in needs: it follows links, fills in forms and keeps cookies."""

from __future__ import annotations

import re
from html import unescape
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

from . import client
from .client import Request, Response


class Browser:
    """One visitor of a site on this machine, with an address of their own: guesses are counted by address."""

    def __init__(self, port: int, source: str) -> None:
        self.port = port
        self.source = source
        self.address = f"http://127.0.0.1:{port}/"
        self.cookies: dict[str, tuple[str, str]] = {}  # name -> value and path
        self.page = ""

    def get(self, link: str) -> Response:
        """Follow a link from the current page."""
        return self.visit("GET", link)

    def post(self, link: str, **fields: str) -> Response:
        """Send the form of the current page, hidden token included, and follow where it leads."""
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.page)
        sent = fields | ({"csrf_token": unescape(token[1])} if token else {})
        response = self.visit("POST", link, urlencode(sent).encode())
        return self.get(response.get("Location")) if response.status == 303 else response

    def visit(self, method: str, link: str, body: bytes = b"") -> Response:
        """One request, with the cookies that belong to its path."""
        address = urljoin(self.address, link)
        parts = urlsplit(address)
        assert parts.netloc == f"127.0.0.1:{self.port}", f"the link {link!r} leads away"
        matching = (f"{name}={value}" for name, (value, path) in self.cookies.items() if covers(path, parts.path))
        headers = [("Cookie", "; ".join(matching)), ("Referer", self.address)]
        if body:
            headers.append(("Content-Type", "application/x-www-form-urlencoded"))
        target = parts.path + ("?" + parts.query if parts.query else "")
        kept = tuple(header for header in headers if header[1])
        response = client.ask(self.port, Request(method, target, kept, body, host=parts.netloc), self.source)
        self.keep(response)
        self.address, self.page = address, response.body.decode("utf-8")
        return response

    def keep(self, response: Response) -> None:
        """Take over what the response says of cookies."""
        for line in response.all("Set-Cookie"):
            for name, morsel in SimpleCookie(line).items():
                assert not morsel["domain"], "the cookie belongs to this host alone"
                self.cookies.pop(name, None)
                if morsel["max-age"] != "0" and morsel.value:
                    self.cookies[name] = (morsel.value, morsel["path"])


def covers(cookie: str, path: str) -> bool:
    """Whether a cookie's path matches a request's (RFC 6265 5.1.4)."""
    return path == cookie or path.startswith(cookie if cookie.endswith("/") else cookie + "/")
