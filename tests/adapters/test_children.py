"""Children of the application, and its own handler for SIGTERM, where a deployment is not needed to see them."""

import contextlib
import os
import shutil
import signal
import subprocess
import time

import pytest

from . import live, servers
from .conftest import ALL
from .test_entry_files import APACHE_CGID

APPLICATION = """
import multiprocessing, os, signal, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))

def note(text):
    with open(f"{HERE}/events/notes", "a") as file:
        file.write(f"{text}\\n")

def end(number, frame):
    note("told to end")
    sys.exit(0)

signal.signal(signal.SIGTERM, end)

def app(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        note("begun")
        time.sleep(1)
        note("answered")
    if environ["PATH_INFO"] == "/order":
        note("order")
        child = multiprocessing.get_context("spawn").Process(target=abs, args=(-1,))
        child.start()
        child.join(20)
        note(f"worked {child.exitcode}")
    if environ["PATH_INFO"] == "/handler":
        child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,))
        child.start()
        time.sleep(int(environ["QUERY_STRING"] or 0))
        child.terminate()
        child.join()
        note(f"child {child.exitcode}")
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]

def create_app():
    return app
"""

REQUEST = {"PATH": os.environ["PATH"], "REQUEST_METHOD": "GET", "HTTP_HOST": "x", "PATH_INFO": "/", "SCRIPT_NAME": "",
           "QUERY_STRING": "", "SERVER_NAME": "x", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1"}  # fmt: skip
GOING_ON = """
import os, threading, time

HERE = os.path.dirname(os.path.abspath(__file__))
threading.Thread(target=time.sleep, args=[600]).start()

def work():
    time.sleep(4)
    with open(f"{HERE}/events/notes", "a") as file:
        file.write("worked")

def app(environ, start_response):
    if environ["PATH_INFO"].endswith("/work"):
        threading.Thread(target=work).start()
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]

def create_app():
    return app
"""


@pytest.fixture
def notes(release):
    """The notes of an application that has a handler of its own."""
    (release / "ending.py").write_text(APPLICATION)
    return release / "events/notes"


def begun(notes):
    live.wait_for(lambda: notes.exists() and "begun" in notes.read_text())


@pytest.mark.parametrize("adapter", [name for name in ALL if name != "cgi"])
def test_a_handler_of_the_application_waits_for_its_requests(notes, serve, adapter):
    process = serve(adapter, application="ending:app")
    client = live.FastCGI(process.address, keep=True) if adapter == "fastcgi" else live.Http(process.address)
    with contextlib.closing(client):
        assert client.request("GET", "/handler").body == b"ok"
        notes.unlink()
        client.send("GET", "/slow")
        begun(notes)
        process.signal_stop()
        assert client.receive().body == b"ok"
    process.process.wait(live.PATIENCE)
    assert notes.read_text().splitlines() == ["begun", "answered", "told to end"]
    assert "Traceback" not in process.errors


@pytest.fixture
def site(notes, release, python):
    """Entry files by hand."""
    begin_with(python, release)
    shutil.rmtree(release / "instance")
    (release / "ending.py").rename(release / "yourapplication.py")
    return release


def begin_with(python, release):
    for name in ("yourapplication.fcgi", "yourapplication.cgi"):
        path = release / name
        _, _, rest = path.read_text().partition("\n")
        path.write_text(f"#!{python}\n{rest}")


def test_a_thread_that_a_request_begins_goes_on_when_apache_has_its_answer(release, python):
    """mod_cgid kills the process that it has started three seconds after the answer."""
    begin_with(python, release)
    (release / "going.py").write_text(GOING_ON)
    notes, log = release / "events/notes", release / "events/log"
    log.touch()
    log.chmod(0o666)
    live.configure(release, application="going:app", adapter="cgi", log=str(log))
    with servers.apache(release, APACHE_CGID) as server:
        assert server.request("GET", "/cgi-bin/yourapplication.cgi/work").body == b"ok"
        live.wait_for(notes.exists)
    assert log.read_text() == ""


def test_a_thread_that_begins_with_the_import_does_not_keep_the_process_of_a_request(site):
    """Else each request would leave one for ever."""
    (site / "yourapplication.py").write_text(GOING_ON)
    began = time.monotonic()
    done = subprocess.run([site / "yourapplication.cgi"], env=REQUEST, stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=live.PATIENCE, check=True)  # fmt: skip
    assert done.stdout.endswith(b"\r\n\r\nok")
    assert time.monotonic() - began < 5


def test_spawn_does_not_take_an_order_twice_under_cgi(site, notes):
    with servers.apache(site, APACHE_CGID) as server:
        assert server.request("GET", "/cgi-bin/yourapplication.cgi/order").body == b"ok"
    assert notes.read_text().splitlines() == ["order", "worked 0"]


def test_spawn_works_in_fastcgi_started_by_hand(site, notes):
    address = str(site / "hand.sock")
    with (site / "hand.log").open("wb") as log:
        process = subprocess.Popen(
            [site / "yourapplication.fcgi", address], cwd=site, stdin=subprocess.DEVNULL, stderr=log
        )
    try:
        live.wait_for(lambda: process.poll() is not None or live.listens(address))
        with contextlib.closing(live.FastCGI(address)) as connection:
            assert connection.request("GET", "/order").body == b"ok"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(live.PATIENCE)
    assert notes.read_text().splitlines() == ["order", "worked 0", "told to end"]


def test_cgi_that_is_told_to_end_calls_the_handler_when_it_has_answered(site, notes):
    """As lighttpd's mod_cgi does when it has the whole response."""
    slow = {**REQUEST, "PATH_INFO": "/slow"}
    process = subprocess.Popen([site / "yourapplication.cgi"], env=slow, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    begun(notes)
    process.send_signal(signal.SIGTERM)
    said, errors = process.communicate(timeout=live.PATIENCE)
    assert said.endswith(b"\r\n\r\nok")
    assert (process.returncode, errors) == (0, b"")
    assert notes.read_text().splitlines() == ["begun", "answered", "told to end"]
