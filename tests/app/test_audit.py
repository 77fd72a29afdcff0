"""flask audit: one line an event, whatever people call themselves and their entries."""

from __future__ import annotations

import pytest

from .conftest import PASSWORD, sign_in, token

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
