"""People whom the directory knows, as users of this site."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ..auth.models import User, find, folded
from ..data.database import db
from . import directory


def authenticate(name: str, password: str) -> User | None:
    """The user whom the directory knows by that name and password, if they are not disabled here.

    The directory is never asked about a name that has a password here, in whatever case. So a dead directory locks out
    nobody else, and nobody there can become somebody here. Raises attempts.Unavailable.
    """
    own = select(User.name).where(User.password_hash != "")
    local = {folded(each) for each in db.session.scalars(own)}
    db.session.rollback()  # the directory may take its time: hold no connection meanwhile
    person = directory.sign_in(name, password) if folded(name) not in local else None
    return _known(person) if person and person.name not in local else None


def _known(person: directory.Person) -> User | None:
    """The user whom the directory knows, with today's role, unless they are disabled here."""
    user = find(person.name)
    if user is None:
        user = User(name=person.name)
        db.session.add(user)
        try:
            db.session.flush()
        except IntegrityError:  # they sign in twice at once, for the first time
            db.session.rollback()
            user = find(person.name)
    if user is None or not user.active:
        return None
    user.role = person.role
    return user
