"""releases: what was deployed and how it ended, killed deployments too; what a terminal shows meanwhile."""

import contextlib
import json
import os
import pty
import re
import signal
import subprocess
import sys

import pytest

from deploy.commands.releases import COLUMNS
from deploy.machine.run import Local
from deploy.site import journal
from deploy.site.commit import named
from deploy.site.release import Root

from .conftest import PROJECT


@contextlib.contextmanager
def under_way(site):
    """A deployment that has begun and will not go on; killed in the end, with what it has started."""
    words = ["up", "gevent", "APPLICATION=tests.deploy.sites:hanging()", f"ROOT={site.root}", f"PORT={site.port}"]
    with subprocess.Popen([sys.executable, "-m", "deploy", *words], cwd=PROJECT, text=True, stdout=subprocess.PIPE,
                          start_new_session=True) as deployment:  # fmt: skip
        try:
            assert any(line.startswith("check") for line in deployment.stdout), deployment.returncode
            yield deployment.pid
        finally:
            os.killpg(deployment.pid, signal.SIGKILL)


def listed(site):
    lines = json.loads(site.run("releases", "--json").stdout)
    return [(line["release"], line["result"], line["now"]) for line in lines]


def test_what_became_of_each_deployment(site):
    first = site.live("gevent")
    earlier = len(listed(site)) - 1
    assert site.up("gevent", "tests.deploy.sites:unready").returncode == 1
    with under_way(site) as pid:
        assert [line[1] for line in listed(site)[earlier:]] == ["live", "failed", "under way"]
        assert site.up("gevent").returncode == 3
        said = site.run("status").stdout
        assert f"a deployment is under way: root, process {pid}, since 20" in said
    failed, killed = [line[0] for line in listed(site)[earlier + 1 :]]
    assert listed(site)[earlier:] == [
        (first, "live", "serving"),
        (failed, "failed", "gone"),
        (killed, "interrupted", "left over"),
    ]
    status = site.run("status")
    assert "a deployment died: root" in status.stdout
    assert status.returncode == 0
    for release in (failed, killed):
        done = site.run("rollback", f"RELEASE={release}")
        assert (done.returncode, f"there is no release {release} to go back to" in done.stderr) == (2, True)
    second = site.live("gevent")
    assert [line[1] for line in listed(site)[earlier:]] == ["live", "failed", "interrupted", "live"]
    shown = site.run("releases").stdout.splitlines()
    assert shown[0].split() == list(COLUMNS)
    assert shown[-1].startswith(second)
    assert shown[-1].endswith("live         serving")
    assert "a deployment" not in site.run("status").stdout


def test_the_commit_and_whether_the_work_tree_differs_from_it(tmp_path):
    host, git = Local(os.environ), ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    assert named(host, tmp_path) == ""
    subprocess.run([*git, "init", "-q"], check=True)
    (tmp_path / "file").write_text("text")
    subprocess.run([*git, "add", "file"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "a"], check=True)
    assert re.fullmatch("[0-9a-f]{12}", named(host, tmp_path))
    (tmp_path / "other").write_text("text")
    assert re.fullmatch(r"[0-9a-f]{12}\+", named(host, tmp_path))


def test_a_line_that_was_cut_short_spoils_no_other(tmp_path):
    root = Root(tmp_path)
    root.journal.write_text('{"release": "1", "result": "live"}\n{"release": "2", "res')
    assert journal.good(root) == {"1"}
    with open(root.journal, "a") as file:
        file.write("\n" * journal._is_cut_short(root))
    assert root.journal.read_text().endswith('"res\n')
    assert not journal._is_cut_short(root)


@pytest.fixture
def terminal():
    main, other = pty.openpty()
    yield main, other
    os.close(main)


def test_a_terminal_shows_the_step_that_runs_and_a_pipe_does_not(site, terminal):
    main, other = terminal
    words = ["up", "gevent", "APPLICATION=tests.deploy.sites:plain", f"ROOT={site.root}", f"PORT={site.port}"]
    deployment = subprocess.Popen([sys.executable, "-m", "deploy", *words], cwd=PROJECT, stdout=other,
                                  env={**os.environ, "TERM": "xterm"})  # fmt: skip
    os.close(other)
    shown = b""
    with contextlib.suppress(OSError):  # how a terminal says that nobody writes to it any more
        while piece := os.read(main, 65536):
            shown += piece
    assert deployment.wait() == 0
    text = shown.decode()
    assert re.search(r"\r\x1b\[Kstart +\d+\.\d\d s \.\.\.\r\x1b\[Kstart +\d+\.\d\d s  \d processes ready\r\n", text)
    kept = [line.rpartition("\x1b[K")[2] for line in text.split("\r\n")]
    assert kept[0].startswith("lock ")
    assert kept[-2].startswith(f"\x1b[32mlive:\x1b[0m http://127.0.0.1:{site.port}/ release ")
    site.live("gevent")
    assert "\x1b" not in site.output
    assert "..." not in site.output
