"""Deployments on this machine, by the real command, on the real servers."""

import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deploy.adapters import ADAPTERS
from deploy.machine import trees
from deploy.machine.run import Local
from tests import project
from tests.project import PROJECT

from .conftest import make_site

NAMELESS = 54321  # a user whom nobody has made


def test_the_last_line_says_what_is_live(site):
    release = site.live("gevent", MOUNT="/yourapplication")
    assert site.output.splitlines()[-1] == (
        f"live: http://127.0.0.1:{site.port}/yourapplication/ release {release} adapter gevent frontend none"
    )
    assert site.get("/yourapplication/x")[:2] == (200, release)
    assert site.get("/yourapplication/x")[2].startswith("/yourapplication|/x|")


def test_every_step_is_printed_with_its_time(site):
    site.live("gevent")
    steps = [re.match(r"(\w+) +\d+\.\d\d s", line) for line in site.output.splitlines()[:-1] if "note:" not in line]
    assert [step and step[1] for step in steps] == [
        *("lock", "recover", "folders", "release", "install", "render", "check", "migrate"),
        *("preflight", "start", "switch", "verify", "record", "drain", "prune"),
    ]


@pytest.mark.parametrize("adapter", [*ADAPTERS, "gunicorn"])
def test_any_adapter_takes_over_from_any_other(site, adapter):
    """An unrelated WSGI application, over the adapter of the test before; each with its natural front end."""
    release = site.live(adapter)
    for _ in range(10):
        status, answered_by, body = site.get("/a/b")
        assert (status, answered_by, body.rpartition("|")[0]) == (200, release, "|/a/b")


def test_unchanged_requirements_install_nothing(site):
    site.live("gevent")
    before = {path: path.stat().st_mtime_ns for path in (site.root / "venvs").iterdir()}
    site.live("gevent")
    assert "environment unchanged" in site.output
    after = {path: path.stat().st_mtime_ns for path in (site.root / "venvs").iterdir()}
    assert after.items() <= before.items()


def test_rollback_status_releases_and_logs(site):
    first = site.live("gevent")
    second = site.live("tornado")
    back = site.run("rollback")
    assert back.returncode == 0, back.stderr
    assert back.stdout.splitlines()[-1].startswith(
        f"live: http://127.0.0.1:{site.port}/ release {first} adapter gevent"
    )
    assert site.get()[1] == first
    forward = site.run("rollback", f"RELEASE={second}")
    assert forward.returncode == 0, forward.stderr
    assert site.get()[1] == second
    status = site.run("status")
    assert (status.returncode, second in status.stdout, "adapter   tornado" in status.stdout) == (0, True, True)
    assert re.search(rf"\n  {second} +active +\d+ ", status.stdout)
    listed = site.run("releases").stdout.splitlines()
    assert listed[-1].startswith(second)
    assert listed[-1].endswith("serving")
    unknown = site.run("rollback", "RELEASE=20000101-000000-0000")
    assert (unknown.returncode, f"there is RELEASE={first}" in unknown.stderr) == (2, True), unknown.stderr
    logs = site.run("logs", "--once")
    assert logs.returncode == 0
    assert re.search(r"(?m)^supervisor +\| ", logs.stdout)


def test_stop_ends_everything_and_start_or_a_deployment_begins_again(site):
    release = site.live("gevent")
    assert site.run("start").stdout.startswith("it runs: http://")
    pid = int((site.root / "run" / "supervisor" / "circus.pid").read_text())
    assert site.run("stop").returncode == 0
    with pytest.raises(ConnectionRefusedError):
        site.get()
    assert not alive(pid)
    assert site.run("status").returncode == 1
    assert site.run("stop").returncode == 0
    done = site.run("start")
    assert (done.returncode, f"release {release} adapter gevent" in done.stdout) == (0, True), done.stderr
    assert site.get()[:2] == (200, release)
    assert site.run("stop").returncode == 0
    site.live("gevent")
    assert site.get()[0] == 200


def test_a_crashed_process_is_started_again(site):
    site.live("gevent")
    pid = int(site.get()[2].rpartition("|")[2])
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while True:
        try:
            new = int(site.get()[2].rpartition("|")[2])
            break
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert new != pid


def test_tcp_between_front_end_and_adapter(site):
    site.live("gunicorn", FRONTEND="nginx", SOCKET="tcp")
    assert site.get("/x")[2].startswith("|/x|")
    assert "proxy_pass http://127.0.0.1:" in (site.root / "current" / "frontend" / "site.conf").read_text()


def test_a_front_end_that_refuses_its_file_leaves_the_earlier_release(site, tmp_path_factory):
    serving = site.live("gevent", FRONTEND="nginx")
    copy, before = copy_of_the_project(), site.project
    try:
        template = copy / "deploy" / "frontends" / "nginx" / "site.conf"
        template.write_text(template.read_text() + "\nnonsense;\n")
        site.project = copy
        done = site.up("gevent", FRONTEND="nginx")
    finally:
        site.project = before
        shutil.rmtree(copy.parent)
    assert done.returncode == 1
    assert 'unknown directive "nonsense"' in done.stderr
    assert site.get()[:2] == (200, serving)


BAD_REQUESTS = [
    pytest.param(["up", "uwsgi"], "'uwsgi' is not an adapter: choose fastcgi", id="adapter"),
    pytest.param(["up", "gevent", "FRONTEND=iis"], "FRONTEND is 'iis'", id="frontend"),
    pytest.param(["up", "gevent", "MONUT=/x"], "MONUT is not a setting: did you mean mount", id="misspelt"),
    pytest.param(["up", "gevent", "MOUNT=x"], "MOUNT is 'x': it must be /", id="mount"),
    pytest.param(["up", "gevent", "PORT=many"], "PORT is 'many': it must be a valid integer", id="port"),
    pytest.param(
        ["up", "gevent", "ADDRESS=203.0.113.1"], "ADDRESS is '203.0.113.1', which cannot be listened on", id="address"
    ),
    pytest.param(["up", "gevent", "ENVIRONMENT=live"], "ENVIRONMENT is 'live'", id="environment"),
    pytest.param(["up", "gevent", "PYTHON=/nowhere/python"], "tried /nowhere/python", id="interpreter"),
    pytest.param(["up", "gevent", "PYTHON=/bin/true"], "tried /bin/true (is no Python)", id="no-interpreter"),
    pytest.param(["up", "gevent", "USER=nosuchuser"], "USER is 'nosuchuser'", id="user"),
    pytest.param(["status"], "nothing is deployed in", id="nothing-deployed"),
    pytest.param(["rollback"], "nothing is deployed in", id="nothing-to-go-back-to"),
]


@pytest.mark.parametrize(("words", "message"), BAD_REQUESTS)
def test_a_bad_request_is_one_sentence_and_changes_nothing(fresh_site, words, message):
    done = fresh_site.run(words[0], *words[1:])
    assert done.returncode == 2, done.stdout + done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not fresh_site.root.exists()


def test_a_port_that_is_taken(fresh_site):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = fresh_site.up("gevent", PORT=port)
    assert done.returncode == 2
    assert f"PORT is {port}, which cannot be listened on at 127.0.0.1 (Address already in use)" in done.stderr
    assert not fresh_site.root.exists()


def test_a_socket_path_that_is_too_long(fresh_site):
    fresh_site.root = fresh_site.root / ("long" * 20)
    done = fresh_site.up("gevent", FRONTEND="nginx")
    assert done.returncode == 2
    assert "bytes and may have 107: choose a shorter ROOT, or SOCKET=tcp" in done.stderr
    assert not fresh_site.root.exists()


def test_a_root_that_is_a_file_or_cannot_be_written(fresh_site, tmp_path):
    (tmp_path / "file").write_text("")
    fresh_site.root = tmp_path / "file" / "below"
    done = fresh_site.up("gevent")
    assert (done.returncode, "is a file" in done.stderr) == (2, True), done.stderr
    fresh_site.root = Path("/proc/self/site")
    done = fresh_site.up("gevent")
    assert (done.returncode, "cannot be written" in done.stderr) == (2, True), done.stderr


def test_a_server_that_is_not_installed_is_named_with_its_package(fresh_site, tmp_path):
    """nginx is hidden by a PATH and system folders in which it is not."""
    program = (
        "import sys, deploy.machine.run as run; run.SEARCHED = ()\n"
        "from deploy.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    words = ["up", f"ROOT={fresh_site.root}", "fastcgi"]
    argv, environ = [sys.executable, "-c", program, *words], {"PATH": str(tmp_path)}
    done = subprocess.run(argv, cwd=PROJECT, env=environ, text=True, capture_output=True, check=False)
    assert done.returncode == 2
    assert "fastcgi behind nginx needs nginx, which this machine does not have: apt-get install nginx" in done.stderr


def test_secrets_are_made_once_and_guarded(site):
    site.live("gevent", "yourapplication:create_app()")
    path = site.root / "shared" / "secrets.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    key = json.loads(path.read_text())["SECRET_KEY"]
    assert len(key) == 64
    everything = [file for file in (site.root / "releases").rglob("*") if file.is_file()]
    assert not [file for file in everything if key.encode() in file.read_bytes()]
    serving, text, owner = site.get("/healthz")[1], path.read_text(), path.stat()
    for fault, message in [
        (lambda: path.chmod(0o640), "can be read by others (mode 0640)"),
        (lambda: path.write_text("{"), "is not JSON"),
        (lambda: path.write_text("[]"), "holds a list"),
        (path.unlink, "is missing though this site was deployed before"),
    ]:
        fault()
        done = site.up("gevent", "yourapplication:create_app()")
        assert done.returncode == 2
        assert message in done.stderr
        assert "mode 0600" in done.stderr
        path.write_text(text)
        path.chmod(0o600)
        os.chown(path, owner.st_uid, owner.st_gid)
    assert site.get("/healthz")[:2] == (200, serving)


def test_flask_commands_run_with_the_live_releases_settings(site):
    site.live("gevent", "yourapplication:create_app()")
    assert "at revision" in site.output
    added = site.run("flask", "--", "user", "add", "admin", text="correct horse\n")
    assert (added.returncode, "admin" in added.stdout) == (0, True), added.stderr
    assert "admin" in site.run("flask", "--", "user", "list").stdout
    assert site.run("flask", "--", "nonsense").returncode == 2
    site.live("gevent", "yourapplication:create_app()")
    assert "nothing to do" in site.output
    assert "admin" in site.run("flask", "--", "user", "list").stdout


def test_what_runs_is_not_started_anew_by_a_newer_tool(site):
    folder = site.project / "deploy" / "supervisors" / "circus"
    texts = {path: path.read_text() for path in (folder / "application.ini", folder / "circus.ini")}
    old = site.live("gevent", FRONTEND="nginx")
    try:
        for path, text in texts.items():
            path.write_text(f"{text}warmup_delay = 0\n".replace("check_delay = 1", "check_delay = 2"))
        new = site.live("gevent", FRONTEND="nginx")
    finally:
        for path, text in texts.items():
            path.write_text(text)
    log = (site.root / "shared" / "logs" / "supervisor.log").read_text()
    assert [log.count(f"{release} started") for release in (old, new)] == [1, 1]
    assert "warmup_delay" in (site.root / "run" / "supervisor" / "circus.d" / f"{new}.ini").read_text()


@pytest.mark.parametrize(
    ("script", "code"),
    [
        pytest.param("kill -INT $PPID; sleep 0.2; exit 7", 7, id="ctrl-c"),
        pytest.param("kill -KILL $$", 128 + signal.SIGKILL, id="killed"),
    ],
)
def test_ctrl_c_is_for_the_command_on_the_terminal_and_its_exit_code_is_kept(script, code):
    attach = f"import sys; from deploy.machine.run import Local; sys.exit(Local({{}}).attach(['sh', '-c', {script!r}]))"
    assert subprocess.run([sys.executable, "-c", attach], cwd=PROJECT, check=False).returncode == code


def test_old_releases_are_pruned_and_the_live_one_never(site):
    made = [site.live("gevent", KEEP_RELEASES=2) for _ in range(4)]
    kept = sorted(path.name for path in (site.root / "releases").iterdir())
    assert kept == made[-2:]
    assert site.get()[1] == made[-1]


def test_an_unprivileged_user_deploys_behind_each_front_end():
    """From a copy of the project that this user can read; it needs no root, and no name: containers give none."""
    copy = copy_of_the_project()
    site = make_site(copy)
    os.chmod(site.folder, 0o777)
    copy_libraries(copy.parent / "libraries")
    argv = ["/usr/bin/python3", "-m", "deploy"]
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(copy.parent / "libraries"), "HOME": str(site.folder),
               **{name: value for name, value in os.environ.items() if name.startswith("PIP_")}}  # fmt: skip

    def run(*words):
        return subprocess.run(
            [*argv, *words, f"ROOT={site.root}"], cwd=copy, env=environ, text=True, capture_output=True, check=False,
            user=NAMELESS, group=NAMELESS, extra_groups=[], timeout=240,
        )  # fmt: skip

    try:
        for adapter, frontend in [
            ("gevent", "none"),
            ("gevent", "nginx"),
            ("gevent", "lighttpd"),
            ("gevent", "apache"),
            ("cgi", "apache"),
        ]:
            done = run("up", adapter, f"FRONTEND={frontend}", f"PORT={site.port}", "MOUNT=/app")
            assert done.returncode == 0, done.stdout + done.stderr
            assert site.get("/app/healthz")[0] == 200
        looked = run("doctor")
        assert (looked.returncode, "could not be checked" in looked.stdout) == (0, False), looked.stdout
        assert "\nready     yes\n" in run("status").stdout
        assert run("stop").returncode == 0
        assert run("up", "gevent", "USER=root").returncode == 2
    finally:
        if (site.root / "current").exists():
            run("stop")
        trees.remove(Local(os.environ), site.folder)
        shutil.rmtree(copy.parent)


def alive(pid: int) -> bool:
    """Whether a process runs: one that has ended and that nobody has waited for has no command line."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except FileNotFoundError:
        return False


def copy_libraries(folder: Path) -> None:
    """Those that the tool needs, on a host too, and pip."""
    folder.mkdir()
    libraries = next(Path(sys.prefix).glob("lib/python*/site-packages"))
    pins = (PROJECT / "requirements" / "tool.txt").read_text(encoding="utf-8")
    needed = ("pip", *(name.replace("-", "_") for name in re.findall(r"(?m)^([\w-]+)==", pins)))
    for path in libraries.iterdir():
        if path.name.lower().startswith(needed):
            copied = shutil.copytree if path.is_dir() else shutil.copy
            copied(path, folder / path.name)


def copy_of_the_project() -> Path:
    """A copy outside of git, in a folder that every user can enter."""
    return project.copy(make_site().folder / "project")
