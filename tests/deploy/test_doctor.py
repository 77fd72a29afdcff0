"""doctor: each finding made to happen, and gone again when its fix has been done."""

import contextlib
import dataclasses
import fcntl
import json
import os
import resource
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import threading
import time

import pytest

from deploy import checks as doctor
from deploy.adapters import ADAPTERS
from deploy.checks import subject as subjects
from deploy.checks import tls, users
from deploy.cli import arguments
from deploy.cli.progress import Progress
from deploy.cli.request import Request
from deploy.machine import processes, run, sockets
from deploy.machine.run import Local
from deploy.site import environments
from deploy.site.release import Root

from .conftest import PROJECT

OURS = "yourapplication:create_app()"


def look(*words):
    """What the doctor would look at."""
    given = arguments.parse(["doctor", *words])
    return subjects.of(Request(Local(os.environ), PROJECT, given, [], Progress(print, print)))


@pytest.fixture
def subject(operated):
    return look(f"ROOT={operated.root}")


def found(subject, check):
    """The findings of one check."""
    return list(doctor.CHECKS[check](subject))


def wait(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def only(subject, check):
    (finding,) = found(subject, check)
    return finding


def do(fix):
    subprocess.run(["sh", "-ec", fix], check=True)


def test_all_is_well(operated):
    done = operated.run("doctor")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    checks = {line.split()[1]: line.split()[0] for line in done.stdout.splitlines()}
    assert set(checks.values()) <= {"ok", "warning"}
    silent = {"user", "mod_wsgi", "restart", "change", "certificate", "lock"}
    assert checks.keys() == doctor.CHECKS.keys() - silent
    assert {name for name, level in checks.items() if level == "warning"} <= {"limits", "disk"}
    values = json.loads(operated.run("doctor", "JSON=1").stdout)
    assert [value["check"] for value in values] == list(checks)


def test_before_the_first_deployment(fresh_site):
    done = fresh_site.run("doctor")
    assert (done.returncode, "name what to check, as doctor ADAPTER" in done.stderr) == (2, True)
    done = fresh_site.run("doctor", "mod_wsgi", f"PORT={fresh_site.port}")
    assert done.returncode == 0, done.stdout
    assert "apache2, apxs, cc, Python.h found" in done.stdout
    assert not fresh_site.root.exists()
    fresh_site.folder.chmod(0o700)
    words = [f"ROOT={fresh_site.root}", "FRONTEND=nginx", "gevent"]
    finding = only(look(*words), "permissions")
    assert (finding.level, finding.what) == (
        "wrong",
        f"{fresh_site.folder} (mode 0700, owner root) bars {users.own(fresh_site.root)} from the folder "
        f"of ROOT {fresh_site.folder}",
    )
    do(finding.fix)
    assert only(look(*words), "permissions").level == "ok"


def test_what_is_asked_for_is_looked_at_and_not_what_is_live(operated):
    port = sockets.free_port("127.0.0.1")
    asked = look(f"ROOT={operated.root}", f"PORT={port}")
    assert (asked.settings.port, asked.target.adapter) == (port, look(f"ROOT={operated.root}").target.adapter)
    assert only(asked, "port").what == f"127.0.0.1:{port} is free"
    with socket.create_server(("127.0.0.1", port)):
        finding = only(asked, "port")
    assert (finding.level, f"held by process {os.getpid()}" in finding.what) == ("wrong", True), finding


BARRIERS = {  # what is made wrong in ROOT, and who it then bars from what
    "a-folder-above": (lambda root: root.parent.chmod(0o700), "{parent} (mode 0700, owner root) bars {user} from"),
    "the-release": (lambda root: (root / "current").resolve().chmod(0o700), "bars {user} from the release"),
    "sockets": (lambda root: os.chown(root / "run/sockets", 0, 0), "(mode 0710, owner root) bars {user} from the so"),
    "the-socket": (lambda root: next((root / "run/sockets").glob("2*")).chmod(0), "socket to the application"),
    "data": (lambda root: (root / "shared/data").chmod(0o100), "(mode 0100, owner {user}) bars {user} from its da"),
    "logs": (lambda root: os.chown(root / "shared/logs/application", 0, 0), "owner root) bars {user} from its log"),
}


@pytest.mark.parametrize(("harm", "what"), BARRIERS.values(), ids=BARRIERS)
def test_a_folder_that_bars_the_way(operated, subject, harm, what):
    harm(operated.root)
    finding = found(subject, "permissions")[0]
    assert finding.level == "wrong"
    assert what.format(parent=operated.root.parent, user=users.own(operated.root)) in finding.what
    for _ in range(10):  # folder after folder, from the top
        if (finding := found(subject, "permissions")[0]).level == "ok":
            return
        do(finding.fix)
    pytest.fail(f"the fix mends nothing: {finding}")


SECRETS = {
    "readable": (lambda path: path.chmod(0o640), "can be read by others (mode 0640)"),
    "owner": (lambda path: os.chown(path, 0, 0), "does not belong to {user}"),
}


@pytest.mark.parametrize(("harm", "what"), SECRETS.values(), ids=SECRETS)
def test_secrets(operated, subject, harm, what):
    harm(operated.root / "shared" / "secrets.json")
    finding = only(subject, "secrets")
    what = what.format(user=users.own(operated.root))
    assert (finding.level, what in finding.what) == ("wrong", True), finding
    do(finding.fix)
    assert only(subject, "secrets").level == "ok"


def test_no_interpreter(subject):
    settings = subject.settings.model_copy(update={"python": "/nowhere/python"})
    finding = only(dataclasses.replace(subject, settings=settings), "interpreter")
    assert (finding.level, finding.fix) == ("wrong", "apt-get install python3-venv")
    assert finding.what.endswith("(tried /nowhere/python (/nowhere/python: No such file or directory))")


def test_an_environment_that_lacks_something(subject):
    (info,) = subject.release.venv.glob("lib/python*/site-packages/nh3-*.dist-info")
    away = info.with_suffix(".away")
    info.rename(away)
    try:
        finding = only(subject, "environment")
    finally:
        away.rename(info)
    assert finding.level == "wrong"
    assert f"{subject.release.venv} lacks nh3 " in finding.what
    assert finding.fix.startswith(f"rm -f {subject.release.venv}/complete && make deploy-gunicorn")
    complete = subject.release.venv / environments.COMPLETE
    complete.unlink()
    assert "was never completed" in only(subject, "environment").what
    complete.touch()


def test_a_mod_wsgi_of_another_python(subject, tmp_path):
    target = dataclasses.replace(subject.target, adapter="mod_wsgi")
    release = dataclasses.replace(subject.release, venv=tmp_path, target=target)
    subject = dataclasses.replace(subject, release=release, target=target)
    assert "has no mod_wsgi" in only(subject, "mod_wsgi").what
    folder = tmp_path / "lib" / "python3.11" / "site-packages" / "mod_wsgi" / "server"
    folder.mkdir(parents=True)
    (folder / "mod_wsgi-py311.cpython-311-x86_64-linux-gnu.so").write_bytes(b"\x7fELF...libpython3.11.so.1.0\0")
    assert only(subject, "mod_wsgi").level == "ok"
    other = folder / "mod_wsgi-py310.cpython-310-x86_64-linux-gnu.so"
    other.write_bytes(b"\x7fELF...libpython3.10.so.1.0\0")
    wrong = found(subject, "mod_wsgi")[0]
    assert (wrong.level, wrong.what) == ("wrong", f"{other} is built for Python 3.10, the release has 3.11")
    assert wrong.fix.startswith(f"rm {other} && ")


def test_a_front_end_that_is_not_there(subject, tmp_path, monkeypatch):
    monkeypatch.setattr(run, "SEARCHED", ())
    finding = only(dataclasses.replace(subject, host=Local({"PATH": str(tmp_path)})), "programs")
    assert finding[:3] == ("wrong", "nginx missing on this machine", "apt-get install nginx")


def test_a_configuration_that_the_front_end_refuses(subject):
    path = subject.release.folder / "frontend" / "site.conf"
    text = path.read_text()
    path.write_text(text + "\nnonsense;\n")
    finding = only(subject, "frontend")
    path.write_text(text)
    assert (finding.level, 'unknown directive "nonsense"' in finding.what) == ("wrong", True)
    assert only(subject, "frontend").level == "ok"


def test_few_open_files(subject):
    pid = subject.pids[0]
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    for limit, level in ((40, "wrong"), (1024, "warning"), (16384, "ok")):
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (limit, before[1]))
        finding = only(subject, "limits")
        assert (finding.level, f"may open {limit} files" in finding.what) == (level, True), finding
    resource.prlimit(pid, resource.RLIMIT_NOFILE, before)


@contextlib.contextmanager
def small_disk(folder, options):
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", folder], check=True)
    try:
        yield Root(folder)
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize(
    ("options", "level"), [("size=4m", "wrong"), ("size=16m", "warning"), ("size=999m,nr_inodes=400", "wrong")]
)
def test_a_disk_that_is_full(subject, tmp_path, options, level):
    with small_disk(tmp_path, options) as root:
        finding = only(dataclasses.replace(subject, root=root), "disk")
        assert finding.level == level, finding
        assert finding.fix == f"du -xh --max-depth=2 {tmp_path} | sort -h | tail"
        first = only(dataclasses.replace(subject, root=root, release=None), "disk")
        assert (first.level, "the first deployment takes" in first.what) == ("wrong", True)


def test_a_lock(subject):
    assert found(subject, "lock") == []
    subject.root.lock.mkdir()
    owner = {"pid": os.getpid(), "user": "ada", "since": "2026-01-01 00:00:00 UTC"}
    (subject.root.lock / "owner.json").write_text(json.dumps(owner))
    finding = only(subject, "lock")
    assert (finding.level, finding.what.startswith("a deployment died: ada, process")) == ("warning", True)
    folder = os.open(subject.root.lock, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    finding = only(subject, "lock")
    os.close(folder)
    shutil.rmtree(subject.root.lock)
    assert "a deployment is under way" in finding.what
    assert finding.fix == f"tail --pid={os.getpid()} -f /dev/null"


def test_a_schema_that_is_not_the_releases(subject):
    with contextlib.closing(sqlite3.connect(subject.root.data / "yourapplication.sqlite")) as database:
        (before,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
        finding = only(subject, "application")
        database.execute("UPDATE alembic_version SET version_num = ?", [before])
        database.commit()
    assert (finding.level, "is at revision 9999" in finding.what) == ("wrong", True), finding
    assert finding.fix == f"make flask CMD='init-db' ROOT={subject.root.path}"


def test_an_application_that_cannot_be_imported(subject):
    path = subject.release.folder / "yourapplication" / "__init__.py"
    path.rename(path.with_suffix(".away"))
    finding = only(subject, "application")
    path.with_suffix(".away").rename(path)
    assert finding.level == "wrong"
    assert finding.what.startswith(f"{OURS} cannot be imported: ")


def test_a_process_that_died_a_stopped_site_and_a_port_that_another_holds(operated, subject):
    (pid,) = next(part.pids for part in subject.supervisor.processes() if part.name == operated.release)
    wait(lambda: processes.look(pid).uptime > 5)  # so that the next one is younger than the release
    os.kill(pid, signal.SIGKILL)
    wait(lambda: any("was started again" in each.what for each in found(subject, "supervisor")))
    assert found(subject, "supervisor")[0].what.partition(" was")[0].endswith(f" of {operated.release}")
    assert operated.run("stop").returncode == 0
    subject = look(f"ROOT={operated.root}")
    assert only(subject, "supervisor")[1:3] == ("the site is stopped", f"make start ROOT={operated.root}")
    assert only(subject, "port").what == f"127.0.0.1:{operated.port} is free"
    with socket.create_server(("127.0.0.1", operated.port)):
        finding = only(subject, "port")
    assert finding.what.startswith(f"127.0.0.1:{operated.port} is held by process {os.getpid()} (")
    assert finding.fix.startswith(f"kill {os.getpid()}, or make deploy-gunicorn FRONTEND=nginx")
    settings = subject.settings.model_copy(update={"address": "192.0.2.1"})
    finding = only(dataclasses.replace(subject, settings=settings), "port")
    assert (finding.level, "Cannot assign requested address" in finding.what) == ("wrong", True)
    assert operated.run("start").returncode == 0
    assert only(look(f"ROOT={operated.root}"), "supervisor").level == "ok"


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    """A TLS server that shows a certificate for shop.example, valid for 90 days."""
    folder = tmp_path_factory.mktemp("tls")
    words = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "90",
    ]
    subject = ["-subj", "/CN=shop", "-addext", "subjectAltName=DNS:shop.example"]
    subprocess.run([*words, *subject, "-keyout", "key", "-out", "cert"], cwd=folder, capture_output=True, check=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert", folder / "key")
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            with contextlib.suppress(OSError):  # the listener was closed: the end
                while True:
                    connection = listener.accept()[0]
                    with contextlib.suppress(ssl.SSLError), context.wrap_socket(connection, server_side=True) as client:
                        client.recv(1)

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("days", "level", "what"),
    [
        (0, "ok", "is valid until 20"),
        (75, "warning", "expires in 15 days"),
        (91, "wrong", "has expired"),
        (-2, "wrong", "is not valid yet"),
    ],
)
def test_a_certificate_by_its_dates(secured, days, level, what):
    (finding,) = tls.examine("127.0.0.1", secured, "shop.example", time.time() + days * 86400)
    assert (finding.level, what in finding.what) == (level, True), finding


def test_a_certificate_for_another_name_and_no_certificate(secured):
    finding = list(tls.examine("127.0.0.1", secured, "other.example", time.time()))[1]
    assert (finding.level, "does not name other.example" in finding.what) == ("warning", True)
    with socket.create_server(("127.0.0.1", 0)) as plain:

        def hang_up():
            plain.accept()[0].close()

        threading.Thread(target=hang_up, daemon=True).start()
        (finding,) = tls.examine("127.0.0.1", plain.getsockname()[1], "shop.example", time.time())
    assert "speaks no TLS" in finding.what


def test_a_root_that_is_a_file(subject, tmp_path):
    (tmp_path / "file").touch()
    finding = only(dataclasses.replace(subject, root=Root(tmp_path / "file" / "root")), "root")
    assert (finding.level, "is a file: choose a folder" in finding.what) == ("wrong", True)


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_every_adapter_can_be_asked_about_before_its_first_deployment(fresh_site, adapter):
    findings = doctor.examine(look(f"ROOT={fresh_site.root}", f"PORT={fresh_site.port}", adapter))
    assert [each for each in findings if each[1].level == "wrong"] == []


def test_clients_who_get_no_answer(subject, monkeypatch):
    """In process the application is well; its processes answer nobody."""
    monkeypatch.setattr(doctor.clients, "SECONDS", 1)
    assert only(subject, "clients").level == "ok"
    hung = [pid for pid in subject.pids if b"deploy.adapters" in processes.command(pid)]
    try:
        for pid in hung:
            os.kill(pid, signal.SIGSTOP)
        assert only(subject, "application").level == "ok"
        finding = only(subject, "clients")
    finally:
        for pid in hung:
            os.kill(pid, signal.SIGCONT)
    assert (finding.level, finding.fix) == ("wrong", f"make logs ROOT={subject.root.path}")
    assert finding.what == f"clients at {subject.release.authority}: GET /readyz failed: timed out"
