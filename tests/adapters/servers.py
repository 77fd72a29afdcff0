"""Plain configurations of real front ends, as a reader would write them, for the entry files."""

import contextlib
import pathlib
import shutil
import subprocess

from . import live

APACHE_MODULES = "/usr/lib/apache2/modules"
APACHE = """\
ServerName localhost
Listen 127.0.0.1:{port}
{user}
PidFile {run}/pid
DefaultRuntimeDir {run}
Mutex file:{run}
ErrorLog {run}/error.log
LogLevel warn
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule alias_module {modules}/mod_alias.so
LoadModule env_module {modules}/mod_env.so
AllowEncodedSlashes On
MergeSlashes Off
<Directory />
    Require all granted
    Options +ExecCGI
</Directory>
{site}
"""
LIGHTTPD = """\
server.port = {port}
server.bind = "127.0.0.1"
server.document-root = "{run}"
server.errorlog = "{run}/error.log"
server.modules = ({modules})
{site}
"""


@contextlib.contextmanager
def apache(release, site):
    """A private Apache around `site`; its workers are www-data when we are root."""
    run = release / "apache"
    run.mkdir()
    port = live.free_port()
    user = ""
    if live.os.geteuid() == 0:
        user = "User www-data\nGroup www-data"
        shutil.chown(run, "www-data", "www-data")  # mod_fcgid makes its sockets as this user
    text = APACHE.format(port=port, run=run, user=user, modules=APACHE_MODULES,
                         site=site.format(release=release, modules=APACHE_MODULES, run=run))  # fmt: skip
    (run / "apache.conf").write_text(text)
    with started(["apache2", "-DFOREGROUND", "-f", str(run / "apache.conf")], run, port) as server:
        yield server


@contextlib.contextmanager
def lighttpd(release, modules, site):
    run = release / "lighttpd"
    run.mkdir()
    port = live.free_port()
    text = LIGHTTPD.format(port=port, run=run, modules=modules, site=site.format(release=release, run=run))
    (run / "lighttpd.conf").write_text(text)
    with started(["lighttpd", "-D", "-f", str(run / "lighttpd.conf")], run, port) as server:
        yield server


class Server:
    adapter = "front end"

    def __init__(self, run, port):
        self.run, self.address = run, ("127.0.0.1", port)

    @property
    def errors(self):
        return "".join((self.run / name).read_text(errors="replace") for name in ("error.log", "out.log"))

    request = live.Process.request
    connection = live.Process.connection


@contextlib.contextmanager
def started(command, run, port):
    binary = shutil.which(command[0], path="/usr/sbin:/usr/bin")
    assert binary, f"{command[0]} is not installed"
    with pathlib.Path(run / "out.log").open("wb") as out:
        process = subprocess.Popen([binary, *command[1:]], stdout=out, stderr=out, stdin=subprocess.DEVNULL)
    server = Server(run, port)
    try:
        live.wait_for(lambda: process.poll() is not None or live.connects(server.address))
        assert process.poll() is None, (run / "out.log").read_text() + server.errors
        yield server
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
