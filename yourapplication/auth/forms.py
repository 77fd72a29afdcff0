"""The form to sign in with, and what every text field refuses."""

from __future__ import annotations

import re

from flask_wtf import FlaskForm
from wtforms import Field, Form, PasswordField, StringField
from wtforms.validators import DataRequired, Length, ValidationError

from . import passwords
from .models import NAME_LENGTH

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")  # none of them is in XML 1.0


def plain(form: Form, field: Field) -> None:
    """Refuse what no keyboard writes and neither PostgreSQL nor a feed can carry."""
    if CONTROL.search(field.data or ""):
        raise ValidationError("It may hold no control characters.")


class SignInForm(FlaskForm):
    """The name and the password."""

    name = StringField("Name", [DataRequired("Enter your name."), Length(max=NAME_LENGTH), plain])
    password = PasswordField("Password", [DataRequired("Enter your password."), Length(max=passwords.LONGEST)])
