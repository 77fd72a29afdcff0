"""What a server cannot do while releases change: one table, read by the tests and the report."""

from __future__ import annotations

from typing import NamedTuple


class Limit(NamedTuple):
    """Which failures may happen, and why. `change` is how the change's name begins, `failure` what it contains."""

    frontend: str
    change: str
    failure: str
    reason: str


CLOSED = "the kept connection was closed"
AT_RELOAD = (
    "At its reload it closes the connections that are idle, without a word, and a POST on one may cross with that. A "
    "client that must not lose one sends it on a new connection, or with Expect: 100-continue."
)
DAEMONS = (
    "A graceful reload of Apache ends the daemon processes of the mod_wsgi embedded in it at once and removes their "
    "sockets, whoever still needs them: a request that an earlier process of Apache has accepted and not passed on yet "
    "is answered 503, one that takes longer than 3 s, when Apache kills them, 502. By its source neither "
    "WSGISocketRotation nor a second daemon group beside the new one changes that. mod_wsgi-express, alone or behind "
    "nginx or lighttpd, loses nothing."
)
LIMITS = (
    Limit("nginx", "", CLOSED, AT_RELOAD),
    Limit("lighttpd", "", CLOSED, AT_RELOAD),
    Limit("apache", "", CLOSED, AT_RELOAD),
    Limit("apache", "mod_wsgi ", "503 Service Unavailable", DAEMONS),
    Limit("apache", "mod_wsgi mod_wsgi", "held request: answered 502", DAEMONS),
)


def known(frontend: str, change: str, failure: str) -> bool:
    """Whether a failure is one that may happen."""
    return any(
        limit.frontend == frontend and change.startswith(limit.change) and limit.failure in failure for limit in LIMITS
    )
