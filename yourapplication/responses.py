"""What every response has in common: a session cookie that fits the mount and the scheme, and headers for pages."""

from __future__ import annotations

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin

PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
                               "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",  # the CSRF check reads the referrer of secure requests
    "X-Content-Type-Options": "nosniff",
}  # fmt: skip


class MountedSession(SecureCookieSessionInterface):
    """Flask's session, its cookie bound to where this request found the application (SCRIPT_NAME) and how."""

    def get_cookie_path(self, app: Flask) -> str:
        """The mount, so that two applications on one host keep apart."""
        return app.config["SESSION_COOKIE_PATH"] or request.script_root or "/"

    def get_cookie_secure(self, app: Flask) -> bool:
        """A cookie that came over https never travels without it."""
        return app.config["SESSION_COOKIE_SECURE"] or request.is_secure

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """What was made for somebody is for nobody else; not no-store: an author who goes back finds their text."""
        super().save_session(app, session, response)
        if session and session.accessed:
            response.cache_control.private = response.cache_control.no_cache = True


def init_app(app: Flask) -> None:
    """Give `app` the session and the headers."""
    app.session_interface = MountedSession()
    app.after_request(protect_page)


def protect_page(response: Response) -> Response:
    """Pages only: other files are often sent by a front end, with the same headers as from here."""
    if response.mimetype == "text/html":
        response.headers.update(PAGE_HEADERS)
    return response
