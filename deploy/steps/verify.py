"""verify: a client's request, through the front end, is answered by the new release."""

from __future__ import annotations

import http.client
import time

from ..context import Context
from ..errors import Failed

SECONDS = 15  # how long the new release may take to be what clients reach
PAUSE = 0.05
IN_A_ROW = 3


def do(ctx: Context) -> str:
    """Raises Failed when no answer, a server error, or an answer of another release is what clients get."""
    shares_socket = ctx.release.target.standalone and ctx.previous is not None
    return expect(ctx, 1 if shares_socket else IN_A_ROW)


def expect(ctx: Context, in_a_row: int) -> str:
    """Ask until `in_a_row` answers come from the new release; raises Failed with the last one that did not."""
    deadline = time.monotonic() + SECONDS
    good = 0
    while good < in_a_row:
        wrong = _ask(ctx)
        good = 0 if wrong else good + 1
        if wrong and time.monotonic() > deadline:
            raise Failed(f"GET {_path(ctx)} {wrong}\n{ctx.supervisor.said()}")
        if wrong:
            time.sleep(PAUSE)
    return f"GET {_path(ctx)} is answered by {ctx.release.id}"


def _ask(ctx: Context) -> str | None:
    """What is wrong with the answer to one request; None when it is the new release's."""
    address = ctx.release.authority
    connection = http.client.HTTPConnection(*ctx.release.reached, timeout=SECONDS)
    try:
        connection.request("GET", _path(ctx), headers={"Host": address, "Connection": "close"})
        response = connection.getresponse()
        response.read()
    except (OSError, http.client.HTTPException) as error:
        return f"at {address} failed: {error}"
    finally:
        connection.close()
    answered_by = response.getheader("X-Release")
    wrong = f"at {address} was answered {response.status} {response.reason} by {answered_by or 'no release'}"
    if answered_by != ctx.release.id:
        return wrong
    if response.status >= 500:
        raise Failed(f"GET {_path(ctx)} {wrong}\n{ctx.supervisor.said()}")
    return None


def _path(ctx: Context) -> str:
    return ctx.release.settings.prefix + ctx.release.settings.ready_path
