"""What application.py evens out, in process: mount, client, limits, chunked bodies, failures."""

import io
import sys

import pytest

from deploy.adapters.options import Options, Unservable
from deploy.adapters.wsgi.application import find, load, prepare


def environ(path="/", script="", **more):
    return {
        "REQUEST_METHOD": "GET", "SCRIPT_NAME": script, "PATH_INFO": path, "QUERY_STRING": "", "SERVER_NAME": "server",
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "host", "REMOTE_ADDR": "10.0.0.1",
        "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(), "wsgi.errors": io.StringIO(),
    } | more  # fmt: skip


class Seen:
    """An application that keeps the environ it was given."""

    environ = None

    def __call__(self, environ, start_response):
        self.environ = environ
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"body"]


def call(application, environ):
    """Status, headers and body as a server would send them."""
    began = []

    def start_response(status, headers, exc_info=None):
        assert exc_info or not began
        began[:] = [status, headers]
        return written.append

    written = []
    body = application(environ, start_response)
    pieces = list(body)
    getattr(body, "close", lambda: None)()
    return began[0], dict(began[1]), b"".join(written + pieces)


@pytest.mark.parametrize(
    ("mount", "script", "path", "expected"),
    [
        pytest.param("", "", "/x", ("", "/x"), id="root"),
        pytest.param("", "", "", ("", "/"), id="root without a path"),
        pytest.param("", "/x", "", ("", "/x"), id="root, all in SCRIPT_NAME"),
        pytest.param("", "", "//x", ("", "//x"), id="two slashes"),
        pytest.param("/app", "", "/app/x", ("/app", "/x"), id="all in PATH_INFO"),
        pytest.param("/app", "/app", "/x", ("/app", "/x"), id="split by the server"),
        pytest.param("/app", "/app/x", "", ("/app", "/x"), id="all in SCRIPT_NAME"),
        pytest.param("/app", "", "/app/", ("/app", "/"), id="mount itself"),
        pytest.param("/app", "", "/app//x", ("/app", "//x"), id="two slashes below the mount"),
        pytest.param("/a/b", "/a", "/b/c", ("/a/b", "/c"), id="deep mount split elsewhere"),
        pytest.param(None, "/cgi-bin/x.cgi", "/y", ("/cgi-bin/x.cgi", "/y"), id="the server is believed"),
    ],
)
def test_mount(mount, script, path, expected):
    seen = Seen()
    assert call(prepare(seen, Options(mount=mount)), environ(path, script))[0] == "200 OK"
    assert (seen.environ["SCRIPT_NAME"], seen.environ["PATH_INFO"]) == expected


@pytest.mark.parametrize("path", ["/apple", "/apple/x", "/", "/x", "/ap", "//app/x", "/APP/x", "*"])
def test_outside_the_mount(path):
    status, _, body = call(prepare(Seen(), Options(mount="/app")), environ(path))
    assert (status, body) == ("404 Not Found", b"Not Found\n")


@pytest.mark.parametrize(("query", "location"), [("", "/app/"), ("a=%2F&b", "/app/?a=%2F&b")])
def test_the_bare_mount_redirects_with_its_query(query, location):
    status, headers, _ = call(prepare(Seen(), Options(mount="/app")), environ("/app", QUERY_STRING=query))
    assert (status, headers["Location"]) == ("308 Permanent Redirect", location)


CLIENT = {
    "HTTP_X_FORWARDED_FOR": "6.6.6.6, 192.0.2.1",
    "HTTP_X_FORWARDED_PROTO": "https",
    "HTTP_X_FORWARDED_HOST": "example.org:8443",
}


def test_the_front_end_is_believed_one_hop():
    seen = Seen()
    call(prepare(seen, Options(mount="", proxied=True)), environ(REMOTE_PORT="1", **CLIENT))
    found = seen.environ
    assert (found["REMOTE_ADDR"], found["wsgi.url_scheme"], found["HTTP_HOST"]) == (
        "192.0.2.1", "https", "example.org:8443")  # fmt: skip
    assert (found["SERVER_NAME"], found["SERVER_PORT"]) == ("example.org", "8443")
    assert "REMOTE_PORT" not in found
    assert not [name for name in found if "FORWARDED" in name]


def test_nobody_else_is_believed():
    seen = Seen()
    forged = {**CLIENT, "HTTP_FORWARDED": "for=6.6.6.6", "HTTP_PROXY": "x", "HTTP_SCRIPT_NAME": "/x",
              "HTTP_X_FORWARDED_PREFIX": "//evil"}  # fmt: skip
    call(prepare(seen, Options(mount="")), environ(**forged))
    assert seen.environ["REMOTE_ADDR"] == "10.0.0.1"
    assert seen.environ["wsgi.url_scheme"] == "http"
    assert seen.environ["HTTP_HOST"] == "host"
    assert not seen.environ.keys() & forged.keys()


def test_a_scheme_that_is_none_is_not_believed():
    seen = Seen()
    call(prepare(seen, Options(mount="", proxied=True)), environ(HTTP_X_FORWARDED_PROTO="javascript"))
    assert seen.environ["wsgi.url_scheme"] == "http"


@pytest.mark.parametrize(
    ("host", "scheme", "name", "port"),
    [
        ("example.org", "http", "example.org", "80"),
        ("example.org", "https", "example.org", "443"),
        ("example.org:8080", "http", "example.org", "8080"),
        ("[::1]:8080", "http", "[::1]", "8080"),
        ("[::1]", "http", "[::1]", "80"),
    ],
)
def test_server_name_and_port_are_those_of_the_host(host, scheme, name, port):
    seen = Seen()
    forwarded = {"HTTP_X_FORWARDED_HOST": host, "HTTP_X_FORWARDED_PROTO": scheme}
    call(prepare(seen, Options(mount="", proxied=True)), environ(**forwarded))
    assert (seen.environ["SERVER_NAME"], seen.environ["SERVER_PORT"]) == (name, port)


@pytest.mark.parametrize("host", ["a/b", "a@b", "a b", "", "a,b", "a:b", "a:1:2", "[::1", "é", "a:123456", "a\n"])
def test_malformed_hosts(host):
    assert call(prepare(Seen(), Options(mount="")), environ(HTTP_HOST=host))[0] == "400 Bad Request"


def test_only_http_1_0_may_do_without_a_host():
    served = prepare(Seen(), Options(mount=""))
    without = environ()
    del without["HTTP_HOST"]
    assert call(served, without | {"SERVER_PROTOCOL": "HTTP/1.1"})[0] == "400 Bad Request"
    assert call(served, without | {"SERVER_PROTOCOL": "HTTP/1.0"})[0] == "200 OK"


@pytest.mark.parametrize(
    ("length", "status"),
    [
        ("", "200"),
        ("0", "200"),
        ("10", "200"),
        ("11", "413"),
        ("-1", "400"),
        ("+1", "400"),
        ("1e1", "400"),
        ("٣", "400"),
    ],
)
def test_body_limit(length, status):
    served = prepare(Seen(), Options(mount="", body_limit=10))
    assert call(served, environ(CONTENT_LENGTH=length))[0].startswith(status)


@pytest.mark.parametrize(("size", "status"), [(0, "200"), (10, "200"), (11, "413")])
def test_chunked_bodies_get_a_length(size, status):
    seen = Seen()
    served = prepare(seen, Options(mount="", body_limit=10))
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": io.BytesIO(b"x" * size)}
    assert call(served, environ(**chunked))[0].startswith(status)
    if status == "200":
        assert seen.environ["CONTENT_LENGTH"] == str(size)
        with seen.environ["wsgi.input"] as body:
            assert body.read() == b"x" * size
        assert "HTTP_TRANSFER_ENCODING" not in seen.environ


def test_the_release_is_named_in_every_response_to_who_has_the_token():
    served = prepare(Seen(), Options(mount="/app", release="r9", token="t9"))
    known, unknown = {"HTTP_X_RELEASE_TOKEN": "t9"}, {"HTTP_X_RELEASE_TOKEN": ""}
    assert [call(served, environ(path, **known))[1]["X-Release"] for path in ("/app/", "/app", "/")] == ["r9"] * 3
    for given in ({}, unknown):
        assert "X-Release" not in call(served, environ("/app/", **given))[1]
        assert "X-Release" not in call(prepare(Seen(), Options(mount="", release="r9")), environ(**given))[1]


def test_a_failure_is_logged_once_and_says_nothing():
    def fail(environ, start_response):
        start_response("200 OK", [("Content-Length", "5"), ("X-Old", "1")])
        raise RuntimeError("secret")

    given = environ()
    status, headers, body = call(prepare(fail, Options(mount="", release="r9")), given)
    assert (status, body) == ("500 Internal Server Error", b"Internal Server Error\n")
    assert headers.keys() == {"Content-Type", "Content-Length"}
    assert given["wsgi.errors"].getvalue().count("RuntimeError: secret") == 1


def test_a_failure_after_writing_is_the_server_s():
    def fail(environ, start_response):
        start_response("200 OK", [])(b"begun")
        raise RuntimeError("late")

    given = environ()
    with pytest.raises(RuntimeError, match="late"):
        call(prepare(fail, Options(mount="")), given)
    assert given["wsgi.errors"].getvalue() == ""


def test_an_application_may_replace_what_it_has_begun():
    def application(environ, start_response):
        start_response("200 OK", [("X-Old", "1")])
        try:
            raise RuntimeError
        except RuntimeError:
            start_response("503 Service Unavailable", [("X-New", "1")], sys.exc_info())
        return [b"new"]

    status, headers, body = call(prepare(application, Options(mount="")), environ())
    assert (status, headers, body) == ("503 Service Unavailable", {"X-New": "1"}, b"new")


def test_starting_twice_is_a_failure():
    def application(environ, start_response):
        start_response("200 OK", [])
        start_response("200 OK", [])
        return []

    assert call(prepare(application, Options(mount="")), environ())[0] == "500 Internal Server Error"


@pytest.mark.parametrize("bad", ["a\nb", "a\rb"])
def test_line_breaks_do_not_reach_the_server(bad):
    def application(status, name, value):
        def served(environ, start_response):
            start_response(status, [(name, value)])
            return [b""]

        return served

    for made in (application(f"200 {bad}", "X", "1"), application("200 OK", bad, "1"), application("200 OK", "X", bad)):
        assert call(prepare(made, Options(mount="")), environ())[0] == "500 Internal Server Error"


def test_head_runs_the_application_and_drops_the_body():
    closed = []

    class Body:
        def __iter__(self):
            yield b"body"

        def close(self):
            closed.append(True)

    def application(environ, start_response):
        start_response("200 OK", [("Content-Length", "4")])(b"written")
        return Body()

    status, headers, body = call(prepare(application, Options(mount="")), environ(REQUEST_METHOD="HEAD"))
    assert (status, headers["Content-Length"], body, closed) == ("200 OK", "4", b"", [True])


MODULE = """
application = lambda environ, start_response: []
def make(): return application
number = 3
def broken(): raise RuntimeError("no database")
def leave(): raise SystemExit(3)
def configured(config=None): return application
def configured_twice(config=None, debug=False): return application
def wrapped(*arguments): return []
def optional(environ, start_response, debug=False): return []
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "loadable.py").write_text(MODULE)
    (tmp_path / "unloadable.py").write_text("import nowhere_to_be_found")
    (tmp_path / "misspelt.py").write_text("def x(:")
    (tmp_path / "versioned.py").write_text("from importlib.metadata import version\napp = version('versioned')")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    for name in ("loadable", "unloadable", "misspelt", "versioned"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("name", ["loadable:application", "loadable:make()", "loadable:wrapped", "loadable:optional"])
def test_applications_are_found(module, name):
    assert find(name)({}, None) == []


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("loadable", "module:attribute or module:factory()"),
        ("loadable:make(1)", "module:attribute or module:factory()"),
        ("loadable:a.b", "module:attribute or module:factory()"),
        ("os; import x:y", "module:attribute or module:factory()"),
        ("nowhere:app", "there is no module nowhere"),
        ("loadable.deeper:app", "no module loadable.deeper|cannot be loaded: ModuleNotFoundError"),
        ("loadable:missing", "the module loadable has no missing"),
        ("loadable:number", "is a int, not a WSGI callable"),
        ("loadable:broken()", "cannot be loaded: RuntimeError: no database"),
        ("loadable:leave()", "cannot be loaded: SystemExit: 3"),
        ("unloadable:app", "cannot be loaded: ModuleNotFoundError: No module named 'nowhere_to_be_found'"),
        ("unloadable:app", "is named in pyproject.toml: add it there, then run make requirements"),
        ("misspelt:app", "cannot be loaded: SyntaxError"),
        ("loadable:make", "a factory is written loadable:make()"),
        ("loadable:configured", "a factory is written loadable:configured()"),
        ("loadable:configured_twice", "a factory is written loadable:configured_twice()"),
        ("versioned:app", "cannot be loaded: PackageNotFoundError: No package metadata was found for versioned"),
        ("versioned:app", "write the project's own version into its code"),
    ],
)
def test_bad_applications_are_refused_in_a_sentence(module, name, says):
    with pytest.raises(Unservable, match=says.replace("(", r"\(").replace(")", r"\)")) as refusal:
        find(name)
    assert repr(name) in str(refusal.value).splitlines()[0]


def ready(status, body=b"", headers=()):
    def application(environ, start_response):
        assert environ["PATH_INFO"] == "/readyz"
        start_response(status, list(headers))
        return body if callable(body) else [body]

    return application


@pytest.mark.parametrize("status", ["200 OK", "204 No Content", "302 Found", "404 Not Found", "401 Unauthorized"])
def test_ready(monkeypatch, status):
    monkeypatch.setitem(sys.modules, "readiness", type(sys)("readiness"))
    sys.modules["readiness"].app = ready(status)
    assert callable(load(Options(application="readiness:app", mount="/app")))


@pytest.mark.parametrize(
    ("application", "says"),
    [
        (ready("503 Service Unavailable", b"the schema is old"), "answered 503 Service Unavailable: the schema is old"),
        (ready("500 Oops"), "answered 500 Oops"),
        (lambda environ, start_response: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda environ, start_response: [], "answered nothing"),
        (lambda environ, start_response: None, "failed: TypeError"),
    ],
    ids=["503", "500", "fails", "never starts", "returns nothing"],
)
def test_not_ready(monkeypatch, application, says):
    monkeypatch.setitem(sys.modules, "readiness", type(sys)("readiness"))
    sys.modules["readiness"].app = application
    with pytest.raises(Unservable, match="not ready: GET /readyz") as refusal:
        load(Options(application="readiness:app", mount=""))
    assert says in str(refusal.value)


def test_an_endless_answer_is_ready(monkeypatch):
    def endless(environ, start_response):
        start_response("200 OK", [])
        while True:
            yield b"x" * 1000

    monkeypatch.setitem(sys.modules, "readiness", type(sys)("readiness"))
    sys.modules["readiness"].app = endless
    assert callable(load(Options(application="readiness:app", mount="")))
