"""A request has an end, and so has a process: it is replaced without a request lost."""

import contextlib
import threading
import time

import pytest

from . import live
from .conftest import WITH_SOCKET

ALONE = ("tornado", "gevent", "gunicorn")
WITH_PROCESS = (*WITH_SOCKET, "mod_wsgi")
FORKING = ("gunicorn", "mod_wsgi")
ENDING = ("tornado", "fastcgi")  # others' masters start the next worker themselves; a greenlet can be ended


@pytest.fixture
def kept(serve):
    """Start an adapter as its supervisor does: it is started anew, on the same socket, when it has ended."""
    with contextlib.ExitStack() as stack:

        def start(adapter, **options):
            address = ("127.0.0.1", live.free_port())
            held = stack.enter_context(live.listening(address))
            return serve(adapter, address, held=held, **options)

        yield start


def ends_by_itself(process, adapter):
    """Wait for the process that has served to end; gunicorn's master stays."""
    if adapter in ENDING:
        assert process.wait() == 0, process.errors


@pytest.mark.parametrize("adapter", ALONE)
def test_a_silent_application_is_answered_504(serve, release, adapter):
    """Alone as behind a front end: TIMEOUT is the longest silence. What it does is not cut off by that."""
    process = serve(adapter, timeout=1)
    with contextlib.closing(process.connection()) as client:
        client.send("GET", "/hold?name=late")
        reply = client.receive()
        assert (reply.status, reply.body) == (504, b"Gateway Timeout\n")
        assert reply.all("Connection") == ["close"]
        assert client.ended()
    (release / "events/late").touch()
    assert process.request("GET", "/").status == 200
    assert "Traceback" not in process.errors


def test_mod_wsgi_answers_504_for_a_silent_application(serve, release):
    """Apache does, in its own words; the daemon process goes on."""
    process = serve("mod_wsgi", timeout=1)
    assert process.request("GET", "/hold?name=late").status == 504
    (release / "events/late").touch()
    assert process.request("GET", "/").status == 200
    assert "Traceback" not in process.errors


@pytest.mark.parametrize("adapter", WITH_PROCESS)
def test_requests_without_an_end_are_no_outage(kept, serve, release, adapter):
    """All threads are taken: each client is told so, the log says where they are, the process is replaced."""
    process = kept(adapter, threads=2, request_timeout=1, graceful_timeout=3)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(contextlib.closing(process.connection())) for _ in range(2)]
        for number, client in enumerate(clients):
            client.send("GET", f"/hold?name=endless{number}")
            time.sleep(0.4)  # so that the second one's time is over when the process is ending
        assert [client.receive().status for client in clients] == [504, 504]
    line = next(line for line in process.errors.splitlines() if "request_timeout" in line)
    assert line[line.find("GET") :].startswith("GET /hold has taken more than request_timeout (1 s): ")
    assert "probe.py" in line and " await_event < " in line
    ends_by_itself(process, adapter)
    if adapter not in ENDING:
        assert process.request("GET", "/").status == 200


@pytest.mark.parametrize("adapter", WITH_PROCESS)
def test_a_stream_without_an_end_is_cut(kept, release, adapter):
    process = kept(adapter, request_timeout=1, graceful_timeout=3)
    with contextlib.closing(process.connection()) as client:
        client.send("GET", "/endless")
        began = time.monotonic()
        while client.socket.recv(65536):
            pass
        assert time.monotonic() - began < 10
    assert "GET /endless has taken more than request_timeout (1 s): " in process.errors
    ends_by_itself(process, adapter)


@pytest.mark.parametrize("adapter", WITH_PROCESS)
def test_a_process_is_replaced_after_max_requests_without_loss(serve, adapter):
    """Nobody serves between the two processes; who asks then waits in the queue of the listening socket."""
    address = ("127.0.0.1", live.free_port())
    failures, pids = [], set()
    with live.listening(address) as held:
        process = serve(adapter, address, held=held, max_requests=20)
        done = threading.Event()

        def load():
            while not done.is_set():
                try:
                    pids.add(process.request("GET", "/").json["pid"])
                except Exception as error:
                    failures.append(repr(error))

        clients = [threading.Thread(target=load) for _ in range(4)]
        for client in clients:
            client.start()
        if adapter not in FORKING:  # whose master starts the next worker
            assert process.wait() == 0, process.errors
            serve(adapter, address, held=held)
        live.wait_for(lambda: len(pids) > 1)
        done.set()
        for client in clients:
            client.join()
    assert failures == []
    assert "requests were answered, as many as max_requests allows" in process.errors


@pytest.mark.parametrize("adapter", WITH_PROCESS)
def test_a_process_is_replaced_when_it_has_grown(kept, adapter):
    process = kept(adapter, memory_limit=200 * 1024 * 1024)
    assert process.request("GET", "/").status == 200
    assert process.request("GET", "/grow?size=200").body == b"grown"
    live.wait_for(lambda: "more than memory_limit allows" in process.errors)
    if adapter in FORKING:
        assert process.request("GET", "/").status == 200
    else:
        assert process.wait() == 0


def test_cgi_ends_a_request_without_an_end(release, python):
    live.configure(release, request_timeout=1)
    process = live.Cgi(release, python)
    reply = process.request("GET", "/hold?name=endless")
    assert (reply.status, reply.body) == (504, b"Gateway Timeout\n")
    (line,) = process.errors.splitlines()
    assert line.startswith("a request has taken more than request_timeout (1 s): ")
    assert " await_event < " in line
