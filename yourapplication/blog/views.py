"""The pages: reading, searching; writing for those who are signed in."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from .. import hooks
from ..auth import models as people
from ..auth.models import User
from ..auth.views import current_user, signed_in
from ..data.database import db
from . import changes, markdown
from .forms import EntryForm
from .models import LARGEST, OLDEST, QUERY_LENGTH, Entry, page

blueprint = Blueprint("blog", __name__)
NUMBER = f"<int(max={LARGEST}):number>"


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """A page of entries: all of them, or those with the words of ?q=."""
    asked = {name: request.args.get(name, "") for name in ("q", "before", "after")}
    if len(asked["q"]) > QUERY_LENGTH:
        abort(400, f"A search may have {QUERY_LENGTH} characters.")
    try:
        found = page(asked["q"], asked["before"], asked["after"])
    except ValueError as error:
        abort(400, f"{error}.")
    nobody = not (any(asked.values()) or found.entries or hooks.of().authenticators) and people.nobody()
    return render_template("blog/index.html", page=found, q=asked["q"].strip(), oldest=OLDEST,
                           first=not (asked["before"] or asked["after"]), nobody=nobody)  # fmt: skip


@blueprint.get(f"/entries/{NUMBER}")
def show(number: int) -> ResponseReturnValue:
    """One entry, whole."""
    entry = _entry(number)
    return render_template("blog/show.html", entry=entry, text=markdown.render(entry.body))


@blueprint.route("/add", methods=["GET", "POST"])
@signed_in
def add() -> ResponseReturnValue:
    """The form for a new entry, and what comes of it."""
    form = EntryForm()
    if form.validate_on_submit():
        entry = changes.add(_writer(), form.title.data or "", form.body.data or "")
        flash("Your entry is published.")
        return redirect(url_for("blog.show", number=entry.id), 303)
    return render_template("blog/add.html", form=form), 400 if form.is_submitted() else 200


@blueprint.route(f"/entries/{NUMBER}/edit", methods=["GET", "POST"])
@signed_in
def edit(number: int) -> ResponseReturnValue:
    """The form with an entry of one's own, and what comes of it."""
    entry = _own(number)
    form = EntryForm(obj=entry)
    if form.validate_on_submit():
        changes.edit(_writer(), entry, form.title.data or "", form.body.data or "")
        flash("Your changes are published.")
        return redirect(url_for("blog.show", number=entry.id), 303)
    return render_template("blog/edit.html", form=form, entry=entry), 400 if form.is_submitted() else 200


@blueprint.route(f"/entries/{NUMBER}/delete", methods=["GET", "POST"])
@signed_in
def delete(number: int) -> ResponseReturnValue:
    """Ask whether an entry of one's own shall go, and let it."""
    entry, form = _own(number), FlaskForm()
    if form.validate_on_submit():
        title = entry.title
        changes.delete(_writer(), entry)
        flash(f"“{title}” is deleted.")
        return redirect(url_for("blog.index"), 303)
    return render_template("blog/delete.html", form=form, entry=entry), 400 if form.is_submitted() else 200


def _entry(number: int) -> Entry:
    return db.session.get(Entry, number) or abort(404, changes.GONE)


def _own(number: int) -> Entry:
    entry = _entry(number)
    if not entry.editable_by(current_user()):
        abort(403, "Only its author and admins may change this entry.")
    return entry


def _writer() -> User:
    return current_user() or abort(403)
