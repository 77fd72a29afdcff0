"""python -m deploy.adapters: what it says and how it exits when there is nothing to serve."""

import json
import os
import re
import subprocess
import sys

import pytest

from . import libraries, live
from .conftest import ALL, ROOMS, WITH_SOCKET


def run(release, python, *arguments, stdin=subprocess.DEVNULL, **environment):
    command = [python, "-m", "deploy.adapters", *arguments]
    return subprocess.run(command, cwd=release, env={"PATH": os.environ["PATH"], **environment}, stdin=stdin,
                          capture_output=True, text=True, timeout=live.PATIENCE, check=False)  # fmt: skip


BROKEN = [
    pytest.param({"application": "nowhere:app"}, "application 'nowhere:app': there is no module nowhere", id="missing"),
    pytest.param({"application": "probe:PIECE"}, "is a bytes, not a WSGI callable", id="not callable"),
    pytest.param({"application": "probe:fail"}, "not ready: GET /readyz answered 500", id="not ready"),
]


@pytest.mark.parametrize("adapter", [*WITH_SOCKET, "mod_wsgi"])
@pytest.mark.parametrize(("options", "says"), BROKEN)
def test_a_broken_release_never_takes_a_request(release, python, adapter, options, says):
    live.configure(release, processes=2, **options)
    port = live.free_port()
    done = run(release, python, adapter, f"--listen=127.0.0.1:{port}")
    assert done.returncode not in (0, 2)
    assert f"{adapter}: " in done.stderr
    assert says in done.stderr
    if not says.startswith("not ready"):  # that of the application belongs to the reason
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("adapter", WITH_SOCKET)
def test_without_a_socket(release, python, adapter):
    done = run(release, python, adapter)
    assert done.returncode == 1
    assert done.stderr == (
        f"{adapter}: no listening socket was inherited and no address was given: add --listen host:port or a path\n"
    )


@pytest.mark.parametrize("adapter", WITH_SOCKET)
def test_a_connected_socket_is_no_listening_socket(release, python, adapter):
    one, other = live.socket.socketpair()
    with one, other:
        done = run(release, python, adapter, stdin=one)
    assert (done.returncode, "no listening socket was inherited" in done.stderr) == (1, True)


@pytest.mark.parametrize("adapter", WITH_SOCKET)
def test_a_missing_library_is_a_sentence(release, adapter):
    library = {"fastcgi": "flup"}.get(adapter, adapter)
    (release / f"{library}.py").write_text(f"raise ModuleNotFoundError('none', name={library!r})")
    done = run(release, sys.executable, adapter, f"--listen=127.0.0.1:{live.free_port()}")
    assert done.returncode == 1
    (requires,) = ROOMS[adapter].requires
    assert done.stderr == f"{adapter}: the library {library} is missing: pip install '{requires}'\n"


def test_mod_wsgi_express_listens_on_tcp_only(release, python):
    address = str(release / "x.sock")
    done = run(release, python, "mod_wsgi", f"--listen={address}")
    assert done.returncode == 1
    assert done.stderr == f"mod_wsgi: mod_wsgi-express listens on host:port only, not on {address!r}\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "Expecting property name"),
        ('{"mounted": "/"}', "unexpected keyword argument 'mounted'"),
        ("[]", "must be a mapping"),
    ],
)
@pytest.mark.parametrize("adapter", ["preflight", "tornado"])
def test_options_that_render_did_not_write(release, python, adapter, text, says):
    (release / "instance/serve.json").write_text(text)
    done = run(release, python, adapter)
    assert done.returncode == 1
    assert f"{release}/instance/serve.json is not a release's options" in done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [[], ["waitress"], ["tornado", "--prot=1"]])
def test_wrong_arguments(release, python, arguments):
    done = run(release, python, *arguments)
    assert done.returncode == 2
    assert "usage: python -m deploy.adapters" in done.stderr


def test_preflight(release, python):
    assert run(release, python, "preflight").returncode == 0
    live.configure(release, application="probe:fail")
    done = run(release, python, "preflight")
    assert done.returncode == 1
    assert done.stderr.startswith("preflight: not ready: GET /readyz answered 500")


def described(done):
    return json.loads(re.search(r"^described: (.*)$", done.stdout, re.M)[1])


def test_describe_lists_flask_commands(release, python):
    assert described(run(release, python, "describe")) is None
    text = ("import flask\napp = flask.Flask(__name__)\n@app.cli.command('hello')\ndef hello(): pass\n"
            "group = flask.cli.AppGroup('db')\napp.cli.add_command(group)\n"
            "@group.command('upgrade')\ndef upgrade(): pass\nplain = flask.Flask('plain')\n")  # fmt: skip
    (release / "flasky.py").write_text(text)
    live.configure(release, application="flasky:app")
    assert described(run(release, python, "describe")) == ["db", "db upgrade", "hello"]
    live.configure(release, application="flasky:plain")
    assert described(run(release, python, "describe")) == []


def test_describe_says_where_an_import_hangs(release, python):
    (release / "hanging.py").write_text("import time\ntime.sleep(60)\n")
    live.configure(release, application="hanging:app")
    done = run(release, python, "describe", "--within", "1")
    assert (done.returncode, done.stdout) == (1, "")
    assert f'File "{release}/hanging.py", line 2 in <module>' in done.stderr


@pytest.mark.parametrize("what", ["describe", "preflight"])
@pytest.mark.parametrize(("application", "code"), [("polling:app", 0), ("polling:nothing", 1)])
def test_it_ends_though_a_thread_of_the_application_does_not(release, python, what, application, code):
    text = ("import threading, time\nfrom probe import app\n"
            "threading.Thread(target=time.sleep, args=[600], name='poll').start()\n"
            "threading.Thread(target=time.sleep, args=[600], name='well', daemon=True).start()\n")  # fmt: skip
    (release / "polling.py").write_text(text)
    live.configure(release, application=application)
    done = run(release, python, what)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (code, "kept: 'poll'")


def test_listing_adapters_imports_no_library(python):
    script = ("import importlib, sys; from deploy.adapters import ADAPTERS;"
              "[importlib.import_module(name) for name in ADAPTERS.values()];"
              "print(sorted({'flup', 'gevent', 'gunicorn', 'tornado', 'flask'} & sys.modules.keys()))")  # fmt: skip
    done = subprocess.run([python, "-c", script], cwd=live.PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


BOTH = ("unix", "tcp")


@pytest.mark.parametrize("adapter", ALL)
def test_every_room_has_the_contract_s_names(adapter):
    room = __import__(f"deploy.adapters.{adapter}", fromlist=["*"])
    assert isinstance(room.protocols, tuple) and set(room.protocols) <= {"http", "fastcgi", "cgi", "wsgi"}
    assert all(libraries.RANGE.fullmatch(each) for each in room.requires), (
        "the lowest tested version, and what is above"
    )
    assert (room.inherits, room.forks, room.stop_signal) in {
        (BOTH, False, "TERM"), (BOTH, True, "TERM"), (("tcp",), True, "WINCH"), ((), False, "TERM")}  # fmt: skip
    assert callable(room.serve)


def test_gevent_patches_before_the_application_is_imported(release, python):
    (release / "patched.py").write_text(
        "from gevent import monkey\n"
        "assert monkey.is_module_patched('socket') and monkey.is_module_patched('threading')\n"
        "import socket, threading, time\n"
        "assert 'gevent' in socket.socket.__module__, socket.socket\n"
        "assert 'gevent' in time.sleep.__module__, time.sleep\n"
        "from probe import app\n"
    )
    live.configure(release, application="patched:app")
    process = live.Process("gevent", release, python, ("127.0.0.1", live.free_port()))
    try:
        assert process.request("GET", "/").status == 200
        assert "Warning" not in process.errors
    finally:
        process.end()


@pytest.mark.parametrize("adapter", [*WITH_SOCKET, "mod_wsgi"])
def test_every_serving_process_says_when_it_is_ready(serve, adapter):
    """`serve` waits for one READY=1 of each process that loads the application; a second one would be too many."""
    assert serve(adapter, processes=2).request("GET", "/").status == 200
