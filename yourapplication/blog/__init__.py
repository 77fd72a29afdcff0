"""The entries: everybody reads them, newest first; who is signed in adds one."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from ..auth import current_user, signed_in
from ..database import db
from .models import Entry

blueprint = Blueprint("blog", __name__)


class EntryForm(FlaskForm):
    """A title and a text."""

    title = StringField("Title", [DataRequired("Give it a title."), Length(max=200)])
    body = TextAreaField("Text", [DataRequired("Write something."), Length(max=100_000)])


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """All entries."""
    entries = db.session.scalars(select(Entry).order_by(Entry.created.desc(), Entry.id.desc()))
    return render_template("blog/index.html", entries=entries.all())


@blueprint.route("/add", methods=["GET", "POST"])
@signed_in
def add() -> ResponseReturnValue:
    """The form for a new entry, and what comes of it."""
    form = EntryForm()
    if form.validate_on_submit():
        db.session.add(Entry(title=form.title.data, body=form.body.data, author=current_user()))
        db.session.commit()
        flash("Your entry is published.")
        return redirect(url_for("blog.index"), 303)
    return render_template("blog/add.html", form=form), 400 if form.is_submitted() else 200
