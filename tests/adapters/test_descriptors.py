"""Without descriptors a process neither spins nor fills its log; it accepts again as soon as it can."""

import contextlib
import pathlib
import resource
import time

import pytest

from . import live
from .conftest import WITH_SOCKET
from .test_serving import cpu

ROOM = 24  # files that may be open beside those of the process


def workers(process):
    return [process.pid, *live.descendants(process.pid)]


def files(pid):
    return len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))


@pytest.mark.parametrize("adapter", WITH_SOCKET)
def test_connections_beyond_the_descriptors_wait(serve, adapter):
    process = serve(adapter)
    assert process.request("GET", "/").status == 200
    pid = workers(process)[-1]
    before = resource.prlimit(
        pid, resource.RLIMIT_NOFILE, (files(pid) + ROOM, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    )
    assert before[0] == before[1]  # raised at the start
    with contextlib.ExitStack() as stack:
        for _ in range(3 * ROOM):
            stack.enter_context(contextlib.closing(live.connected(process.address))).sendall(b"\x01")
        live.wait_for(lambda: "no connection can be accepted for the moment" in process.errors)
        used = cpu(process.pid)
        time.sleep(1)
        assert cpu(process.pid) - used < 30
    assert process.request("GET", "/").status == 200
    assert process.errors.count("no connection can be accepted") == 1
    assert "Traceback" not in process.errors
