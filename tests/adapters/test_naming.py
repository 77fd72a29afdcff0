"""Which hosts a release answers for, by its names."""

import socket

import pytest

from deploy.adapters.wsgi.naming import BAD_REQUEST, MISDIRECTED, judge


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]", socket.gethostname()])
def test_localhost_is_this_machine_by_each_of_its_names(host):
    assert judge(["localhost"])(host) is None
    assert judge(["www.example"])(host) is MISDIRECTED


@pytest.mark.parametrize("host", ["evil.example", "203.0.113.9", "[2001:db8::9]:80", "localhost.evil.example", "127.1"])
def test_localhost_is_nothing_else(host, capsys):
    assert judge(["localhost"])(host) is MISDIRECTED
    assert capsys.readouterr().err.count("\n") == 1


def test_names_below_a_wildcard():
    judged = judge(["*.example", "Other.test"])
    assert [judged(host) for host in ("a.example", "a.b.example:80", "a.example.", "other.test")] == [None] * 4
    assert [judged(host) for host in ("example", "aexample", "other.test.a")] == [MISDIRECTED] * 3


@pytest.mark.parametrize(
    "host", [".", "a..b", "a" * 64, "a:65536", "a:b", "", "[::1", "[::::]", ".".join(["a" * 60] * 5), "a/b", "a b", "é"]
)
def test_a_malformed_host_is_a_bad_request_whatever_the_names(host):
    assert judge(["localhost"])(host) is judge([])(host) is BAD_REQUEST


def test_without_names_the_server_chooses():
    assert judge([])("any.example:81") is None


def test_a_refused_name_is_logged_once_while_it_is_remembered(capsys):
    judged = judge(["localhost"])
    assert [judged("evil.example") for _ in range(100)] == [MISDIRECTED] * 100
    assert capsys.readouterr().err.splitlines() == [
        "421: a request for evil.example, which is none of SERVER_NAME=localhost"
    ]
