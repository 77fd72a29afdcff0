"""Slow down whoever guesses passwords: counted in the audit bind, so all processes and adapters count together."""

from __future__ import annotations

import ipaddress
import time
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute
from werkzeug.exceptions import TooManyRequests

from ..audit.models import Event, record
from ..database import AUDIT, db, now

LIMIT = 5  # failures
WINDOW = timedelta(minutes=15)
PENDING, FAILED, DONE = "sign-in begun", "sign-in failed", "sign-in"
PATIENCE = 20  # seconds to wait for other attempts to end; one that has not ended after them has failed
LOCK = 0x666C61736B73  # of PostgreSQL's advisory locks


def begin(account: str, address: str) -> Event:
    """An attempt to sign in, committed before the password is looked at; raises TooManyRequests with Retry-After.

    Failures and attempts under way are never more than LIMIT together: the next one waits for those to end.
    """
    if db.engines[AUDIT].dialect.name == "postgresql":  # numbers are then in the order of commits, as in SQLite
        db.session.execute(select(func.pg_advisory_xact_lock(LOCK)), bind_arguments={"bind": db.engines[AUDIT]})
    mine = record(PENDING, account, network(address))
    db.session.commit()
    deadline = time.monotonic() + PATIENCE
    while True:
        found = [_look(mine, Event.account), _look(mine, Event.address)]
        refused = max(seconds for seconds, _ in found)
        if not refused and not any(busy for _, busy in found):
            return mine
        if refused or time.monotonic() > deadline:
            end(mine, right=True, keep=False)
            raise TooManyRequests("There were too many failed attempts to sign in. Please try again later.",
                                  retry_after=max(1, refused))  # fmt: skip
        db.session.rollback()  # so as to see what others commit
        time.sleep(0.05)


def end(attempt: Event, right: bool, keep: bool = True) -> None:
    """Note how an attempt ended; `keep` says whether a success is an event to be remembered."""
    db.session.flush()  # in the order of audit.models.record
    if right and not keep:
        db.session.delete(attempt)
    else:
        attempt.action = DONE if right else FAILED
    db.session.commit()


def network(address: str) -> str:
    """What counts as one address: with IPv6 everybody has a /64 of them."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else address


def _look(mine: Event, column: InstrumentedAttribute[str]) -> tuple[int, bool]:
    """Seconds to wait after too many failures of this account or address, or 0; whether too many are under way."""
    value, moment = getattr(mine, column.key), now()
    same = select(Event).where(column == value, Event.time > moment - WINDOW, Event.id < mine.id)
    if column.key == "account":  # whoever has signed in since is forgiven
        last = select(func.max(Event.id)).where(Event.account == value, Event.action == DONE)
        same = same.where(Event.id > func.coalesce(last.scalar_subquery(), 0))
    events = db.session.scalars(same.where(Event.action.in_((PENDING, FAILED))).order_by(Event.id.desc())).all()
    stale = moment - timedelta(seconds=PATIENCE)
    failed = [event.time for event in events if event.action == FAILED or event.time < stale]
    wait = failed[LIMIT - 1] + WINDOW - moment if len(failed) >= LIMIT else timedelta()
    return int(wait.total_seconds()), len(events) >= LIMIT
