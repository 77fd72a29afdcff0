"""The form that entries are written in."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from ..auth.forms import plain
from .models import BODY_LENGTH, TITLE_LENGTH

HINT = "Markdown: **strong**, *emphasis*, [a link](https://example.org), - a list"


class EntryForm(FlaskForm):
    """A title and a text."""

    title = StringField("Title", [DataRequired("Give it a title."), Length(max=TITLE_LENGTH), plain])
    body = TextAreaField("Text", [DataRequired("Write something."), Length(max=BODY_LENGTH), plain], description=HINT)
