"""The entry files work where a reader puts them: spawned by lighttpd or Apache, started by hand, in a plain cgi-bin."""

import contextlib
import os
import shutil
import signal
import subprocess

import pytest

from . import live, servers


@pytest.fixture
def site(release, python):
    """A release whose entry files name the interpreter in their first line, and that has no serve.json."""
    for name in ("yourapplication.fcgi", "yourapplication.cgi"):
        path = release / name
        _, _, rest = path.read_text().partition("\n")
        path.write_text(f"#!{python}\n{rest}")
    shutil.rmtree(release / "instance")
    package = release / "yourapplication"
    package.mkdir()
    (package / "__init__.py").write_text("from probe import app\n\n\ndef create_app():\n    return app\n")
    return release


def story(server, script=""):
    """What every way of serving keeps, below the address of the script."""
    found = server.request("POST", f"{script}/a//b%25?x=%2F", [("Authorization", "Basic eDp5")], b"body" * 50000).json
    assert (found["SCRIPT_NAME"], found["QUERY_STRING"], found["body"]) == (script, "x=%2F", 200000)
    assert found["PATH_INFO"].replace("//", "/") == "/a/b%"
    assert server.request("GET", f"{script}/cookies").all("Set-Cookie") == ["a=1", "b=2"]
    assert server.request("GET", f"{script}/fail").status == 500
    assert server.errors.count("RuntimeError: failed before the response") == 1
    assert server.request("HEAD", f"{script}/").body == b""
    assert server.request("GET", f"{script}/bodiless?status=304").status == 304
    return found


LIGHTTPD_FASTCGI = """
fastcgi.server = ("/" => ((
    "bin-path" => "{release}/yourapplication.fcgi",
    "socket" => "{run}/fcgi.sock",
    "check-local" => "disable",
    "fix-root-scriptname" => "enable",
    "max-procs" => 2
)))
"""
LIGHTTPD_CGI = """
cgi.assign = (".cgi" => "")
alias.url = ("/cgi-bin/" => "{release}/")
"""
APACHE_FCGID = """
LoadModule fcgid_module {modules}/mod_fcgid.so
FcgidIPCDir {run}
FcgidProcessTableFile {run}/fcgid_shm
FcgidMaxRequestLen 100000000
FcgidPassHeader Authorization
ScriptAlias / {release}/yourapplication.fcgi/
<Files yourapplication.fcgi>
    SetHandler fcgid-script
    CGIPassAuth On
</Files>
"""
APACHE_CGID = """
LoadModule cgid_module {modules}/mod_cgid.so
ScriptSock {run}/cgid.sock
ScriptAlias /cgi-bin/ {release}/
<Directory {release}>
    CGIPassAuth On
</Directory>
"""


def test_lighttpd_spawns_fastcgi(site):
    with servers.lighttpd(site, '"mod_fastcgi"', LIGHTTPD_FASTCGI) as server:
        found = story(server)
        assert (found["wsgi.multithread"], found["wsgi.multiprocess"]) == (True, True)
    live.wait_for(lambda: not os.path.exists(f"/proc/{found['pid']}"))


def test_mod_fcgid_spawns_fastcgi(site):
    with servers.apache(site, APACHE_FCGID) as server:
        found = story(server)
        assert found["wsgi.run_once"] is False
    live.wait_for(lambda: not os.path.exists(f"/proc/{found['pid']}"))


@pytest.mark.parametrize("absolute", [True, False])
def test_fastcgi_by_hand_with_a_socket_path(site, absolute):
    address = str(site / "hand.sock")
    command = [str(site / "yourapplication.fcgi"), address if absolute else "./hand.sock"]
    with (site / "hand.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=site, stdin=subprocess.DEVNULL, stderr=log)
    try:
        live.wait_for(lambda: process.poll() is not None or live.listens(address))
        with contextlib.closing(live.FastCGI(address)) as connection:
            assert connection.request("GET", "/x").json["PATH_INFO"] == "/x"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(live.PATIENCE)
    assert process.returncode == 0, (site / "hand.log").read_text()
    assert not os.path.exists(address)


def test_fastcgi_by_hand_without_a_socket(site):
    done = subprocess.run([site / "yourapplication.fcgi"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False, timeout=live.PATIENCE)  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("fastcgi: no listening socket was inherited and no address was given")


def test_lighttpd_cgi_bin(site):
    with servers.lighttpd(site, '"mod_alias", "mod_cgi"', LIGHTTPD_CGI) as server:
        found = story(server, "/cgi-bin/yourapplication.cgi")
        assert found["wsgi.run_once"] is True


def test_apache_cgi_bin(site):
    with servers.apache(site, APACHE_CGID) as server:
        found = story(server, "/cgi-bin/yourapplication.cgi")
        assert (found["wsgi.multiprocess"], found["HTTP_AUTHORIZATION"]) == (True, "Basic eDp5")
        with contextlib.closing(live.Http(server.address)) as client:  # mod_cgid takes an unread body for a request
            for _ in range(3):
                reply = client.request("POST", "/cgi-bin/yourapplication.cgi/unread", (), b"x" * 200000)
                assert reply.body == b"unread"


def test_apache_cgi_chunked_body(site):
    with servers.apache(site, APACHE_CGID) as server:
        headers, body = [("Transfer-Encoding", "chunked")], live.chunked(b"x" * 70000, b"y")
        assert server.request("POST", "/cgi-bin/yourapplication.cgi/", headers, body).json["body"] == 70001


@pytest.mark.parametrize("front_end", ["lighttpd", "apache"])
def test_cgi_streams(site, front_end):
    if front_end == "lighttpd":
        running = servers.lighttpd(site, '"mod_alias", "mod_cgi"', LIGHTTPD_CGI + "server.stream-response-body = 1\n")
    else:
        running = servers.apache(site, APACHE_CGID)
    with running as server, contextlib.closing(live.Http(server.address)) as client:
        client.send("GET", "/cgi-bin/yourapplication.cgi/stream?name=cgi")
        received = b""
        while b"first" not in received:
            received += client.socket.recv(65536)
        (site / "events/cgi").touch()
        while b"second" not in received:
            received += client.socket.recv(65536)


def test_cgi_that_cannot_load_answers_500_and_tells_the_log(site):
    (site / "yourapplication/__init__.py").write_text("import nowhere\n")
    with servers.lighttpd(site, '"mod_alias", "mod_cgi"', LIGHTTPD_CGI) as server:
        reply = server.request("POST", "/cgi-bin/yourapplication.cgi/", (), b"x" * 200000)
        assert (reply.status, reply.body) == (500, b"Internal Server Error\n")
        live.wait_for(lambda: "application 'yourapplication:create_app()' cannot be loaded" in server.errors)


def test_apache_embedded_mod_wsgi(site, python):
    found = subprocess.run([os.path.join(os.path.dirname(python), "mod_wsgi-express"), "module-config"],
                           capture_output=True, text=True, check=True)  # fmt: skip
    module = found.stdout.replace("{", "{{").replace("}", "}}")
    daemon = """
WSGISocketPrefix {run}/wsgi
WSGIDaemonProcess probe processes=2 threads=3 home={release}
WSGIScriptAlias / {release}/yourapplication.wsgi process-group=probe application-group=%{{GLOBAL}}
WSGIPassAuthorization On
WSGIChunkedRequest On
"""
    with servers.apache(site, module + daemon) as server:
        found = story(server)
        assert (found["wsgi.multithread"], found["wsgi.multiprocess"]) == (True, True)
        body = live.chunked(b"x" * 70000, b"y")
        assert server.request("POST", "/", [("Transfer-Encoding", "chunked")], body).json["body"] == 70001


@pytest.mark.parametrize("name", ["yourapplication.wsgi", "yourapplication.fcgi", "yourapplication.cgi"])
def test_entry_files_are_short(name):
    text = (live.PROJECT / name).read_text()
    code = [line for line in text.splitlines() if line.strip() and not line.startswith(("#", '"""'))]
    assert 3 <= len(code) <= 6
    assert os.access(live.PROJECT / name, os.X_OK) is (name != "yourapplication.wsgi")
