"""Law 2: the bytes of path and query arrive as the client wrote them, the path decoded once and the query never."""

from __future__ import annotations

from .client import Request
from .site import HEADER_LIMIT, Site

LAW = "2"

PATHS = (
    "/a%20b", "/%25", "/%2525", "/100%25", "/%C3%A9", "/%c3%a9", "/%ff%fe", "/a+b", "/a;b=c", "/a%3Bb", "/a%3Fb=c",
    "/a%23b", "/a:b@c", "/~user", "/%7Euser", "/a&b=c", "/a%26b", "/(a)*!'$,", "/a|b", "/a%5Cb", "/a\\b",
    "/%E2%82%AC/%F0%9F%90%8D", "/a%0Ab", "/a%0D%0AX-Injected:%201", "/a%09b", "/a%22b", "/a%3Cb%3E", "/%7B%7D",
    "/http://b.test/c", "/...", "/a../b", "/..a", "/a/.b",
)  # fmt: skip
FILES = ("/yourapplication.cgi", "/yourapplication.cgi/a", "/yourapplication.wsgi", "/instance/config.json",
         "/config/production.json", "/frontend/site.conf", "/static../config/production.json")  # fmt: skip
QUERIES = (
    "a=1", "a=%2F&b=%zz", "a+b=c+d", "a;b", "%C3%A9=%c3%a9", "%ff", "a=1?b=2", "a=/../b", "a=//", "%", "%%", "&&", "=",
    "a=http://b.test/c", "a=%00", "a=%0d%0aX-Injected:%201", "a='\"<>", "a={}|\\^`[]", "%61=%62", "a=%7E~",
    "-dallow_url_include=on",
)  # fmt: skip
DOTS = {  # as RFC 3986 5.2.4 resolves them
    "/a/./b": "/a/b",
    "/a/../b": "/b",
    "/./a": "/a",
    "/a/.": "/a/",
    "/a/b/..": "/a/",
    "/a/b/../../c": "/c",
    "/a/%2e/b": "/a/b",
    "/a/%2E%2e/b": "/b",
    "/a/..%2Fb": "/b",
    "/..": "/",
    "/../../b": "/b",
}


def test_path_bytes(site: Site) -> None:
    site.check(*(Request(target=path) for path in PATHS))


def test_a_file_of_the_release_is_a_path_like_any_other(site: Site) -> None:
    """No front end takes one for content: the application is asked."""
    site.check(*(Request(target=path) for path in FILES))


def test_encoded_slash_arrives_as_slash(site: Site) -> None:
    site.check(*(Request(target=path) for path in ("/a%2Fb", "/a%2fb/", "/%2F", "/a%252Fb", "/a%2F%2Fb")))


def test_slashes_are_kept(site: Site) -> None:
    site.check(*(Request(target=path) for path in ("//", "/a//b", "/a//", "//a/b", "///", "//site.test/a")))


def test_dot_segments_never_arrive(site: Site) -> None:
    """They are resolved, as clients do that before they ask, or the request is refused."""
    for path, resolved in DOTS.items():
        answer = site.get(path)
        if answer.status not in (400, 404):
            assert (answer.status, answer.body) == (200, site.rule(Request(target=resolved))), path


def test_query_bytes(site: Site) -> None:
    site.check(*(Request(target="/q?" + query) for query in QUERIES))


def test_raw_bytes_in_query(site: Site) -> None:
    """Bytes that RFC 3986 wants encoded arrive as they are, or the request is refused."""
    request = Request(target=b"/q?a=\xc3\xa9\xff")
    answer = site.ask(request)
    assert answer.status == 400 or (answer.status, answer.body) == (200, site.rule(request))


def test_raw_bytes_in_path(site: Site) -> None:
    request = Request(target=b"/\xc3\xa9\xff")
    answer = site.ask(request)
    assert answer.status == 400 or (answer.status, answer.body) == (200, site.rule(request))


def test_an_empty_query_is_none(site: Site) -> None:
    site.check(Request(target="/q?"), Request(target="/?"))


def test_a_long_query_arrives(site: Site) -> None:
    """As long as the header limit allows, with some room for the other lines of the header."""
    site.check(Request(target="/q?" + "a%2F+" * ((HEADER_LIMIT - 1024) // 5)))


def test_a_longer_query_is_refused(site: Site) -> None:
    for size in (HEADER_LIMIT + 1024, 2 * HEADER_LIMIT):
        assert site.get("/q?" + "a" * size).status in (400, 414, 431)


def test_nul_is_refused_or_arrives(site: Site) -> None:
    request = Request(target="/a%00b")
    answer = site.ask(request)
    assert answer.status in (400, 404) or (answer.status, answer.body) == (200, site.rule(request))


def test_absolute_form(site: Site) -> None:
    """The request target that a client sends to a proxy, which every server has to accept (RFC 9112 3.2.2)."""
    path = Request(target="/a%20b?c=d")
    absolute = site.below(path)
    assert isinstance(absolute.target, str)
    with site.connect() as connection:
        answer = connection.ask(absolute._replace(target="http://site.test" + absolute.target))
    assert (answer.status, answer.body) == (200, site.rule(path))
