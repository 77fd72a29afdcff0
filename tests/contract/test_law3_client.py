"""Law 3: client address, scheme and host are the client's own, and no header that it sends changes them."""

from __future__ import annotations

import json

from .client import Request
from .site import Site

LAW = "3"

FORGED = (
    ("X-Forwarded-For", "203.0.113.9"),
    ("X-Forwarded-Proto", "https"),
    ("X-Forwarded-Protocol", "ssl"),
    ("X-Forwarded-Ssl", "on"),
    ("X-Forwarded-Host", "evil.example"),
    ("X-Forwarded-Port", "443"),
    ("X-Forwarded-Prefix", "//evil.example"),
    ("X-Forwarded-Server", "evil.example"),
    ("Forwarded", "for=203.0.113.9;host=evil.example;proto=https"),
    ("Proxy", "http://evil.example:80/"),
    ("X_Forwarded_For", "203.0.113.9"),
    ("X-Forwarded_For", "203.0.113.9"),
    ("X_Forwarded_Proto", "https"),
    ("SCRIPT_NAME", "/evil"),
    ("Script-Name", "/evil"),
)
ORDINARY = (("X-Real-Ip", "203.0.113.9"), ("X-Scheme", "https"), ("Remote-Addr", "203.0.113.9"), ("Path-Info", "/evil"))
HOSTS = (
    "site.test", "site.test:8080", "127.0.0.1", "[::1]:8080", "sub-domain.site.test", "xn--e1afmkfd.example",
    "localhost", "a." + 49 * "b1." + "site.test", 63 * "a" + ".site.test",
)  # fmt: skip
FOREIGN = (
    "evil.example", "site.test.evil.example", "evilsite.test", "203.0.113.9", "[2001:db8::9]", "sitextest", "test",
    "localhost.evil.example:80",
)  # fmt: skip
MALFORMED = (
    "a b", "evil@site.test", "site.test/x", "127.0.0.1:80@evil.example", "site.test:port", "a,b", "site.test\\x", "<b>",
    "site.test?x", "site.test#x", "[::1", "site.test:80:80", "site\xe9.test", 64 * "a", 64 * "a" + ".site.test", ".",
    "a..b", "site..test", ".site.test",
)  # fmt: skip


def test_the_address_is_the_clients(site: Site) -> None:
    site.check(Request(target="/who"), source="127.0.0.2")


def test_each_forged_header_changes_nothing(site: Site) -> None:
    requests = [Request(target="/who", headers=(header,)) for header in FORGED]
    site.check(*requests, source="127.0.0.2")


def test_forged_headers_together_change_nothing(site: Site) -> None:
    twice = (("X-Forwarded-For", "203.0.113.9, 127.0.0.1"), ("X-Forwarded-For", "203.0.113.8"))
    site.check(Request(target="/who", headers=(*FORGED, *twice)), source="127.0.0.2")


def test_ordinary_headers_are_only_headers(site: Site) -> None:
    site.check(Request(target="/who", headers=ORDINARY), source="127.0.0.2")


def test_the_host_is_the_clients(site: Site) -> None:
    site.check(*(Request(target="/who", host=host) for host in (*HOSTS, f"127.0.0.1:{site.port}")))


def test_a_name_is_the_same_in_capitals_and_with_the_roots_dot(site: Site) -> None:
    assert [site.ask(Request(target="/who", host=host)).status for host in ("SITE.test", "site.test.")] == [200, 200]


def test_a_malformed_host_is_refused(site: Site) -> None:
    answers = {host: site.ask(Request(target="/who", host=host)) for host in MALFORMED}
    assert {host: answer for host, answer in answers.items() if answer.status != 400} == {}


def test_another_sites_host_is_refused(site: Site) -> None:
    """421 (RFC 9110 15.5.20), for whatever path, and without a traceback."""
    before = site.logs().count("Traceback")
    answers = {host: site.ask(Request(target="/who", host=host)) for host in FOREIGN}
    assert {host: answer for host, answer in answers.items() if answer.status not in (400, 421)} == {}
    static = site.ask(Request(target="/static/style.css", host=FOREIGN[0]))
    assert static.status in (400, 421)
    assert site.logs().count("Traceback") == before


def test_two_hosts_or_none_are_refused(site: Site) -> None:
    twice = Request(target="/who", headers=(("Host", "evil.example"),))
    answers = [site.ask(each) for each in (Request(target="/who", host=None), twice)]
    assert [answer.status for answer in answers] == [400, 400], answers


def test_http_1_0_needs_no_host(site: Site) -> None:
    answer = site.ask(Request(target="/who", host=None, version="HTTP/1.0"))
    assert answer.status == 200
    assert json.loads(answer.body)["environ"]["PATH_INFO"] == "/who"


def test_the_environ_is_made_of_strings(site: Site) -> None:
    """PEP 3333: all CGI variables are strings, and the server has a name and a port."""
    truth = json.loads(site.get("/_/truths").body)
    assert truth["unusual"] == []
    assert truth["names"]["SERVER_NAME"]
    assert truth["names"]["SERVER_PORT"].isdigit()
    assert truth["names"]["SERVER_PROTOCOL"].startswith("HTTP/")


def test_the_port_of_the_client_is_known_to_nobody(site: Site) -> None:
    """Behind a front end that speaks HTTP it cannot be."""
    assert "REMOTE_PORT" not in json.loads(site.get("/_/truths").body)["all"]


def test_the_wsgi_flags_tell_the_truth(site: Site) -> None:
    """Of two processes with several threads each, or of a process for every request."""
    once = site.target.adapter == "cgi"
    flags = {"wsgi.multithread": not once, "wsgi.multiprocess": True, "wsgi.run_once": once}
    assert json.loads(site.get("/_/truths").body)["flags"] == flags
