"""Logs that are rotated by size and age while they are written: every line is in one of them, once."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest

from deploy import bundle, frontends
from deploy.bundle import build
from deploy.machine import processes
from deploy.rollout import plan
from deploy.settings import configuration
from deploy.site import facts, traffic
from deploy.site.on_disk import live
from deploy.site.release import Root
from deploy.supervisors.circus import rotating

from .conftest import PROJECT

LINES = 60_000
WRITER = {
    "rename": """
import logging, sys
from logging.handlers import WatchedFileHandler
log = logging.getLogger()
log.addHandler(WatchedFileHandler(sys.argv[1]))
for number in range({}):
    log.warning("%s %s", sys.argv[2], number)
""",
    "cut": """
import os, sys
log = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
for number in range({}):
    os.write(log, f"{{sys.argv[2]}} {{number}}\\n".encode())
""",
}


@pytest.mark.parametrize("how", WRITER)
def test_what_several_processes_write_meanwhile_is_kept(tmp_path, how):
    log, rules = tmp_path / "a.log", rotating.Rules(1 << 16, 1, 1000)
    argv = [sys.executable, "-c", WRITER[how].format(LINES), str(log)]
    writers = [subprocess.Popen([*argv, name]) for name in ("one", "two")]
    rotations = 0
    while any(writer.poll() is None for writer in writers):
        if rotating.due(log, rules, time.time(), time.time()):
            getattr(rotating, how)(log, rules)
            rotations += 1
    numbered = sorted(tmp_path.glob("a.log.*"), key=lambda path: -int(path.suffix[1:]))
    text = "".join(path.read_text() for path in [*numbered, log])
    assert rotations > 2
    assert sorted(text.splitlines()) == sorted(f"{name} {number}" for name in ("one", "two") for number in range(LINES))


def test_where_the_file_system_cannot_take_out_the_beginning_it_is_emptied(tmp_path, monkeypatch):
    monkeypatch.setattr(rotating, "_collapse", lambda descriptor, size: -1)
    log = tmp_path / "a.log"
    for text in ("short", "long" * 5000):
        log.write_text(text)
        rotating.cut(log, rotating.Rules(4096, 7, 4))
        assert (log.read_text(), (tmp_path / "a.log.1").read_text()) == ("", text)


def test_a_log_is_due_by_its_size_or_its_age_and_few_are_kept(tmp_path):
    log, rules = tmp_path / "a.log", rotating.Rules(4096, 7, 2)
    assert not rotating.due(log, rules, 0, 1e9)
    for number in range(5):
        log.write_text(f"{number}")
        log.chmod(0o640)
        assert rotating.due(log, rules, 0, 7 * 86400 + 1)
        assert not rotating.due(log, rules, 0, 7 * 86400 - 1)
        rotating.rename(log, rules)
        assert log.stat().st_mode & 0o777 == 0o640
        assert not rotating.due(log, rules, 0, 1e9)  # it is empty
    log.write_text("x" * 4097)
    assert rotating.due(log, rules, 0, 0)
    assert {path.name: path.read_text() for path in tmp_path.glob("*.log.*")} == {"a.log.1": "4", "a.log.2": "3"}
    os.mkfifo(tmp_path / "b.log")
    assert not rotating.due(tmp_path / "b.log", rules, 0, 1e9)


@pytest.mark.parametrize("frontend", frontends.FRONTENDS)
def test_no_request_is_missing_in_a_front_end_s_log(site, frontend):
    """Circus begins the logs anew by itself; here it is done again and again, while clients ask."""
    site.live("gevent", FRONTEND=frontend, LOG_SIZE=4096, LOG_KEEP=1000)
    logs = site.root / "shared" / "logs"
    before = len(access(logs))
    asked, ended = [], threading.Event()

    def ask():
        while not ended.is_set():
            asked.append(site.get("/x")[0])

    thread = threading.Thread(target=ask)
    thread.start()
    deadline = time.monotonic() + 30
    while not (logs / "access.log.2").exists():  # of Circus
        assert time.monotonic() < deadline
        time.sleep(0.05)
    rotations = 0
    config = str(site.root / "current" / "frontend" / "server.conf").encode()
    circus = int((site.root / "run" / "supervisor" / "circus.pid").read_text())
    (master,) = [pid for pid in processes.children(circus) if config in processes.command(pid)]
    while rotations < 3:
        rotating.look(site.root, lambda name: os.kill(master, getattr(signal, f"SIG{name}")))
        rotations += 1
        time.sleep(0.3)
    ended.set()
    thread.join()
    while len(access(logs)) - before < len(asked):
        assert time.monotonic() < deadline + 30, (len(access(logs)) - before, len(asked))
        time.sleep(0.1)
    assert set(asked) == {200}
    assert len(access(logs)) - before == len(asked)


def access(logs):
    return [line for path in logs.glob("access.log*") for line in path.read_text().splitlines() if '"GET /x ' in line]


def test_what_is_no_log_hinders_nobody_who_looks(site):
    release = site.live("gevent", FRONTEND="nginx")
    root = Root(site.root)
    assert site.run("stop").returncode == 0
    (root.logs / "access.log").unlink()
    os.mkfifo(root.logs / "access.log")
    root.requests.unlink(missing_ok=True)
    root.requests.mkdir()
    try:
        assert traffic.last_minute(live(root), time.time()) is None
        status = site.run("status", "--json")
        assert (status.returncode, json.loads(status.stdout)["requests"]) == (1, None), status.stderr
        assert site.run("logs", "--once").returncode == 0
        assert f"wrong    logs         {root.logs}/access.log is not a file" in site.run("doctor").stdout
        done = site.up("gevent")
        assert (done.returncode, f"rm -r {root.logs}/access.log" in done.stderr) == (1, True), done.stderr
    finally:
        (root.logs / "access.log").unlink()
        root.requests.rmdir()
    assert site.run("start").returncode == 0
    assert site.get()[:2] == (200, release)


@pytest.mark.root
@pytest.mark.parametrize(("frontend", "days", "often"), [("none", 1, "daily"), ("nginx", 30, "weekly")])
def test_a_host_s_logrotate_does_it_there(tmp_path, frontend, days, often):
    chosen = configuration.load(
        PROJECT, "production", {"supervisor": "systemd", "log_days": str(days), "frontend": frontend}
    )
    root, target = Root(tmp_path / "shop"), bundle.target("gunicorn", chosen)
    release = plan.draft(root, PROJECT, "production", chosen, target, tmp_path, "www-data", "new")
    (file,) = [file for file in build.files(release, facts.read(release, PROJECT, False)) if "logrotate.d" in file.name]
    assert file.content.startswith(f"# {root.path}: release new")
    assert f"    {often}\n" in file.content
    told = "systemctl kill --kill-who=main --signal=USR1 nginx.service"
    assert (told in file.content) == (frontend == "nginx")
    for folder in (tmp_path, *tmp_path.parents[:-2]):
        folder.chmod(0o755)
    root.requests.parent.mkdir(parents=True)
    shutil.chown(root.requests.parent, "www-data", "www-data")
    for log in (root.logs / "access.log", root.requests):
        log.write_text("a line\n")
        shutil.chown(log, "www-data", "www-data")
    (tmp_path / "site").write_text(file.content.replace(told, "true"))  # no systemd here
    argv = ["logrotate", "--force", "--state", tmp_path / "state", tmp_path / "site"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    for log in (root.logs / "access.log", root.requests):
        assert (log.read_text(), log.owner(), log.with_name(f"{log.name}.1").read_text()) == (
            "",
            "www-data",
            "a line\n",
        )
