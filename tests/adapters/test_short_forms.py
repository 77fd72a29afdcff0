"""The short forms that Flask's documentation gives keep working with the real application, without deploy/."""

import contextlib
import os
import shutil
import signal
import subprocess

import pytest

from . import live
from .conftest import public_folder


@pytest.fixture(scope="module")
def project(python):
    """The application with its configuration and a new database, and no deploy/ beside it."""
    folder = public_folder()
    for name in ("yourapplication", "config"):
        shutil.copytree(live.PROJECT / name, folder / name)
    (folder / "instance").mkdir()
    subprocess.run([python, "-m", "flask", "--app", "yourapplication", "init-db"], cwd=folder, check=True,
                   capture_output=True, env={"PATH": os.environ["PATH"]})  # fmt: skip
    yield folder
    shutil.rmtree(folder)


@contextlib.contextmanager
def running(project, command, address, **more):
    with (project / "form.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=project, stdout=log, stderr=log, env={"PATH": os.environ["PATH"]}, **more
        )
    try:
        live.wait_for(lambda: process.poll() is not None or live.connects(address))
        assert process.poll() is None, (project / "form.log").read_text()
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def lives(client):
    with contextlib.closing(client):
        assert client.request("GET", "/healthz").json["status"] == "ok"


FLUP = """
from flup.server.fcgi import WSGIServer
from yourapplication import app

if __name__ == '__main__':
    WSGIServer(app{arguments}).run()
"""
TORNADO = """
from tornado.wsgi import WSGIContainer
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from yourapplication import app

http_server = HTTPServer(WSGIContainer(app))
http_server.listen({port})
IOLoop.instance().start()
"""
GEVENT = """
from gevent.pywsgi import WSGIServer
from yourapplication import app

http_server = WSGIServer(('', {port}), app)
http_server.serve_forever()
"""
CGI = """#!{python}
from wsgiref.handlers import CGIHandler
from yourapplication import app

CGIHandler().run(app)
"""


def test_flup_on_an_inherited_socket(project, python):
    address = str(project / "inherited.sock")
    (project / "inherited.fcgi").write_text(FLUP.format(arguments=""))
    with (
        live.listening(address) as held,
        running(project, [python, "inherited.fcgi"], address, stdin=held),
    ):
        lives(live.FastCGI(address))


def test_flup_with_a_bind_address(project, python):
    address = str(project / "fcgi.sock")
    (project / "bound.fcgi").write_text(FLUP.format(arguments=f", bindAddress='{address}'"))
    with running(project, [python, "bound.fcgi"], address):
        lives(live.FastCGI(address))


@pytest.mark.parametrize("form", [pytest.param(TORNADO, id="tornado"), pytest.param(GEVENT, id="gevent")])
def test_http(project, python, form):
    port = live.free_port()
    (project / "form.py").write_text(form.format(port=port))
    with running(project, [python, "form.py"], ("127.0.0.1", port)):
        lives(live.Http(("127.0.0.1", port)))


def test_gunicorn(project, python):
    port = live.free_port()
    options = subprocess.check_output([python, "-m", "gunicorn", "--help"], text=True)
    quiet = ["--no-control-socket"] if "--no-control-socket" in options else []  # earlier versions have none
    with running(project, [python, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", *quiet,
                           "yourapplication:app"], ("127.0.0.1", port)):  # fmt: skip
        lives(live.Http(("127.0.0.1", port)))


def test_cgi(project, python):
    script = project / "yourapplication.cgi"
    script.write_text(CGI.format(python=python))
    reply = live.Cgi(project, python).request("GET", "/healthz")
    assert reply.json["status"] == "ok"


def test_mod_wsgi(project, python):
    port = live.free_port()
    (project / "yourapplication.wsgi").write_text("from yourapplication import app as application\n")
    command = [os.path.join(os.path.dirname(python), "mod_wsgi-express"), "start-server", "yourapplication.wsgi",
               f"--port={port}", f"--server-root={project}/express", "--log-to-terminal"]  # fmt: skip
    if os.geteuid() == 0:
        command += ["--user=www-data", "--group=www-data"]
        for folder, _, files in os.walk(project / "instance"):
            for path in (folder, *(os.path.join(folder, name) for name in files)):
                shutil.chown(path, "www-data")
    with running(project, command, ("127.0.0.1", port)):
        lives(live.Http(("127.0.0.1", port)))
