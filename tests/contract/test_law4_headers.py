"""Law 4: request headers reach the application, and its response headers the client, each as it was."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from .client import Request
from .site import HEADER_LIMIT, Site

LAW = "4"

# What HTTP leaves to each hop or to the server itself (RFC 9110 7.6.1, RFC 9112 6); the rest is the application's.
OWN = ("date", "server", "connection", "keep-alive", "transfer-encoding", "content-length")
ANSWERS = (
    "/", "/x?a=1", "/_/cookies", "/_/write", "/_/download?mib=1",
    "/_/answer?status=200+OK&h-ETag=%22abc%22&h-Last-Modified=Thu,+01+Jan+2026+00:00:00+GMT",
    "/_/answer?status=404+Not+Found", "/_/answer?status=403+Forbidden", "/_/answer?status=500+Internal+Server+Error",
    "/_/answer?status=503+Service+Unavailable&h-Retry-After=7", "/_/answer?status=418+I'm+a+teapot",
    "/_/answer?status=302+Found&h-Location=/elsewhere", "/_/answer?status=301+Moved+Permanently&h-Location=http://a.test/b",
    "/_/answer?status=201+Created&h-Location=/new",
    "/_/answer?status=401+Unauthorized&h-WWW-Authenticate=Basic+realm%3D%22x%22",
    "/_/answer?status=200+OK&h-Cache-Control=no-store&h-Vary=Cookie&h-X-Content-Type-Options=nosniff",
    "/_/answer?status=200+OK&h-X-Latin=%e9&h-Content-Disposition=attachment;+filename%3D%22a+b.txt%22",
    "/_/answer?status=200+OK&h-Content-Encoding=gzip", "/_/answer?status=200+OK&h-Content-Language=de",
    "/_/answer?status=200+OK&length=no", "/_/answer?status=200+OK&h-X-Empty-Not=0",
)  # fmt: skip

NOT_THE_APPLICATIONS = (
    ("Transfer-Encoding", "chunked"), ("Connection", "X-Own"), ("Connection", "close"), ("Keep-Alive", "timeout=99"),
    ("Upgrade", "h2c"), ("Proxy-Authenticate", "Basic"), ("Proxy-Connection", "close"), ("TE", "trailers"),
    ("Trailer", "X-Own"),
    ("X-Accel-Redirect", "/static/style.css"), ("X-Accel-Expires", "99"), ("X-Accel-Limit-Rate", "1"),
    ("X-Accel-Buffering", "yes"), ("X-Accel-Charset", "utf-16"), ("X-Sendfile", "/etc/hostname"),
    ("X-Sendfile2", "/etc/hostname 0-"), ("X-LIGHTTPD-send-file", "/etc/hostname"), ("Status", "404 Not Found"),
)  # fmt: skip
VALUES = (
    ("Set-Cookie", "a=1; Path=/"), ("X-Latin", "J\xfcrgen"), ("X-UTF-8", "J\xc3\xbcrgen"),
    ("X-Tab", "a\tb"), ("X-End", "voil\xc3\xa0"),
    ("Content-Disposition", 'attachment; filename="\xdc \\"a\\".txt"; filename*=UTF-8\'\'%C3%9C.txt'),
)  # fmt: skip


def test_authorization_arrives(site: Site) -> None:
    given = ("Basic dXNlcjpwYXNzd29yZA==", "Bearer abc.def", 'Digest username="a", nonce="b"')
    site.check(*(Request(headers=(("Authorization", each),)) for each in given))


def test_ordinary_headers_arrive(site: Site) -> None:
    headers = (
        ("Accept", "text/html,application/xhtml+xml;q=0.9"), ("Accept-Language", "de-DE"), ("Accept-Encoding", "gzip"),
        ("Cookie", "a=1; b=\"2\"; c=%C3%A9"), ("User-Agent", "test/1.0 (x; y)"), ("Referer", "http://a.test/?b=c"),
        ("Origin", "null"), ("X-Requested-With", "XMLHttpRequest"), ("If-None-Match", '"a", "b"'), ("DNT", "1"),
        ("x-lower-case", "a"), ("X-Spaces", "a  b"), ("X-Colon", "a:b"), ("Content-Type", "text/plain; charset=utf-8"),
    )  # fmt: skip
    site.check(Request(headers=headers))


def test_header_bytes_arrive(site: Site) -> None:
    site.check(Request(headers=(("X-Bytes", "\xc3\xa9 \xe9\xff"),)), Request(headers=(("X-End", "voil\xc3\xa0"),)))


def test_an_empty_header_arrives(site: Site) -> None:
    site.check(Request(headers=(("X-Empty", ""),)))


def test_equal_headers_are_one_list(site: Site) -> None:
    """Each of them, in order; a comma need not be followed by a space (RFC 9110 5.3)."""
    answer = site.ask(Request(headers=(("X-Two", "1"), ("X-Other", "x"), ("X-Two", "2"), ("x-two", "3"))))
    assert json.loads(answer.body)["environ"].get("HTTP_X_TWO", "").replace(", ", ",") == "1,2,3"


def test_underscores_are_dropped(site: Site) -> None:
    headers = (("X_Under", "1"), ("X-Half_Under", "1"), ("PATH_INFO", "/evil"), ("REMOTE_ADDR", "203.0.113.9"))
    site.check(Request(headers=headers))


def test_underscored_twins_change_nothing(site: Site) -> None:
    """Their names in CGI are those of Content-Length and its like, on which the framing of bodies rests."""
    headers = (("Content_Length", "7"), ("Content_Type", "a/b"), ("Transfer_Encoding", "chunked"))
    site.check(*(Request("POST", headers=(("Content-Length", "0"), header)) for header in headers))


def test_many_headers_arrive(site: Site) -> None:
    site.check(Request(headers=tuple((f"X-Many-{number}", "x") for number in range(80))))


def test_a_long_header_arrives(site: Site) -> None:
    """One header, and several that together are as long as the limit allows."""
    long = HEADER_LIMIT - 1024
    four = tuple((f"X-Long-{number}", "a" * (long // 4)) for number in range(4))
    site.check(Request(headers=(("X-Long", "a" * long),)), Request(headers=four))


def test_a_longer_header_is_refused(site: Site) -> None:
    for size in (HEADER_LIMIT + 1024, 2 * HEADER_LIMIT):
        assert site.ask(Request(headers=(("X-Long", "a" * size),))).status in (400, 431)


def test_two_set_cookies_are_two(site: Site) -> None:
    assert site.get("/_/cookies").all("Set-Cookie") == ["a=1; Path=/", "b=2; Path=/; HttpOnly"]


def test_a_location_without_a_redirect_is_only_a_header(site: Site) -> None:
    answer = site.get("/_/answer?status=200+OK&h-Location=/elsewhere")
    assert (answer.status, answer.get("Location"), answer.body) == (200, "/elsewhere", b"body of 200 OK\n")


def test_a_line_break_in_a_response_header_is_refused(site: Site) -> None:
    """The application's mistake must not become somebody's second response."""
    answer = site.get("/_/split")
    assert answer.status == 500
    assert answer.all("X-Injected") == []


def test_a_header_of_latin_1_only_is_sent(site: Site) -> None:
    assert site.get("/_/wide").status == 500


def test_what_is_the_servers_to_say_is_dropped(site: Site) -> None:
    """What belongs to each hop (PEP 3333), and what would order a front end about."""
    wrong = {}
    for name, value in NOT_THE_APPLICATIONS:
        answer = site.get("/_/passed-on?" + urlencode({name: value, "X-Own": "1"}))
        said = (answer.status, answer.body, answer.whole, answer.all("X-Own"))
        if said != (200, b"ok\n", True, ["1"]) or (
            value in answer.all(name) and (name, value) != ("Connection", "close")
        ):
            wrong[name, value] = answer
    assert wrong == {}


def test_header_values_are_sent_as_they_are(site: Site) -> None:
    """But for white space round them, with which some servers refuse them."""
    for name, value in VALUES:
        for spaced in (value, f" {value}", f"{value}\t "):
            answer = site.get("/_/passed-on?" + urlencode({name: spaced}, encoding="latin-1"))
            assert (answer.status, answer.body, answer.all(name)) == (200, b"ok\n", [value]), (name, spaced, answer)


def test_conditions_and_ranges_are_the_applications_business(site: Site) -> None:
    """The echo application answers neither, so nobody in between does."""
    path = "/_/answer?status=200+OK&h-ETag=%22abc%22&h-Last-Modified=Thu,+01+Jan+2026+00:00:00+GMT"
    since = ("If-Modified-Since", "Thu, 01 Jan 2026 00:00:00 GMT")
    for header in (("If-None-Match", '"abc"'), since, ("Range", "bytes=0-1")):
        answer = site.ask(Request(target=path, headers=(header,)))
        assert (answer.status, answer.body) == (200, b"body of 200 OK\n"), header


def test_a_response_is_the_applications(site: Site) -> None:
    """Status, headers and body of each of these answers are equal on all targets, as each equals what was answered."""
    wrong = {}
    for path in ANSWERS:
        answer = site.ask(Request(target=path, headers=(("Accept-Encoding", "gzip, br"),)))
        found = sorted((name.lower(), value) for name, value in answer.headers if name.lower() not in OWN)
        status, headers, body = site.answered(path)
        wanted = sorted([(name.lower(), value) for name, value in headers if name.lower() not in OWN])
        if (answer.status, found, answer.body, answer.whole) != (status, wanted, body, True):
            wrong[path] = (answer.status, found, answer.body[:500], answer.whole), (status, wanted, body[:500])
    assert wrong == {}
