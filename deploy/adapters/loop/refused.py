"""Answers of a server that serves alone to what no application is asked, or has not answered: as bytes, all alike."""

from __future__ import annotations

import time
from wsgiref.handlers import format_date_time

from ..options import Options


def refused(status: str, options: Options) -> bytes:
    """A whole response, after which the connection is closed; it has the headers that the settings name."""
    text = f"{status.partition(' ')[2]}\n"
    lines = [
        f"HTTP/1.1 {status}", f"Date: {format_date_time(time.time())}", "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(text)}", "Connection: close", *sent(options),
    ]  # fmt: skip
    return "\r\n".join([*lines, "", text]).encode("latin-1")


def sent(options: Options) -> list[str]:
    """The lines of those headers."""
    return [f"{name}: {value}" for name, value in options.headers.items() if value]
