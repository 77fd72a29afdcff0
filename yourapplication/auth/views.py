"""Signing in and out, and who is signed in."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import ParamSpec

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from ..audit.models import record
from ..database import db
from ..schema import RETRY
from . import ldap, throttle
from .forms import SignInForm
from .models import User, authenticate, new_key

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
        known = session.get("user")
        wanted = select(User).where(User.session_key == known, User.active)
        g.user = db.session.scalar(wanted) if isinstance(known, str) else None
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


def check(name: str, password: str, keep: bool = True) -> User | None:
    """The user of that name and password, counting failures. Raises TooManyRequests and ldap.Unavailable.

    `keep` says whether a success is an event: a sign-in is, each request of an API client is not.
    """
    attempt = throttle.begin(ldap.folded(name), request.remote_addr or "")
    user = None
    try:
        user = authenticate(name, password)
    except ldap.Unavailable:
        throttle.end(attempt, right=True, keep=False)  # nobody's fault
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
                session.clear()
                session["user"] = user.session_key
                flash(f"Welcome, {user.name}.")
                return redirect(_wanted(request.args.get("next", "")), 303)
            flash("The name or the password is not right.", "error")
    return render_template("auth/sign_in.html", form=form), status, headers


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """Forget who it was."""
    if user := current_user():
        record("sign-out", user.name, throttle.network(request.remote_addr or ""))
        db.session.commit()
    session.clear()
    flash("You are signed out.")
    return redirect(url_for("blog.index"), 303)


def _wanted(path: str) -> str:
    """`path` if it is one of ours, else the front page."""
    ours = LOCAL_PATH.fullmatch(path) and path.startswith(request.script_root + "/")
    return path if ours else url_for("blog.index")
