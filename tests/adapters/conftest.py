"""What the tests of the adapters share: an interpreter with every adapter's library, releases, serving processes."""

import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import pytest

from . import live

LIBRARIES = "import flask, flup, gevent, gunicorn, mod_wsgi, tornado"
WITH_SOCKET = ("fastcgi", "tornado", "gevent", "gunicorn")
HTTP = ("tornado", "gevent", "gunicorn", "mod_wsgi")
ALL = ("fastcgi", "mod_wsgi", "cgi", "tornado", "gevent", "gunicorn")


def readable(python):
    """Whether another user, such as Apache's, can run it."""
    parents = {*pathlib.Path(python).parents, *pathlib.Path(python).resolve().parents}
    return all(parent.stat().st_mode & 0o001 for parent in parents)


@pytest.fixture(scope="session")
def python():
    """This interpreter if it has the libraries; else that of an environment made once from the project's pins."""
    tried = subprocess.run([sys.executable, "-c", LIBRARIES], capture_output=True, check=False)
    if tried.returncode == 0 and readable(sys.executable):
        return sys.executable
    pins = [
        *sorted((live.PROJECT / "requirements/adapters").glob("*.txt")),
        live.PROJECT / "requirements/production.txt",
    ]
    name = hashlib.sha256(b"".join(path.read_bytes() for path in pins)).hexdigest()[:12]
    folder = pathlib.Path(tempfile.gettempdir(), f"yourapplication-adapters-{os.geteuid()}-{name}")
    with open(f"{folder}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests may run in several processes
        if not (folder / "complete").exists():
            make_environment(folder, pins)
    assert folder.stat().st_uid == os.geteuid(), f"{folder} is somebody else's: remove it"
    return str(folder / "bin/python")


def make_environment(folder, pins):
    shutil.rmtree(folder, ignore_errors=True)
    base = sys.executable if readable(sys.executable) else "/usr/bin/python3"
    subprocess.run([base, "-m", "venv", str(folder)], check=True)
    folder.chmod(0o755)
    arguments = [word for path in pins for word in ("-r", str(path))]
    subprocess.run([str(folder / "bin/python"), "-m", "pip", "install", "-q", *arguments], check=True)
    (folder / "complete").touch()


def public_folder():
    """pytest's own folders are closed to other users, such as Apache's."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="adapters-"))
    folder.chmod(0o755)
    return folder


@pytest.fixture
def release():
    folder = live.make_release(public_folder())
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def serve(release, python):
    """Start an adapter in the release; it is ended with the test."""
    started = []

    def start(adapter, address=None, pass_by="stdin", held=None, **options):
        options = {"processes": 1, "threads": 4} | options
        address = address or ("127.0.0.1", live.free_port())
        if adapter == "mod_wsgi":
            options["run"] = tempfile.mkdtemp(prefix="run-", dir=release)
        live.configure(release, adapter=adapter, **options)
        ready = options["processes"] if adapter in ("gunicorn", "mod_wsgi") else 1
        started.append(live.Process(adapter, release, python, address, pass_by, ready, held))
        return started[-1]

    yield start
    for process in started:
        process.end()


@pytest.fixture(scope="module")
def module_serve(python):
    """One process of each adapter for all the tests of a module that leave it as it was."""
    running = {}
    folders = []

    def start(adapter):
        if adapter not in running:
            folders.append(public_folder())
            (folders[-1] / "run").mkdir()
            options = {"keepalive_timeout": 300, "run": str(folders[-1] / "run")}
            live.make_release(folders[-1], adapter=adapter, **options)
            if adapter == "cgi":
                running[adapter] = live.Cgi(folders[-1], python)
            else:
                running[adapter] = live.Process(adapter, folders[-1], python, ("127.0.0.1", live.free_port()))
        return running[adapter]

    yield start
    for process in running.values():
        process.end()
    for folder in folders:
        shutil.rmtree(folder)


@pytest.fixture(params=ALL)
def any_adapter(request, module_serve):
    return module_serve(request.param)


@pytest.fixture(params=HTTP)
def http_adapter(request, module_serve):
    return module_serve(request.param)
