"""verify: clients' requests, through the front end, are answered by the new release, and none with a server error."""

from __future__ import annotations

import http.client
import time

from ...errors import Failed
from ...site import answers, ask
from ..context import Context

SECONDS = 15  # how long the new release may take to be what clients reach
PAUSE = 0.05
IN_A_ROW = 3


def do(ctx: Context) -> str:
    """Raises Failed when no answer, a server error, or an answer of another release is what clients get."""
    ctx.logged = answers.logged(ctx.root)
    shares_socket = ctx.release.target.standalone and ctx.previous is not None
    return expect(ctx, 1 if shares_socket else IN_A_ROW)


def expect(ctx: Context, in_a_row: int) -> str:
    """Ask for readiness and the first page until the new release has answered `in_a_row` times, and look what others
    got meanwhile; raises Failed with the last answer that was not right."""
    settings = ctx.release.settings
    paths = [settings.prefix + settings.ready_path, f"{settings.prefix}/"]
    deadline = time.monotonic() + SECONDS
    good = 0
    while good < in_a_row:
        wrong = next(filter(None, (_ask(ctx, path) for path in paths)), None)
        good = 0 if wrong else good + 1
        if wrong and time.monotonic() > deadline:
            raise Failed(f"{wrong}\n{ctx.supervisor.said()}")
        if wrong:
            time.sleep(PAUSE)
    worse = answers.errors(ctx.release, ctx.logged)
    if worse:
        raise Failed(f"{worse}\n{ctx.supervisor.said()}")
    return f"GET {' and '.join(paths)} are answered by {ctx.release.id}"


def _ask(ctx: Context, path: str) -> str | None:
    """What is wrong with the answer to one request; None when it is the new release's."""
    where = f"GET {path} at {ctx.release.authority}"
    try:
        reply = ask.get(ctx.release, path, SECONDS)
    except (OSError, http.client.HTTPException) as error:
        return f"{where} failed: {error}"
    wrong = f"{where} was answered {reply.status} {reply.reason} by {reply.release or 'no release'}"
    if reply.release != ctx.release.id:
        return wrong
    if reply.status >= 500:
        raise Failed(f"{wrong}\n{ctx.supervisor.said()}")
    return None
