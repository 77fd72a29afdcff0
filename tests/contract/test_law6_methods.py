"""Law 6: every method reaches the application, and what has no body has none, so that a connection stays in order."""

from __future__ import annotations

import json

from . import client
from .client import Closed, Request
from .site import Site

LAW = "6"

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
STATUSES = ("204+No+Content", "304+Not+Modified")


def test_every_method_reaches_the_application(site: Site) -> None:
    empty = (("Content-Length", "0"),)
    site.check(*(Request(method, "/m", empty) for method in METHODS))
    site.check(*(Request(method, "/m", body=b"content") for method in METHODS))


def test_extension_methods_reach_the_application(site: Site) -> None:
    """Those of WebDAV, which every server knows by name."""
    site.check(*(Request(method, "/m") for method in ("PROPFIND", "REPORT", "MKCOL")))


def test_unknown_methods_are_refused_or_arrive(site: Site) -> None:
    for method in ("FOOBAR", "get", "TRACE", "CONNECT"):
        request = Request(method, "/m")
        answer = site.ask(request)
        arrived = (answer.status, answer.body) == (200, site.rule(request))
        assert arrived or answer.status in (400, 405, 501), (method, answer)


def test_head_is_get_without_its_body(site: Site) -> None:
    """Its headers are GET's, and the next response on the connection is not taken for its body."""
    framing = {"transfer-encoding", "connection", "keep-alive", "date", "content-length"}
    unsized, missing = "/_/answer?status=200+OK&length=no", "/_/answer?status=404+Not+Found"
    for target in ("/x", "/_/cookies", missing, unsized, "/_/write"):
        get = site.get(target)
        with site.connect() as connection:
            head = connection.ask(site.below(Request("HEAD", target)))
            following = connection.ask(site.below(Request(target="/after")))
        assert following.body == site.rule(Request(target="/after"))
        assert head.status == get.status
        kept = [{(name, value) for name, value in each.headers if name.lower() not in framing} for each in (head, get)]
        assert kept[0] == kept[1], target
        assert target == "/x" or head.get("Content-Length") in ("", str(len(get.body))), target


def test_no_content_and_not_modified_have_no_body(site: Site) -> None:
    for status in STATUSES:
        target = f"/_/answer?status={status}&empty=1&h-ETag=%22abc%22"
        with site.connect() as connection:
            for method in ("GET", "POST", "HEAD"):
                answer = connection.ask(site.below(Request(method, target, (("Content-Length", "0"),))))
                assert (answer.status, answer.get("ETag")) == (int(status[:3]), '"abc"'), (status, method, answer)
                assert answer.get("Content-Length") in ("", "0"), answer
            assert connection.ask(site.below(Request(target="/after"))).body == site.rule(Request(target="/after"))


def test_options_for_the_server_is_answered(site: Site) -> None:
    """OPTIONS * asks no application; whatever the answer, the server is there for the next request."""
    assert client.ask(site.port, Request("OPTIONS", "*")).status < 500
    site.check(Request(target="/after"))


def test_pipelined_requests_are_answered_in_order(site: Site) -> None:
    """As far as the server keeps the connection; a client has to send again what was not answered."""
    requests = [Request(target=f"/pipelined/{number}") for number in range(4)]
    with site.connect() as connection:
        connection.send(b"".join(site.below(request).wire() for request in requests))
        for place, request in enumerate(requests):
            try:
                answer = connection.receive()
            except Closed:
                assert place > 0
                return
            assert json.loads(answer.body)["environ"]["PATH_INFO"] == request.target
