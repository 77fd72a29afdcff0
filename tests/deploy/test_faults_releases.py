"""Releases, folders and clocks that are wrong: the message says what, the site answers, the next one goes live."""

import os
import pwd
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from deploy.checks import secrets
from deploy.machine.sockets import free_port
from deploy.site.release import Root

from . import small
from .small import assert_clean, current, live, processes, traces, words

FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))


@pytest.fixture(scope="module")
def site():
    made = small.make()
    (made.project / "raising.py").write_text('raise RuntimeError("the kettle is broken")\n')
    try:
        live(made)
        yield made
    finally:
        small.remove(made)


@pytest.mark.parametrize(
    ("application", "code", "message"),
    [
        pytest.param("raising:app", 2, "RuntimeError: the kettle is broken", id="raises-at-import"),
        pytest.param("sites:hanging()", 1, "START_TIMEOUT; it waited here:", id="hangs-at-import"),
        pytest.param("sites:broken_pages", 1, "GET / at 127.0.0.1:{port} was answered 500", id="500-on-pages"),
        pytest.param("sites:tired()", 1, "was answered 500", id="500-after-a-while"),
        pytest.param("sites:well_where_it_is_looked_at", 1, "the last to GET '/cellar'", id="500-for-others"),
    ],
)
def test_a_broken_release(site, application, code, message):
    before, serving = traces(site), current(site)
    done = site.run(*words(site, application, START_TIMEOUT=1))
    assert done.returncode == code, done.stdout + done.stderr
    assert message.format(port=site.port) in done.stderr
    assert traces(site) == before
    assert current(site) == serving
    assert_clean(site)


@pytest.mark.parametrize(("kind", "step", "code"), [("hold", "preflight", 2), ("occupy", "preflight", 1)])
def test_a_port_or_a_socket_path_that_somebody_takes_meanwhile(site, faulty, kind, step, code):
    before, other = traces(site), free_port("127.0.0.1")
    found, said = faulty(kind, step, "0", words(site, PORT=other))
    assert found == code, said
    assert ("cannot be listened on" if kind == "hold" else "Is a directory") in said
    assert traces(site) == before
    assert_clean(site)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_deployment_that_is_asked_to_stop_undoes_itself(site, number):
    before = traces(site)
    with importing(site) as deployment:
        deployment.send_signal(number)
        assert deployment.wait(60) == 1
        assert "deploy: migrate: interrupted\nstill live: release" in deployment.stderr.read()
    assert traces(site) == before
    assert_clean(site)


def test_what_a_killed_deployment_has_started_ends_with_the_next_one(site):
    serving, half = current(site), site.root / "shared" / "backups" / ".backup-half"
    half.mkdir()
    with importing(site) as deployment:
        deployment.kill()
        deployment.wait()
    assert len(set(processes(site))) == 2  # the import still hangs
    assert site.get()[:2] == (200, serving)
    live(site)
    assert_clean(site)
    assert not half.exists()


def importing(site):
    """A deployment whose application is being imported, which never ends; signals come to it that we may ignore."""
    argv = [
        "env",
        "--default-signal=HUP,INT",
        sys.executable,
        "-m",
        "deploy",
        *words(site, "sites:hanging()"),
        f"ROOT={site.root}",
    ]
    serving = set(processes(site))
    deployment = subprocess.Popen(argv, cwd=site.project, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    while set(processes(site)) == serving and deployment.poll() is None:
        time.sleep(0.02)
    return deployment


def test_a_supervisor_that_was_killed_is_replaced(site):
    """What it ran goes on answering; the next deployment or start ends that, and stop too."""
    for again in (lambda: live(site), lambda: site.run("start")):
        kill_supervisor(site)
        assert site.get()[:2] == (200, current(site))
        again()
        assert_clean(site)
        assert len(list(processes(site))) == 1
    kill_supervisor(site)
    assert site.run("stop").returncode == 0
    assert list(processes(site)) == []
    live(site)
    assert_clean(site)


def kill_supervisor(site):
    os.kill(int((site.root / "run" / "supervisor" / "circus.pid").read_text()), signal.SIGKILL)
    while site.run("status").returncode == 0:
        time.sleep(0.05)


WRONG = [
    pytest.param("shared/data", 0o000, "shared/data (mode 0000, owner {user}) cannot be written", id="data"),
    pytest.param(
        "shared/data/kept", 0o400, "shared/data/kept (mode 0400, owner {user}) cannot be", id="a-file-in-data"
    ),
    pytest.param("shared/secrets.json", 0o644, "can be read by others (mode 0644)", id="secrets"),
    pytest.param(".", 0o700, "{user} cannot enter", id="root"),
]


@pytest.mark.root
@pytest.mark.parametrize(("path", "mode", "message"), WRONG)
def test_a_wrong_mode_is_named_with_what_mends_it(site, path, mode, message):
    target, serving = site.root / path, current(site)
    (site.root / "shared" / "data" / "kept").touch()
    user = pwd.getpwuid((site.root / "shared" / "data").stat().st_uid).pw_name
    os.chown(site.root / "shared" / "data" / "kept", pwd.getpwnam(user).pw_uid, -1)
    before = target.stat().st_mode
    target.chmod(mode)
    done = site.run(*words(site))
    target.chmod(before)
    assert done.returncode in (1, 2)
    assert message.format(user=user) in done.stderr
    assert current(site) == serving
    assert_clean(site)


@pytest.mark.root
def test_wrong_owners_are_mended(site):
    for path in ("shared/data", "shared/secrets.json", "run/sockets"):
        os.chown(site.root / path, 0, 0)
    (site.root / "run" / "sockets").chmod(0)
    live(site)
    assert_clean(site)


@pytest.mark.root
def test_secrets_of_somebody_else_are_refused():
    with tempfile.TemporaryDirectory(prefix="yourapplication-", dir="/tmp") as folder:  # that everybody can enter
        root = Root(Path(folder))
        root.path.chmod(0o755)
        root.shared.mkdir()
        root.secrets.write_text("{}")
        root.secrets.chmod(0o600)
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
        try:
            (finding,) = secrets.contents(root)
            assert "belongs to somebody else" in finding.refusal
        finally:
            os.seteuid(0)


def test_the_order_of_releases_does_not_depend_on_the_clock(site):
    first = live(site)
    second = live_at(site, "-1h")
    assert second < first
    assert current(site) == second
    done = site.run("rollback")
    assert done.returncode == 0, done.stderr
    assert current(site) == first
    third = live_at(site, "+1h", KEEP_RELEASES=2)
    assert {path.name for path in (site.root / "releases").iterdir()} == {first, third}
    fourth = live(site, KEEP_RELEASES=2)
    assert {path.name for path in (site.root / "releases").iterdir()} == {third, fourth}
    assert site.run("rollback").returncode == 0
    assert current(site) == third
    assert site.run("releases").stdout.splitlines()[-1].endswith("serving")


def live_at(site, offset, **settings):
    done = site.run(*words(site, **settings), environ={"LD_PRELOAD": str(FAKETIME), "FAKETIME": offset})
    assert done.returncode == 0, done.stdout + done.stderr
    return current(site)


def test_a_journal_and_a_log_that_were_cut_short_are_read_all_the_same(site):
    releases = len(site.run("releases").stdout.splitlines())
    for path in (site.root / "releases.jsonl", site.root / "shared" / "logs" / "application.log"):
        with open(path, "a") as file:
            file.write('{"when": "2026-')
    assert len(site.run("releases").stdout.splitlines()) == releases
    live(site)
    assert len(site.run("releases").stdout.splitlines()) == releases + 1
    assert site.run("logs", "--once").returncode == 0
    assert_clean(site)


def test_two_deployments_at_the_same_moment(site):
    """The one that comes second is told who is at it; afterwards it can."""
    argv = [sys.executable, "-m", "deploy", *words(site), f"ROOT={site.root}"]
    with subprocess.Popen(argv, cwd=site.project, text=True, stdout=subprocess.PIPE) as first:
        assert first.stdout.readline().startswith("lock ")
        first.send_signal(signal.SIGSTOP)
        second = site.run(*words(site))
        first.send_signal(signal.SIGCONT)
        first.stdout.read()
    assert (first.returncode, second.returncode) == (0, 3), second.stderr
    user = pwd.getpwuid(os.getuid()).pw_name
    assert f"{site.root} is being deployed by {user}, process {first.pid}, since 20" in second.stderr
    options = {"cwd": site.project, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    both = [subprocess.Popen(argv, **options) for _ in range(2)]
    assert {0} <= {each.wait() for each in both} <= {0, 3}
    assert_clean(site)
