"""What a request brings: by which parameters it asks, whose it is, with what content."""

from __future__ import annotations

import base64
import json
from typing import Any, NoReturn
from urllib.parse import quote

from flask import request
from pydantic import ValidationError
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    ServiceUnavailable,
    Unauthorized,
    UnprocessableEntity,
    UnsupportedMediaType,
)

from ..auth import passwords
from ..auth.attempts import Unavailable
from ..auth.forms import CONTROL
from ..auth.models import NAME_LENGTH, User
from ..data.schema import RETRY
from . import recent
from .models import EntryIn, Query

CHALLENGE = WWWAuthenticate("basic", token='realm="entries", charset="UTF-8"')  # RFC 7617
FAULTS = 10  # that are told at once
MESSAGES = {"model_type": "It must be an object.", "string_unicode": "It must be a text of whole characters."}


def query() -> Query:
    """The list's parameters. Raises BadRequest, which names those that are wrong."""
    given = {name: values[0] if len(values) == 1 else values for name, values in request.args.lists()}
    try:
        return Query.model_validate(given)
    except ValidationError as error:
        faults = [{"parameter": str(place[0]), "detail": message} for place, message in _faults(error)]
        _refuse(BadRequest(f"The query parameter {faults[0]['parameter']!r} is wrong."), faults)


def writer() -> User:
    """The user who asks. Raises Unauthorized, TooManyRequests and ServiceUnavailable."""
    name, password = _credentials()
    possible = 0 < len(name) <= NAME_LENGTH and 0 < len(password) <= passwords.LONGEST
    try:
        right = recent.check(name, password) if possible and not CONTROL.search(name + password) else None
    except Unavailable as error:
        message = "Passwords cannot be checked now, as the directory does not answer."
        raise ServiceUnavailable(message, retry_after=RETRY) from error
    return right or _unauthorized("The name or the password is not right.")


def _credentials() -> tuple[str, str]:
    """The name and the password, as they were sent."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        _unauthorized("Send a name and a password (HTTP Basic).")
    try:
        name, _, password = base64.b64decode(token.strip(), validate=True).decode().partition(":")
    except ValueError:
        _unauthorized("Authorization is malformed: it must be the base64 of name:password in UTF-8.")
    return name, password


def _unauthorized(why: str) -> NoReturn:
    raise Unauthorized(why, www_authenticate=CHALLENGE)


def entry_in() -> EntryIn:
    """What the author has written. Raises UnsupportedMediaType, BadRequest if it is no JSON, UnprocessableEntity."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("The content must be application/json.")
    try:
        content = json.loads(request.get_data().decode(), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise BadRequest("The content must be JSON (RFC 8259) in UTF-8.") from error
    try:
        return EntryIn.model_validate(content)
    except ValidationError as error:
        faults = [{"pointer": _pointer(place), "detail": message} for place, message in _faults(error)]
        _refuse(UnprocessableEntity("The content is not a valid entry."), faults)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, whose names must differ: readers of JSON disagree on which of two values counts."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"JSON has no {name}")


def _faults(error: ValidationError) -> list[tuple[tuple[int | str, ...], str]]:
    found = error.errors(include_url=False, include_context=False, include_input=False)[:FAULTS]
    return [(each["loc"], MESSAGES.get(each["type"], each["msg"])) for each in found]


def _pointer(place: tuple[int | str, ...]) -> str:
    escaped = (str(each).replace("~", "~0").replace("/", "~1") for each in place)
    return "#" + "".join("/" + quote(each, safe="~", errors="replace") for each in escaped)


def _refuse(error: HTTPException, faults: list[dict[str, str]]) -> NoReturn:
    """Raise `error`; api.problem adds what is in `problem`."""
    error.problem = {"errors": faults}  # type: ignore[attr-defined]
    raise error
