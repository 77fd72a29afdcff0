"""python runserver.py: the development server, as a real process."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from .conftest import clean


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def server(project, port, tmp_path):
    """The development server, running, with its log; it and its reloader are stopped afterwards."""
    log = tmp_path / "log"
    with log.open("w") as output:
        process = subprocess.Popen([sys.executable, "runserver.py", "--port", str(port)], cwd=project, env=clean(),
                                   stdout=output, stderr=output, start_new_session=True)  # fmt: skip
    try:
        wait(lambda: "Debugger is active" in log.read_text(), log, process)
        yield log
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def wait(condition, log, process=None):
    for _ in range(600):
        if condition():
            return
        assert process is None or process.poll() is None, log.read_text()
        time.sleep(0.05)
    raise AssertionError(log.read_text())


def test_it_serves_this_machine_reloads_and_debugs(server, project, port):
    url = f"http://127.0.0.1:{port}"
    with urllib.request.urlopen(f"{url}/healthz", timeout=30) as response:
        assert response.status == 200
    assert "not ready: the database of bind default cannot be used" in server.read_text()
    assert re.findall(r"Running on http://(\S+?):", server.read_text())[0] == "127.0.0.1"
    assert listening(port) == {"127.0.0.1"}
    page = project / "yourapplication" / "health.py"
    page.write_text(page.read_text().replace('status="ok"', "status=1 / 0"))

    def debugged():
        try:
            urllib.request.urlopen(f"{url}/healthz", timeout=30).close()
        except urllib.error.HTTPError as error:
            with error:
                text = error.read()
            return b"Werkzeug Debugger" in text and b"ZeroDivisionError" in text
        except OSError:
            pass  # between the old process and the new one
        return False

    wait(debugged, server)


def listening(port):
    """The addresses of this machine on which `port` is listened to."""
    found = set()
    for name in ("tcp", "tcp6"):
        with open(f"/proc/net/{name}") as table:
            rows = [line.split() for line in table][1:]
        found |= {row[1].split(":")[0] for row in rows if row[3] == "0A" and int(row[1].split(":")[1], 16) == port}
    return {socket.inet_ntoa(bytes.fromhex(address)[::-1]) if len(address) == 8 else address for address in found}


@pytest.mark.parametrize("source", ["variable", "instance"])
def test_it_refuses_production(run, instance, source):
    if source == "instance":
        instance(ENVIRONMENT="production", SECRET_KEY="0123456789abcdefghijklmnopqrstuvwxyz")
    result = run("runserver.py", env={"APPLICATION_CONFIG": "production"} if source == "variable" else {})
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        "runserver.py: this is for development, and the environment is production: use make deploy-<adapter>\n"
    )


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_it_refuses_a_port_that_is_none(run, port):
    result = run("runserver.py", "--port", port)
    assert result.returncode == 2
    assert "--port" in result.stderr
    assert "Traceback" not in result.stderr


def test_it_refuses_a_wrong_configuration(run, project):
    (project / "config" / "development.json").write_text("{")
    result = run("runserver.py")
    assert result.returncode == 2
    assert result.stderr.endswith("development.json: not JSON at line 1 column 2: Expecting property name enclosed in "
                                  "double quotes\n")  # fmt: skip
