"""Named contents for sandbox databases: something to look at, to try a change with, to measure on."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import click

from ..auth.models import ADMIN, AUTHOR, User
from ..blog.models import Entry
from ..data.database import db, now

BATCH = 500  # entries that are written at once
WORDS = ("harbour", "lantern", "orchard", "meadow", "copper", "violin", "granite", "willow", "compass", "ember", "tide")
# Each file in texts/ is an entry: its title, an empty line, its text.
FILES = sorted((Path(__file__).parent / "texts").glob("*.md"))
TEXTS = [(title, body) for title, _, body in (path.read_text("utf-8").partition("\n\n") for path in FILES)]


class Scenario(NamedTuple):
    """What it is, and what fills empty databases with it."""

    what: str
    fill: Callable[[], None]


def _empty() -> None:
    """Nothing at all."""


def _demo() -> None:
    ada, grace = _people(("ada", ADMIN), ("grace", AUTHOR))
    for age, (title, body) in enumerate(TEXTS):
        _add(grace if age % 3 else ada, title, body, timedelta(hours=7 * age))
    db.session.commit()


def _large() -> None:
    writers = _people(("ada", ADMIN), *((f"author {number}", AUTHOR) for number in range(1, 20)))
    with click.progressbar(range(10_000), label="10,000 entries") as numbers:
        for number in numbers:
            title, body = TEXTS[number % len(TEXTS)]
            words = f"{WORDS[number % len(WORDS)]} {WORDS[number // len(WORDS) % len(WORDS)]}"
            _add(writers[number % len(writers)], f"{title}: {words}", body, timedelta(minutes=47 * number))
            if number % BATCH == BATCH - 1:
                db.session.commit()


def _people(*people: tuple[str, str]) -> list[User]:
    """Users with one password, made for this sandbox and shown once."""
    password = secrets.token_urlsafe(12)
    users = [User(name=name, role=role) for name, role in people]
    users[0].set_password(password)
    for user in users[1:]:
        user.password_hash = users[0].password_hash
    db.session.add_all(users)
    db.session.flush()
    click.echo(f"sign in as {people[0][0]} ({people[0][1]}) or {people[1][0]} ({people[1][1]}), password {password}")
    return users


def _add(author: User, title: str, body: str, age: timedelta) -> None:
    entry = Entry(author=author, created=now() - age)
    entry.write(title, body)
    db.session.add(entry)


SCENARIOS = {
    "empty": Scenario("a schema and nothing in it", _empty),
    "demo": Scenario(f"two users and {len(TEXTS)} entries that show what Markdown can do", _demo),
    "large": Scenario("twenty users and 10,000 entries", _large),
}
