"""Stands guard over sign-ins: refuses them after too many failures, notes how they end, knows browsers again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from flask import after_this_request, session
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.wrappers import Response

from ..auth.attempts import Attempt, Unavailable
from . import devices, throttle
from .models import record


def note(action: str, account: str, address: str = "", detail: str = "") -> None:
    """What has happened is an event; a sign-out's address is told as a sign-in's is."""
    record(action, account, throttle.network(address) if action == "sign-out" else address, detail)


@contextlib.contextmanager
def watch(attempt: Attempt) -> Iterator[None]:
    """Around one attempt. Raises TooManyRequests and ServiceUnavailable."""
    if attempt.known:
        throttle.look(attempt.account, attempt.address)  # what guesses are refused is refused to all
        yield
        return
    event = throttle.begin(attempt.account, attempt.address, devices.known(attempt.account) if attempt.browser else "")
    try:
        yield
    except (Unavailable, ServiceUnavailable):
        throttle.drop(event)
        raise
    throttle.end(event, right=attempt.right, keep=attempt.browser)
    if attempt.browser and attempt.right:
        _know_again(attempt.account)


def _know_again(account: str) -> None:
    @after_this_request
    def remember(response: Response) -> Response:
        if session.get("user"):  # they are signed in
            devices.remember(response, account)
        return response
