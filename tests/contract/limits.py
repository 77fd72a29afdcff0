"""What a server cannot do: one table, read by the tests, the matrix and the documentation.

A check that is listed for a target must fail there; when it passes, its line here is obsolete and the test says so.
"""

from __future__ import annotations

from typing import NamedTuple

from .targets import Target

ANY = "*"


class Limit(NamedTuple):
    """One check that one adapter, or front end, or pair of them cannot keep, and why."""

    check: str
    adapter: str
    frontend: str
    short: str
    reason: str

    def concerns(self, check: str, target: Target) -> bool:
        """Whether `check` is expected to fail on `target`."""
        return check == self.check and self.adapter in (ANY, target.adapter) and self.frontend in (ANY, target.frontend)


LIMITS = (
    Limit(
        "test_an_empty_header_arrives", ANY, "lighttpd", "no empty headers",
        "lighttpd drops request headers without a value, whatever stands behind it.",
    ),
    Limit(
        "test_underscores_are_dropped", "fastcgi", "lighttpd", "underscores",
        "lighttpd passes X_Name on, and over FastCGI it looks like X-Name; only its Lua module, another package, could "
        "look for such names. Those that would forge an address, a scheme, a host or a request's name are dropped all "
        "the same (X_Forwarded_For, X_Request_ID, ...).",
    ),
    Limit(
        "test_underscores_are_dropped", "cgi", "lighttpd", "underscores",
        "As for fastcgi: in an environment variable X_Name and X-Name are the same.",
    ),
    Limit(
        "test_a_location_without_a_redirect_is_only_a_header", "mod_wsgi", ANY, "200 with Location",
        "Apache takes a 200 with a Location on this host for CGI's local redirect (RFC 3875 6.2.2) and follows it "
        "itself. HTTP gives Location a meaning with 201 and 3xx only.",
    ),
    Limit(
        "test_who_reads_nothing_takes_nothing_from_others", "cgi", "apache", "waits for who reads nothing",
        "Apache takes of a response what its client reads and no more, so that the program goes on until then; nginx "
        "and lighttpd keep the rest in a file.",
    ),
    Limit(
        "test_a_cut_response_without_a_length_is_seen", "mod_wsgi", ANY, "breaks off unseen",
        "mod_wsgi ends a response that the application breaks off as if it were complete; with a Content-Length the "
        "client sees what is missing.",
    ),
    Limit(
        "test_a_cut_response_without_a_length_is_seen", "cgi", ANY, "breaks off unseen",
        "The end of its output is the only end that a CGI program can give to a response; with a Content-Length the "
        "client sees what is missing.",
    ),
    Limit(
        "test_two_lines_of_codings_are_refused", ANY, "lighttpd", "chunked, said twice",
        "lighttpd takes two lines of Transfer-Encoding: chunked for one, and keeps neither for its configuration to "
        "see. What it passes on has a length of its own.",
    ),
)  # fmt: skip


def find(check: str, target: Target) -> Limit | None:
    """The limit that concerns a check on a target, if there is one."""
    return next((limit for limit in LIMITS if limit.concerns(check, target)), None)
