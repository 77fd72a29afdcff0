"""Signing in and out, and who is signed in."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import ParamSpec

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import ServiceUnavailable

from ..audit.models import record
from ..database import db
from ..schema import RETRY
from . import devices, ldap, recent, sessions, throttle
from .forms import SignInForm
from .models import User, authenticate, find, new_key

blueprint = Blueprint("auth", __name__)
View = ParamSpec("View")

# A path on this host: browsers read // and /\ as the beginning of another host's name, and drop control characters.
LOCAL_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


@blueprint.app_context_processor
def _for_templates() -> dict[str, object]:
    return {"current_user": current_user}


def current_user() -> User | None:
    """Who is signed in, asked of the database once a request and only when somebody wants to know."""
    if "user" not in g:
        g.user = sessions.user()
    user: User | None = g.user
    return user


def signed_in(view: Callable[View, ResponseReturnValue]) -> Callable[View, ResponseReturnValue]:
    """A view for those who are signed in; the others sign in first and come back."""

    @functools.wraps(view)
    def guarded(*args: View.args, **kwargs: View.kwargs) -> ResponseReturnValue:
        if current_user() is None:
            flash("Please sign in first.")
            return redirect(url_for("auth.sign_in", next=request.script_root + request.path), 303)
        return view(*args, **kwargs)

    return guarded


def check(name: str, password: str) -> User | None:
    """The user of that name and password, counting failures. Raises TooManyRequests, ServiceUnavailable and
    ldap.Unavailable."""
    return _check(name, password, devices.known(ldap.folded(name)))


def check_again(name: str, password: str) -> User | None:
    """The same for a program, which sends both with each request: a success is no event, and soon found again."""
    user = find(name)
    if recent.right(user, password):
        throttle.look(ldap.folded(name), request.remote_addr or "")  # what guesses are refused is refused to all
        return user
    user = _check(name, password, keep=False)
    if user:
        recent.remember(user, password)
    return user


def _check(name: str, password: str, device: str = "", keep: bool = True) -> User | None:
    attempt = throttle.begin(ldap.folded(name), request.remote_addr or "", device)
    user = None
    try:
        user = authenticate(name, password)
    except (ldap.Unavailable, ServiceUnavailable):
        throttle.drop(attempt)
        raise
    if user is not None and user.session_key is None:  # made by the release before, which knows no such key
        user.session_key = new_key()
    before = user and user.session_key
    throttle.end(attempt, right=user is not None, keep=keep)
    # Checking takes a while: what has another password by now, or is disabled, has another key.
    return user if user and user.session_key == before else None


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """The form, and what comes of it."""
    form = SignInForm()
    status, headers = 400 if form.is_submitted() else 200, {}
    if form.validate_on_submit():
        try:
            user = check(form.name.data or "", form.password.data or "")
        except ldap.Unavailable as error:
            user, status, headers = None, 503, {"Retry-After": str(RETRY)}
            flash(str(error), "error")
        else:
            if user is not None:
                sessions.begin(user)
                flash(f"Welcome, {user.name}.")
                response = redirect(_wanted(request.args.get("next", "")), 303)
                devices.remember(response, ldap.folded(form.name.data or ""))
                return response
            flash("The name or the password is not right.", "error")
    return render_template("auth/sign_in.html", form=form), status, headers


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """Forget who it was; a copy of the cookie is worth nothing from then on."""
    user = current_user()
    sessions.end()
    if user:
        record("sign-out", user.name, throttle.network(request.remote_addr or ""))
    db.session.commit()
    flash("You are signed out.")
    return redirect(url_for("blog.index"), 303)


def _wanted(path: str) -> str:
    """`path` if it is one of ours, else the front page."""
    ours = LOCAL_PATH.fullmatch(path) and path.startswith(request.script_root + "/")
    return path if ours else url_for("blog.index")
