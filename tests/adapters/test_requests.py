"""The same request gets the same response from all six adapters."""

import contextlib
import hashlib
import socket
import time

import pytest

from deploy.adapters.options import LINGER

from . import live
from .conftest import HTTP, WITH_SOCKET


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        pytest.param("/", "/", "", id="root"),
        pytest.param("/a//b/", "/a//b/", "", id="two slashes"),
        pytest.param("/a%2Fb", "/a/b", "", id="encoded slash"),
        pytest.param("/100%25", "/100%", "", id="percent"),
        pytest.param("/a+b%20c", "/a+b c", "", id="plus and space"),
        pytest.param("/caf%C3%A9", "/café".encode().decode("latin-1"), "", id="utf-8"),
        pytest.param("/%FF", "/\xff", "", id="not utf-8"),
        pytest.param("/x?a=%2F&b=caf%C3%A9&c=1+2&&d", "/x", "a=%2F&b=caf%C3%A9&c=1+2&&d", id="raw query"),
        pytest.param("/x?a?b", "/x", "a?b", id="question mark in the query"),
    ],
)
def test_path_and_query_arrive_unchanged(any_adapter, target, path, query):
    found = any_adapter.request("GET", target).json
    assert (found["SCRIPT_NAME"], found["PATH_INFO"], found["QUERY_STRING"]) == ("", path, query)


def test_environ_is_as_pep_3333_wants_it(any_adapter):
    found = any_adapter.request("GET", "/").json
    assert found["REQUEST_METHOD"] == "GET"
    assert found["SERVER_NAME"] and found["SERVER_PORT"]
    assert found["SERVER_PROTOCOL"] == "HTTP/1.1"
    assert found["wsgi.url_scheme"] == "http"
    assert found["REMOTE_ADDR"] == "127.0.0.1"


def test_flags_tell_the_truth(any_adapter):
    found = any_adapter.request("GET", "/").json
    true = (False, True, True) if any_adapter.adapter == "cgi" else (True, False, False)
    assert (found["wsgi.multithread"], found["wsgi.multiprocess"], found["wsgi.run_once"]) == true


def test_release_is_named(any_adapter):
    """To who knows the token, which the application does not see; one that is not even ASCII is only wrong."""
    for token in ("t2", "t", "t1t1", "", "\xfc"):
        assert any_adapter.request("GET", "/", [("X-Release-Token", token)]).all("X-Release") == []
    answer = any_adapter.request("GET", "/", [("X-Release-Token", "t1")])
    assert answer.all("X-Release") == ["r1"]
    assert "HTTP_X_RELEASE_TOKEN" not in answer.json
    assert any_adapter.request("GET", "/").all("X-Release") == []


def test_forged_headers_change_nothing(any_adapter):
    forged = [("X-Forwarded-For", "6.6.6.6"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "evil.example"),
              ("X-Forwarded-Prefix", "/evil"), ("Forwarded", "for=6.6.6.6"), ("Proxy", "http://evil.example"),
              ("Script-Name", "/evil"), ("Authorization", "Basic eDp5")]  # fmt: skip
    found = any_adapter.request("GET", "/", forged).json
    assert found["REMOTE_ADDR"] == "127.0.0.1"
    assert found["HTTP_HOST"] == "localhost"
    assert found["wsgi.url_scheme"] == "http"
    assert found["SCRIPT_NAME"] == ""
    names = {name for name in found if "FORWARDED" in name or name in ("HTTP_PROXY", "HTTP_SCRIPT_NAME")}
    assert names == set()
    assert found["HTTP_AUTHORIZATION"] == "Basic eDp5"


def test_headers_with_underscores_are_dropped(http_adapter):
    found = http_adapter.request("GET", "/", [("X_Forwarded_For", "6.6.6.6"), ("X-Own", "2"), ("X_Own", "1")]).json
    assert found["HTTP_X_OWN"] == "2"
    assert found["REMOTE_ADDR"] == "127.0.0.1"


def test_equal_request_headers_are_joined(http_adapter):
    found = http_adapter.request("GET", "/", [("X-Own", "1"), ("X-Own", "2"), ("Content-Type", "a/b")]).json
    assert found["HTTP_X_OWN"].replace(", ", ",") == "1,2"
    assert found["CONTENT_TYPE"] == "a/b"
    assert "HTTP_CONTENT_TYPE" not in found


def test_two_cookies_come_back_as_two(any_adapter):
    assert any_adapter.request("GET", "/cookies").all("Set-Cookie") == ["a=1", "b=2"]


@pytest.mark.parametrize("size", [0, 1, 65536, 3_000_001])
def test_bodies_arrive_whole(any_adapter, size):
    body = (b"0123456789abcdef\n" * (size // 17 + 1))[:size]
    sha256 = hashlib.sha256(body).hexdigest()
    found = any_adapter.request("POST", "/", [("Content-Length", str(size))], body).json
    assert (found["body"], found["sha256"]) == (size, sha256)
    assert any_adapter.request("PUT", "/upload", (), body).body.decode() == f"{size} {sha256}"


@pytest.mark.parametrize("adapter", HTTP)
@pytest.mark.parametrize("sizes", [(), (1,), (5, 70000, 1), (3_000_000,)], ids=str)
def test_chunked_bodies_arrive_whole(module_serve, adapter, sizes):
    pieces = [b"x" * size for size in sizes]
    headers = [("Transfer-Encoding", "chunked")]
    found = module_serve(adapter).request("POST", "/", headers, live.chunked(*pieces)).json
    assert found["body"] == sum(sizes)
    assert found["CONTENT_LENGTH"] == str(sum(sizes))
    assert "HTTP_TRANSFER_ENCODING" not in found


def test_a_dechunked_cgi_body_is_read_to_its_end(module_serve):
    headers = [("Transfer-Encoding", "chunked"), ("Content-Length", "")]
    assert module_serve("cgi").request("POST", "/", headers, b"x" * 70000).json["body"] == 70000


def test_reading_beyond_the_body_is_not_waiting_for_more(any_adapter):
    assert any_adapter.request("POST", "/lines", (), b"one\ntwo\nthree").json == ["one\n", ["two\n", "three"], 0]


def test_a_body_over_the_limit_is_refused(any_adapter):
    limit = 10 * 1024 * 1024
    reply = any_adapter.request("POST", "/upload", (), b"x" * (limit + 1))
    assert reply.status == 413
    assert any_adapter.request("POST", "/upload", (), b"x" * limit).status == 200


@pytest.mark.parametrize("adapter", HTTP)
def test_a_chunked_body_over_the_limit_is_refused(module_serve, adapter):
    body = live.chunked(*[b"x" * 1024 * 1024] * 11)
    assert module_serve(adapter).request("POST", "/upload", [("Transfer-Encoding", "chunked")], body).status == 413


@pytest.mark.parametrize("adapter", HTTP)
def test_expecting_client_is_told_to_continue(module_serve, adapter):
    with contextlib.closing(live.Http(module_serve(adapter).address)) as client:
        client.send("POST", "/upload", [("Content-Length", "5"), ("Expect", "100-continue")])
        assert client.socket.recv(65536).startswith(b"HTTP/1.1 100 ")
        client.socket.sendall(b"12345")
        assert client.receive().body.startswith(b"5 ")


@pytest.mark.parametrize("adapter", HTTP)
def test_expecting_client_is_refused_before_it_sends(module_serve, adapter):
    with contextlib.closing(live.Http(module_serve(adapter).address)) as client:
        client.send("POST", "/upload", [("Content-Length", str(2**30)), ("Expect", "100-continue")])
        assert client.receive().status in (413, 100)


@pytest.mark.parametrize("adapter", [*HTTP, "fastcgi"])
def test_an_unread_body_does_not_become_the_next_request(module_serve, adapter):
    with contextlib.closing(module_serve(adapter).connection()) as client:
        for _ in range(3):
            assert client.request("POST", "/unread", (), b"GET /evil HTTP/1.1\r\n" * 1000).body == b"unread"


@pytest.mark.parametrize("adapter", HTTP)
@pytest.mark.parametrize("head", [b"Content-Length: 250000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n3d090\r\n"])
def test_an_early_answer_does_not_cut_the_upload(module_serve, adapter, head):
    """Apache answers 502 when what it passes on is not taken."""
    with socket.create_connection(module_serve(adapter).address) as client:
        client.sendall(b"POST /unread HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + head + b"x" * 150000)
        time.sleep(LINGER + 0.5)
        for _ in range(2):
            client.sendall(b"x" * 50000)
            time.sleep(0.2)
        client.sendall(b"\r\n0\r\n\r\n" if b"chunked" in head else b"")
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    assert b" 200 OK\r\n" in answer
    assert b"unread" in answer


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_methods_arrive(any_adapter, method):
    assert any_adapter.request(method, "/").json["REQUEST_METHOD"] == method


@pytest.mark.parametrize("target", ["/", "/silent", "/written", "/download?pieces=3", "/fail"])
def test_head_has_no_body_and_the_connection_goes_on(any_adapter, target):
    if any_adapter.adapter == "cgi":
        assert any_adapter.request("HEAD", target).body == b""
        return
    with contextlib.closing(any_adapter.connection()) as client:
        reply = client.request("HEAD", target)
        assert reply.status == (500 if target == "/fail" else 200)
        assert reply.body == b""
        assert "0" not in reply.all("Content-Length")
        if "close" not in reply.all("Connection"):
            assert client.request("GET", "/").json["REQUEST_METHOD"] == "GET"


@pytest.mark.parametrize("status", ["204", "304"])
def test_statuses_without_a_body(any_adapter, status):
    reply = any_adapter.request("GET", f"/bodiless?status={status}")
    assert (reply.status, reply.body, reply.all("X-Kept")) == (int(status), b"", ["yes"])
    assert reply.all("Transfer-Encoding") == []
    assert reply.all("Content-Length") in ([], ["0"])


def test_write_callable_and_late_start(any_adapter):
    assert any_adapter.request("GET", "/written").body == b"written returned"
    assert any_adapter.request("GET", "/silent").body == b"late"


def logged(adapter, text):
    return sum(line.strip().endswith(f"RuntimeError: {text}") for line in adapter.errors.splitlines())


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/fail", "failed before the response"),
        ("/fail-begun", "failed after start_response"),
        ("/fail-lazily", "failed in the generator"),
    ],
)
def test_a_failure_is_a_500_without_a_traceback_logged_once(any_adapter, path, text):
    before = logged(any_adapter, text)
    reply = any_adapter.request("GET", path)
    assert reply.status == 500
    assert b"Traceback" not in reply.body and text.encode() not in reply.body
    assert reply.all("X-Old") == []
    assert logged(any_adapter, text) == before + 1
    assert any_adapter.request("GET", "/").status == 200


@pytest.mark.parametrize("adapter", ["tornado", "gevent", "gunicorn"])
def test_a_failure_midway_does_not_pass_for_a_whole_response(module_serve, adapter):
    with contextlib.closing(live.Http(module_serve(adapter).address)) as client:
        client.send("GET", "/fail-midway")
        received = b""
        while piece := client.socket.recv(65536):
            received += piece
        assert b"begun" in received
        assert not received.endswith(b"0\r\n\r\n")


def test_a_failure_midway_cuts_a_fastcgi_response(module_serve):
    with contextlib.closing(live.FastCGI(module_serve("fastcgi").address)) as client:
        client.send("GET", "/fail-midway")
        kinds = [kind for kind, _ in client.records()]
        assert client.STDOUT in kinds
        assert client.END not in kinds


def test_a_line_break_in_a_header_does_not_split_the_response(any_adapter):
    reply = any_adapter.request("GET", "/split")
    assert reply.status == 500
    assert reply.all("X-Injected") == []


@pytest.mark.parametrize("adapter", [*WITH_SOCKET, "mod_wsgi"])
def test_a_streamed_response_arrives_as_it_is_made(module_serve, adapter):
    server = module_serve(adapter)
    event = server.folder / f"events/stream-{adapter}"
    with contextlib.closing(server.connection()) as client:
        client.send("GET", f"/stream?name={event.name}")
        received = b""
        while b"first" not in received:
            received += client.socket.recv(65536)
        assert b"second" not in received
        event.touch()
        while b"second" not in received:
            received += client.socket.recv(65536)


@pytest.mark.parametrize("adapter", [*WITH_SOCKET, "mod_wsgi"])
def test_three_requests_are_answered_at_once(module_serve, adapter):
    clients = [module_serve(adapter).connection() for _ in range(3)]
    for client in clients:
        client.send("GET", "/together")
    assert [client.receive().body for client in clients] == [b"met"] * 3
    for client in clients:
        client.close()


@pytest.mark.parametrize("adapter", [*WITH_SOCKET, "mod_wsgi"])
def test_a_client_that_leaves_early_breaks_nothing(module_serve, adapter):
    server = module_serve(adapter)
    event = server.folder / f"events/closed-{adapter}"
    client = server.connection()
    client.send("GET", f"/closing?name={event.name}")
    client.socket.recv(1000)
    client.close()
    live.wait_for(event.exists)
    assert server.request("GET", "/").status == 200
    assert "BrokenPipe" not in server.errors and "ConnectionReset" not in server.errors


@pytest.mark.parametrize("adapter", HTTP)
def test_keep_alive_serves_one_request_after_another(module_serve, adapter):
    with contextlib.closing(module_serve(adapter).connection()) as client:
        for target in ("/", "/cookies", "/written", "/download?pieces=2", "/bodiless?status=304", "/"):
            reply = client.request("GET", target)
            assert reply.all("Connection") != ["close"]


@pytest.mark.parametrize("adapter", HTTP)
@pytest.mark.parametrize("target", ["/", "/download?pieces=2"])
def test_http_1_0_response_has_an_end(module_serve, adapter, target):
    for connection in ([], [("Connection", "keep-alive")]):
        with contextlib.closing(live.Http(module_serve(adapter).address)) as client:
            client.send("GET", target, connection, version="HTTP/1.0")
            reply = client.receive()
            assert reply.status == 200
            assert reply.all("Transfer-Encoding") == []
            assert len(reply.body) in (131072, int((reply.all("Content-Length") or [len(reply.body)])[0]))
            assert reply.all("Content-Length") or client.ended()


HOSTS = [
    pytest.param([("Host", "evil.example/x")], id="with a slash"),
    pytest.param([("Host", "127.0.0.1:80@evil.example")], id="with a user"),
    pytest.param([("Host", "a b")], id="with a space"),
    pytest.param([("Host", "a"), ("Host", "b")], id="two"),
    pytest.param([("Host", "")], id="empty"),
]


@pytest.mark.parametrize("adapter", HTTP)
@pytest.mark.parametrize("hosts", HOSTS)
def test_a_malformed_host_is_a_bad_request(module_serve, adapter, hosts):
    assert module_serve(adapter).request("GET", "/", hosts).status == 400


@pytest.mark.parametrize("adapter", HTTP)
def test_http_1_1_without_a_host_is_a_bad_request(module_serve, adapter):
    with contextlib.closing(live.Http(module_serve(adapter).address)) as client:
        client.method = "GET"
        client.socket.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert client.receive().status == 400


@pytest.mark.parametrize("adapter", HTTP)
@pytest.mark.parametrize(
    "head",
    [
        pytest.param("Content-Length: 5\r\nContent-Length: 6", id="two lengths"),
        pytest.param("Content-Length: 5\r\nTransfer-Encoding: chunked", id="length and chunked"),
        pytest.param("Content-Length: +5", id="signed length"),
        pytest.param("Transfer-Encoding: xchunked", id="unknown coding"),
        pytest.param("Transfer-Encoding : chunked", id="space before the colon"),
        pytest.param("no colon", id="no colon"),
    ],
)
def test_what_servers_read_differently_is_refused(module_serve, adapter, head):
    with contextlib.closing(live.Http(module_serve(adapter).address)) as client:
        client.method = "POST"
        client.socket.sendall(f"POST / HTTP/1.1\r\nHost: a\r\n{head}\r\n\r\n0\r\n\r\n".encode())
        reply = client.receive()
        assert reply.status in (400, 501) or reply.all("Connection") == ["close"]


@pytest.mark.parametrize("adapter", HTTP)
def test_too_long_a_header_is_refused(module_serve, adapter):
    one = [("X-Long", "x" * 20000)]
    many = [(f"X-{number}", "x" * 1000) for number in range(20)]
    server = module_serve(adapter)
    assert server.request("GET", "/", one).status in (400, 431)
    assert server.request("GET", "/", many).status in (400, 431)
    assert server.request("GET", "/", many[:10]).status == 200


@pytest.mark.parametrize("adapter", HTTP)
def test_a_target_in_absolute_form(module_serve, adapter):
    found = module_serve(adapter).request("GET", "http://localhost/a/b?c").json
    assert (found["PATH_INFO"], found["QUERY_STRING"]) == ("/a/b", "c")


def test_fastcgi_parameters_that_span_records(module_serve):
    long = [(f"X-{number}", "x" * 15000) for number in range(6)]
    found = module_serve("fastcgi").request("GET", "/", long).json
    assert [len(found[f"HTTP_X_{number}"]) for number in range(6)] == [15000] * 6


def test_malformed_fastcgi_records_end_their_connection_only(module_serve):
    server = module_serve("fastcgi")
    for content in (b"", b"\x00\x01"):
        with contextlib.closing(live.FastCGI(server.address)) as client:
            client.record(client.BEGIN, content)
            assert client.ended()
    assert server.request("GET", "/").status == 200


def test_what_a_cgi_application_prints_is_not_in_its_response(module_serve):
    server = module_serve("cgi")
    assert server.request("GET", "/noisy").body == b"quiet"
    assert "printed by the application" in server.errors
