"""What the tests of the adapters share: an interpreter with every adapter's library, releases, serving processes."""

import importlib
import os
import pathlib
import shutil
import tempfile

import pytest

from deploy.adapters import ADAPTERS

from . import libraries, live

ROOMS = {name: importlib.import_module(module) for name, module in ADAPTERS.items()}
ALL = tuple(ROOMS)
WITH_SOCKET = tuple(name for name, room in ROOMS.items() if "unix" in room.inherits)
HTTP = tuple(name for name, room in ROOMS.items() if "http" in room.protocols)


@pytest.fixture(scope="session", params=["pinned", pytest.param("lowest", marks=pytest.mark.wide)])
def python(request):
    """An interpreter with every adapter's library; LIBRARIES=newest in the environment tries the newest versions."""
    return libraries.python(os.environ.get("LIBRARIES", request.param))


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
