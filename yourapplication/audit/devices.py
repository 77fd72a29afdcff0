"""Device cookies: a browser that an account has signed in with is known again, though nobody is signed in.

What such a browser tries is counted apart from what strangers try (OWASP, Slow Down Online Guessing Attacks with Device
Cookies). It lets nobody in.
"""

from __future__ import annotations

import secrets

from flask import current_app, request
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.wrappers import Response

NAME = "device"
AGE = 365 * 24 * 3600  # seconds that a browser keeps it


def known(account: str) -> str:
    """The name of this browser, if `account` has signed in with it; else empty."""
    try:
        found = _serializer().loads(request.cookies.get(NAME, ""))
    except BadData:
        return ""
    owner, device = found
    return str(device) if owner == account else ""


def remember(response: Response, account: str) -> None:
    """Give this browser a name for `account`, which has just signed in, unless it has one."""
    if known(account):
        return
    interface, settings = current_app.session_interface, current_app.config
    response.set_cookie(
        NAME, _serializer().dumps([account, secrets.token_hex(8)]), AGE, path=interface.get_cookie_path(current_app),
        secure=interface.get_cookie_secure(current_app), httponly=True, samesite=settings["SESSION_COOKIE_SAMESITE"],
    )  # fmt: skip


def _serializer() -> URLSafeSerializer:
    """Signed with the last of the keys, as sessions and open forms are."""
    return URLSafeSerializer(current_app.config["WTF_CSRF_SECRET_KEY"], salt=NAME)
