"""flask audit: one line an event, whatever people call themselves and their entries."""

from __future__ import annotations

from datetime import timedelta

import pytest

from yourapplication.audit.models import Event
from yourapplication.data.database import db, now
from yourapplication.errors import Refused

from ..conftest import PASSWORD, sign_in, token

FORGED = "x\n2026-11-21T00:00:00Z\tuser disabled\tada\t\tby command\x1b[2J\u202e\x9b1m ö"


@pytest.fixture
def audit(flask):
    """audit(words, ...) runs the command."""
    return lambda *words: flask("audit", *words, env={"APPLICATION_CONFIG": "testing"})


def test_nobody_can_forge_a_line(client, audit):
    sign_in(client)
    assert client.post("/add", data={"csrf_token": token(client.get("/add").text), "title": FORGED.replace("\x1b", ""),
                                     "body": "x"}).status_code == 303  # fmt: skip
    other = client.application.test_client()
    sign_in(other, name=FORGED[:60].replace("\x1b", ""), password=PASSWORD)
    result = audit()
    assert result.returncode == 0
    lines = result.stdout.splitlines()
    assert [line.split("\t")[1] for line in lines] == ["sign-in", "entry added", "sign-in failed"]
    assert r"1 x\n2026-11-21T00:00:00Z\tuser disabled" in lines[1]
    assert lines[1].endswith(r"\u202e\x9b1m ö")


@pytest.mark.parametrize("last", ["0", "-1", "9" * 20, "x"])
def test_a_number_of_events_that_is_none_is_refused(app, audit, last):
    result = audit("--last", last)
    assert result.returncode == 2
    assert f"Invalid value for '--last': {last if last != 'x' else repr(last)} is not" in result.stderr


def test_old_events_are_forgotten_at_a_sign_in(app, client, sql):
    app.config["AUDIT_DAYS"] = 30
    for days in (29, 31):
        with app.app_context():
            db.session.add(Event(action=f"{days} days ago", account="x", time=now() - timedelta(days=days)))
            db.session.commit()
    sign_in(client)
    assert [action for (action,) in sql("SELECT action FROM event ORDER BY id", "audit")] == ["29 days ago", "sign-in"]


@pytest.mark.parametrize("value", [0, -1, "30", True, 10**9])
@pytest.mark.parametrize("name", ["AUDIT_DAYS", "BACKUPS_KEPT"])
def test_a_number_of_days_that_is_none_is_refused(make, instance, name, value):
    instance(**{name: value})
    with pytest.raises(Refused, match=f"{name} is {value!r}: it must be a whole number from 1 to 100000"):
        make("testing")
