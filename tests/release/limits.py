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
AT_STOP = "mod_wsgi-express is an Apache of its own, and does when it stops what Apache does at a reload. " + AT_RELOAD
DAEMONS = (
    "At each reload Apache ends the daemon processes of the mod_wsgi embedded in it, by SIGTERM and 3 s later by "
    "SIGKILL, whatever graceful-timeout and shutdown-timeout say, and removes their sockets: a request that takes "
    "longer is answered 502, one that a process of Apache has accepted and not passed on yet 503 (4 of 30,000 in 40 "
    "reloads), and all others wait for those 3 s. A group that the new configuration still has is ended with the "
    "others, and with WSGISocketRotation Off there are more 503 (40 of 29,000). PROTOCOL=http, mod_wsgi-express as a "
    "server of its own behind Apache, loses nothing; a page without work is then 2 to 3 times slower."
)
LIMITS = (
    Limit("nginx", "", CLOSED, AT_RELOAD),
    Limit("lighttpd", "", CLOSED, AT_RELOAD),
    Limit("apache", "", CLOSED, AT_RELOAD),
    Limit("none", "mod_wsgi ", CLOSED, AT_STOP),
    Limit("apache", "mod_wsgi ", "503 Service Unavailable", DAEMONS),
    Limit("apache", "mod_wsgi mod_wsgi", "held request: answered 502", DAEMONS),
)


def known(frontend: str, change: str, failure: str) -> bool:
    """Whether a failure is one that may happen."""
    return any(
        limit.frontend == frontend and change.startswith(limit.change) and limit.failure in failure for limit in LIMITS
    )
