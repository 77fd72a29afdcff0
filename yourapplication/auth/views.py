"""Signing in and out, and who is signed in."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import ParamSpec

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from .. import hooks
from ..data.database import db
from ..data.schema import RETRY
from . import sessions
from .attempts import Unavailable, check
from .forms import SignInForm
from .models import User

blueprint = Blueprint("auth", __name__)
View = ParamSpec("View")

# A path on this host: browsers read // and /\ as the beginning of another host's name, and drop control characters.
LOCAL_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


@blueprint.app_context_processor
def _for_templates() -> dict[str, object]:
    return {"current_user": current_user}


def current_user() -> User | None:
    """The user who is signed in. The database is asked once a request, and only when somebody wants to know."""
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


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """The form, and what comes of it."""
    form = SignInForm()
    status, headers = 400 if form.is_submitted() else 200, {}
    if form.validate_on_submit():
        try:
            user = check(form.name.data or "", form.password.data or "", browser=True)
        except Unavailable as error:
            user, status, headers = None, 503, {"Retry-After": str(RETRY)}
            flash(str(error), "error")
        else:
            if user is not None:
                sessions.begin(user)
                flash(f"Welcome, {user.name}.")
                return redirect(_wanted(request.args.get("next", "")), 303)
            flash("The name or the password is not right.", "error")
    return render_template("auth/sign_in.html", form=form), status, headers


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """Forget who it was; a copy of the cookie is worth nothing from then on."""
    user = current_user()
    sessions.end()
    if user:
        hooks.tell("sign-out", user.name, request.remote_addr or "")
    db.session.commit()
    flash("You are signed out.")
    return redirect(url_for("blog.index"), 303)


def _wanted(path: str) -> str:
    """`path` if it is one of ours, else the front page."""
    ours = LOCAL_PATH.fullmatch(path) and path.startswith(request.script_root + "/")
    return path if ours else url_for("blog.index")
