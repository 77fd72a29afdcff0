"""status: every process, the last minute's requests, ready or why not; the same as JSON."""

import contextlib
import json
import os
import sqlite3
import time

import pytest

from deploy.machine import processes
from deploy.site import ask as ask_site
from deploy.site import traffic


def ask(site, *words, code=0):
    done = site.run("status", *words)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def test_all_that_an_operator_asks_first(operated):
    before = json.loads(ask(operated, "JSON=1"))["requests"]["requests"]
    for path in ("/", "/nowhere", "/healthz"):
        operated.get(path)
    operated.run("doctor")  # asks as a client would
    found = json.loads(ask(operated, "JSON=1"))
    assert (found["release"], found["adapter"], found["frontend"], found["root"]) == \
        (operated.release, "gunicorn", "nginx", str(operated.root))  # fmt: skip
    assert (found["state"], found["ready"], found["why"], found["deployment"]) == ("running", True, "", "")
    assert found["by"] == "root"
    assert found["requests"]["requests"] <= before + 3, "what the tool asks itself counts"
    assert found["requests"]["requests"] >= 3
    assert found["requests"]["source"] == "requests.log"
    shown = ask(operated)
    assert max(map(len, shown.splitlines())) <= 100
    for name in ("release", "adapter", "url", "root", "since"):
        assert f"{name:<10}{found[name]}" in shown
    assert "of them 5xx (requests.log)\nready     yes\n" in shown


def test_every_process_with_its_memory_and_uptime(operated):
    found = json.loads(ask(operated, "--json"))["processes"]
    parts = [each["part"] for each in found]
    assert (parts.count("supervisor"), parts.count(operated.release)) == (1, 3)  # gunicorn's master and its two workers
    commands = [each["command"] for each in found if each["part"] == "frontend"]
    assert commands[0].startswith("nginx: master process")
    assert "nginx: worker process" in commands
    assert all(each["memory"] > 100_000 and 0 <= each["uptime"] < 3600 for each in found)
    assert len({each["pid"] for each in found}) == len(found)


def test_why_it_is_not_ready_and_that_it_is_stopped(operated):
    with contextlib.closing(sqlite3.connect(operated.root / "shared" / "data" / "yourapplication.sqlite")) as database:
        (before,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
        operated.get("/")
        shown = ask(operated, code=1)
        database.execute("UPDATE alembic_version SET version_num = ?", [before])
        database.commit()
    (said,) = [line for line in shown.splitlines() if line.startswith("ready")]
    assert said.startswith("ready     no: GET /readyz was answered 503: {")
    assert "is at revision 9999" in said
    assert json.loads(ask(operated, "--json"))["requests"]["errors"] >= 1
    operated.run("stop")
    shown = ask(operated, code=1)
    assert f"ready     stopped: 'make start ROOT={operated.root}' starts it again\n" in shown
    assert shown.endswith("processes none\n")
    assert json.loads(ask(operated, "JSON=1", code=1))["state"] == "stopped"
    assert operated.run("start").returncode == 0


NOW = 1_800_000_000.0
ACCESS = {
    "nginx": '127.0.0.1 [2027-01-15T{}+00:00] "GET /?\\"x HTTP/1.1" {} 5 0.001 0.001 abc',
    "apache": '127.0.0.1 [15/Jan/2027:{} +0000] "GET / HTTP/1.1" {} 5 120 us R:- abc',
}


def _count(log, parse, since, readiness):
    with open(log, "rb") as file:
        return traffic.count(file, log.name, parse, since, readiness)


@pytest.mark.parametrize("line", ACCESS.values(), ids=ACCESS)
def test_the_last_minute_of_an_access_log_is_read_from_its_end(tmp_path, line):
    log = tmp_path / "access.log"
    old = "".join(line.format("07:50:00", 500) + "\n" for _ in range(5000))
    log.write_text(old + "".join(line.format(f"07:59:{second}", status) + "\n" for second, status in
                                 [(30, 200), (31, 502), (20, 404), (59, 503)]))  # fmt: skip
    assert _count(log, traffic.of_a_front_end, NOW - 60, "/readyz") == (4, 2, "access.log", True)
    log.write_text(line.format("07:59:59", 500) + "\n")
    assert _count(log, traffic.of_a_front_end, NOW - 60, "/readyz") == (1, 1, "access.log", True)
    own = line.replace("127.0.0.1", ask_site.SOURCE).format("07:59:58", 200)
    log.write_text("\n".join([own, line.replace("GET /", "GET /readyz").format("07:59:59", 503), own, ""]))
    assert _count(log, traffic.of_a_front_end, NOW - 60, "/readyz") == (0, 0, "access.log", True)


def test_lines_of_the_application_that_are_no_requests_do_not_count(tmp_path):
    log, stamp = tmp_path / "requests.log", "2027-01-15T07:59:50.123+00:00"
    lines = [{"time": stamp, "status": 200}, {"time": stamp, "level": "error"}, {"time": stamp, "status": 500}]
    lines += [{"time": stamp, "status": 200, "client": ask_site.SOURCE}]
    lines += [{"time": stamp, "status": 503, "path": "/readyz"}]
    log.write_text("".join(json.dumps(line) + "\n" for line in lines) + "no JSON\n" + '{"time": "cut')
    assert _count(log, traffic.of_the_application, NOW - 60, "/readyz") == (2, 1, "requests.log", True)


def test_a_process_of_our_own(tmp_path):
    began = time.monotonic()
    found = processes.look(os.getpid())
    assert "pytest" in found.command or "python" in found.command
    assert 1_000_000 < found.memory < 10_000_000_000
    assert found.shared
    assert time.monotonic() - began < 60
    assert processes.look(2**22 + 1) is None
