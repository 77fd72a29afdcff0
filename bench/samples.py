"""The samples of each server's documentation, as written there but for the application's name and the address."""

from __future__ import annotations

from typing import NamedTuple

from deploy.machine.files import File
from deploy.site.release import Release

GUNICORN = "gunicorn -w {processes} --threads {threads} -b {listen} {module}:app"
EXPRESS = ("mod_wsgi-express start-server yourapplication.wsgi --processes {processes} --threads {threads} "
           "--host 127.0.0.1 --port {port} --server-root {run}/express")  # fmt: skip
ENTRY = "from {module} import app as application\n"
CGI = """\
#!{python}
from wsgiref.handlers import CGIHandler
from {module} import app

CGIHandler().run(app)
"""
FLUP = """\
from flup.server.fcgi import WSGIServer
from {module} import app

if __name__ == '__main__':
    WSGIServer(app, bindAddress='{upstream}').run()
"""
TORNADO = """\
from tornado.wsgi import WSGIContainer
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from {module} import app

http_server = HTTPServer(WSGIContainer(app))
http_server.listen({port})
IOLoop.instance().start()
"""
GEVENT = """\
from gevent.pywsgi import WSGIServer
from {module} import app

http_server = WSGIServer(('', {port}), app)
http_server.serve_forever()
"""


class Sample(NamedTuple):
    """A file below the release, and the command that serves it; none when the front end does."""

    name: str
    text: str
    command: str = ""


SAMPLES = {
    ("fastcgi", "fastcgi"): Sample("sample.py", FLUP, "python sample.py"),
    ("mod_wsgi", "wsgi"): Sample("yourapplication.wsgi", ENTRY),
    ("mod_wsgi", "http"): Sample("yourapplication.wsgi", ENTRY, EXPRESS),
    ("cgi", "cgi"): Sample("yourapplication.cgi", CGI),
    ("tornado", "http"): Sample("sample.py", TORNADO, "python sample.py"),
    ("gevent", "http"): Sample("sample.py", GEVENT, "python sample.py"),
    ("gunicorn", "http"): Sample("sample.py", "", GUNICORN),
}


def render(release: Release) -> tuple[File, list[str]]:
    """The sample's file and argv (empty when the front end serves it), for the same target and settings."""
    sample = SAMPLES[release.target.adapter, release.target.protocol]
    settings = release.settings
    values = {
        "module": settings.application.partition(":")[0], "python": release.python, "port": settings.port,
        "listen": f"{settings.address}:{settings.port}", "upstream": release.upstream,
        "processes": settings.processes, "threads": settings.threads, "run": release.root.run / release.id,
    }  # fmt: skip
    argv = [word.format_map(values) for word in sample.command.split()]
    if argv:
        argv[0] = str(release.venv / "bin" / argv[0])
    return File(sample.name, sample.text.format_map(values), 0o755), argv
