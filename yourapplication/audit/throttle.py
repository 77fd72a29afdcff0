"""Slow down those who guess passwords. The count is in the audit bind, so all processes and adapters count together.

Nobody can lock others out: what strangers get wrong is counted apart from what is tried with a browser that the account
has signed in with (a device cookie), and from the places that it has signed in from.
"""

from __future__ import annotations

import ipaddress
import time
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute
from werkzeug.exceptions import HTTPException, TooManyRequests

from ..auth.attempts import PATIENCE
from ..auth.turns import busy, waiting
from ..data.database import db, now
from .models import Event, prune, record

WINDOW = timedelta(minutes=15)
KNOWN = timedelta(days=30)  # since an account has signed in from a place: failures elsewhere do not count there
NOTED = timedelta(days=1)  # between events of a success that is not an event by itself, as a request to the API is
PENDING, FAILED, DONE = "sign-in begun", "sign-in failed", "sign-in"
LOCK = 0x666C61736B73  # of PostgreSQL's advisory locks


class Budget(NamedTuple):
    """How many failures within WINDOW are let happen to attempts that are alike in `same`.

    `forgiven`: a success that is alike makes those before it count no more.
    """

    limit: int
    same: tuple[InstrumentedAttribute[str], ...]
    forgiven: bool = False


# Event.detail names the device, and is empty for attempts without one. So each kind is counted apart.
DEVICE = Budget(5, (Event.account, Event.detail), forgiven=True)
PLACE = Budget(5, (Event.account, Event.address, Event.detail), forgiven=True)
ADDRESS = Budget(50, (Event.address, Event.detail))
ACCOUNT = Budget(30, (Event.account, Event.detail))


def begin(account: str, address: str, device: str = "") -> Event:
    """An attempt to sign in, committed before the password is looked at; raises TooManyRequests with Retry-After.

    Failures and attempts under way are never more than a budget together: the next one waits a moment for those to end,
    and is then told to come again (ServiceUnavailable).
    """
    if db.engines["audit"].dialect.name == "postgresql":  # numbers are then in the order of commits, as in SQLite
        db.session.execute(select(func.pg_advisory_xact_lock(LOCK)), bind_arguments={"bind": db.engines["audit"]})
    mine = record(PENDING, account, network(address), device)
    db.session.commit()
    try:
        if not _room(mine):
            with waiting() as until:
                while not _room(mine):
                    if time.monotonic() > until:
                        raise busy()
                    db.session.rollback()  # so as to see what others commit
                    time.sleep(0.05)
    except HTTPException:
        drop(mine)
        raise
    return mine


def _room(mine: Event) -> bool:
    """Whether fewer attempts are under way than may fail; raises TooManyRequests when so many have failed."""
    found = [_look(mine, budget) for budget in _budgets(mine)]
    refused = max(seconds for seconds, _ in found)
    if refused:
        raise _too_many(refused)
    return not any(full for _, full in found)


def look(account: str, address: str) -> None:
    """Raises TooManyRequests where `begin` would, and counts nothing: for a password that was found right before."""
    mine = Event(account=account, address=network(address), detail="")
    refused = max(_look(mine, budget)[0] for budget in _budgets(mine))
    if refused:
        raise _too_many(refused)


def end(attempt: Event, right: bool, keep: bool = True) -> None:
    """Note how an attempt ended; `keep` says whether each success is an event to be remembered, or one a day."""
    db.session.flush()  # in the order of audit.models.record
    if right and not keep and _signed_in(attempt, NOTED):
        db.session.delete(attempt)
    else:
        attempt.action = DONE if right else FAILED
    if right:
        prune()
    db.session.commit()


def drop(attempt: Event) -> None:
    """The attempt does not count: it was nobody's fault."""
    db.session.delete(attempt)
    db.session.commit()


def network(address: str) -> str:
    """What counts as one address: with IPv6 everybody has a /64 of them."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else address


def _budgets(mine: Event) -> tuple[Budget, ...]:
    """Those that an attempt counts in."""
    if mine.detail:
        return (DEVICE,)
    return (PLACE, ADDRESS) if _signed_in(mine, KNOWN) else (PLACE, ADDRESS, ACCOUNT)


def _signed_in(mine: Event, within: timedelta) -> bool:
    """Whether the account has signed in from that address."""
    same = (Event.account == mine.account, Event.address == mine.address, Event.action == DONE)
    return bool(db.session.scalar(select(Event.id).where(*same, Event.time > now() - within).limit(1)))


def _look(mine: Event, budget: Budget) -> tuple[int, bool]:
    """Seconds to wait after too many failures, or 0; whether too many attempts are under way."""
    moment = now()
    alike = [column == getattr(mine, column.key) for column in budget.same]
    before: Select[Event] = select(Event).where(*alike, Event.time > moment - WINDOW)
    if mine.id is not None:
        before = before.where(Event.id < mine.id)
    if budget.forgiven:
        last = select(func.max(Event.id)).where(*alike, Event.action == DONE)
        before = before.where(Event.id > func.coalesce(last.scalar_subquery(), 0))
    wanted = before.where(Event.action.in_((PENDING, FAILED))).order_by(Event.id.desc()).limit(budget.limit * 2)
    events = db.session.scalars(wanted).all()
    stale = moment - timedelta(seconds=PATIENCE)
    failed = [event.time for event in events if event.action == FAILED or event.time < stale]
    wait = failed[budget.limit - 1] + WINDOW - moment if len(failed) >= budget.limit else timedelta()
    return int(wait.total_seconds()), len(events) >= budget.limit


def _too_many(seconds: int) -> TooManyRequests:
    text = "There were too many failed attempts to sign in. Please try again later."
    return TooManyRequests(text, retry_after=max(1, seconds))
