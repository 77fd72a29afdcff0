"""One JSON line for each request and each error, with the same fields under every server."""

from __future__ import annotations

import json
import logging
import os
import re
import time
import traceback
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import WatchedFileHandler
from typing import TYPE_CHECKING, Any, TextIO, cast

from flask import Flask, has_request_context, request
from flask.logging import wsgi_errors_stream
from werkzeug.wsgi import ClosingIterator

from ..errors import IDENTIFIER, Refused

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

SETTINGS = {"LOG_FILE": ""}  # empty: standard error
HEADER = "X-Request-ID"
WELL_FORMED = re.compile(r"[A-Za-z0-9._@:+/=-]{8,128}")
LONGEST_LINE = 1 << 20  # bytes that are written at once, so that the lines of many processes do not mix


class Lines(WatchedFileHandler):
    """Appends each record to a file in one write; a file that was moved away by a rotation is made anew."""

    def _open(self) -> TextIOWrapper:
        return open(self.baseFilename, "a", LONGEST_LINE, encoding="utf-8")


class AsJSON(logging.Formatter):
    """A record as one line; whatever it holds is escaped, so that nobody can begin a line of their own."""

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self.everywhere = {"adapter": app.config["ADAPTER"], "release": app.config["RELEASE"]}

    def format(self, record: logging.LogRecord) -> str:
        """The record's `fields`, or its message, with the request that it belongs to."""
        line: dict[str, Any] = {"time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")}
        fields = getattr(record, "fields", None)
        if fields is None:
            about = described(request.environ) if has_request_context() else {}
            fields = {"level": record.levelname.lower(), **about, "message": record.getMessage()}
            if record.exc_info:
                fields["traceback"] = "".join(traceback.format_exception(*record.exc_info))
        return json.dumps(line | fields | self.everywhere)


def init_app(app: Flask) -> None:
    """Log to LOG_FILE, or to standard error without one, and record every request. Raises Refused."""
    name = app.config["LOG_FILE"]
    try:
        handler: logging.Handler = Lines(name) if name else logging.StreamHandler(cast(TextIO, wsgi_errors_stream))
    except OSError as error:
        raise Refused(f"LOG_FILE is {name}, which cannot be written: {error.strerror}") from error
    handler.setFormatter(AsJSON(app))
    for former in app.logger.handlers[:]:
        app.logger.removeHandler(former)
        former.close()
    app.logger.addHandler(handler)
    app.logger.setLevel(logging.INFO)
    app.wsgi_app = recorded(app.logger, app.wsgi_app)  # type: ignore[assignment, method-assign]


def recorded(logger: logging.Logger, application: WSGIApplication) -> WSGIApplication:
    """`application` with a line for each request when its response is over, and the request's id in its response."""

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        began = time.perf_counter()
        environ[IDENTIFIER] = identifier = request_id(environ)
        status, route = 500, dict[str, str]()

        def start(line: str, headers: list[tuple[str, str]], *exc_info: Any) -> Callable[[bytes], object]:
            nonlocal status, route
            status, route = int(line[:3]), routed(environ)
            return start_response(line, [*headers, (HEADER, identifier)], *exc_info)

        def finish() -> None:
            took = round(time.perf_counter() - began, 6)
            fields = {"level": "info", **described(environ), **route, "status": status, "duration": took}
            logger.info("request", extra={"fields": fields})

        try:
            return ClosingIterator(application(environ, start), finish)
        except BaseException:
            finish()
            raise

    return serve


def request_id(environ: WSGIEnvironment) -> str:
    """The front end's name for the request (adapters drop a client's), else a new one."""
    given = environ.get("HTTP_X_REQUEST_ID", "")
    return given if WELL_FORMED.fullmatch(given) else os.urandom(16).hex()


def routed(environ: WSGIEnvironment) -> dict[str, str]:
    """The pattern of the route that answered, which requests of a kind share; Flask has it until the answer."""
    rule = getattr(environ.get("werkzeug.request"), "url_rule", None)
    return {"route": rule.rule} if rule else {}


def described(environ: WSGIEnvironment) -> dict[str, str]:
    """What a line says of a request; its query, headers and body may hold secrets, so nothing of them."""
    path = (environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")).encode("latin-1").decode("utf-8", "replace")
    return {"request_id": environ.get(IDENTIFIER, ""), "method": environ["REQUEST_METHOD"], "path": path,
            "client": environ.get("REMOTE_ADDR", "")}  # fmt: skip
