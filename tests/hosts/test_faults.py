"""The faults of tests/deploy/test_faults.py on a host, and what there is only there: SSH, /etc, power, a clock."""

import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.deploy.faulty import FILLING, GO, WAITING
from tests.deploy.small import PARTS
from tests.deploy.test_faults import PLACES, steps_with
from tests.project import copy

from .client import PROJECT, Client

SITE, CODE, FAULT = "/srv/yourapplication", "/srv/code", "/srv/fault"
UNITS = "/etc/systemd/system"
SMALL = "/srv/small"  # another site, whose disk can be filled


def words(root):
    """What deploys a site of a name of its own."""
    return ("tornado", "APPLICATION=sites:plain", "FRONTEND=nginx", "PROCESSES=1", "SUPERVISOR=systemd", f"ROOT={root}",
            f"SERVER_NAME={name(root)}", "ADDRESS=0.0.0.0", "PORT=80")  # fmt: skip


def name(root):
    return f"{root.rpartition('/')[2]}.example"


READ = f"""
import pathlib
fault = pathlib.Path("{FAULT}")
if __name__ == "__main__" and fault.exists() and sys.argv[1] in ("up", "rollback"):
    from . import faulty
    faulty.install(*fault.read_text().split())
    fault.unlink()
"""
LOSES_PATIENCE = ("-c", "import sys; from deploy.fleet import ssh; from deploy.__main__ import main; "
                  "ssh.SILENCE_SECONDS = 1; sys.exit(main(sys.argv[1:]))")  # fmt: skip
PATIENCE = 60  # seconds


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A tiny application, and a tool that has a fault when FAULT says so (faulty.py)."""
    folder = copy(tmp_path_factory.mktemp("project"), PARTS)
    shutil.copy(PROJECT / "tests" / "deploy" / "sites.py", folder)
    shutil.copy(PROJECT / "tests" / "deploy" / "faulty.py", folder / "deploy")
    (folder / "requirements.txt").write_text("")
    main, start = folder / "deploy" / "__main__.py", 'if __name__ == "__main__":'
    main.write_text(main.read_text().replace(start, READ + start))
    return folder


@pytest.fixture(scope="module")
def client(host, project, tmp_path_factory):
    return Client(tmp_path_factory.mktemp("home"), [host], project)


@pytest.fixture(scope="module")
def site(host, client, project):
    """Live, for the first time by SSH, which brings the tool; later deployments are made on the host itself."""
    client.good("up", *words(SITE))
    host.put(project, CODE)
    return host


def on_host(fault="", root=SITE, command="up", given=None, environ=""):
    """The script that deploys on the host itself, with a fault: kind, step and place."""
    prepare = f"echo '{fault}' > {FAULT}; " if fault else ""
    tool = f"{environ} {SITE}/tool/*/bin/python -m deploy"
    return f"{prepare}cd {CODE} && {tool} {command} {' '.join(given or words(root))}; exit $?"


def deployed(host, root=SITE, **options):
    """Deploy on the host, insist on success, and on nothing being left of earlier faults; the release that is live."""
    done = host.run(on_host(root=root, **options), check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    live = assert_clean(host, root)
    assert f"release {live} " in done.stdout.splitlines()[-1]
    return live


def get(host, root=SITE):
    """(status, release) of one request from outside."""
    token = host.run(f"cat {root}/shared/token").stdout
    head = f"GET / HTTP/1.1\r\nHost: {name(root)}\r\nConnection: close\r\nX-Release-Token: {token}\r\n\r\n"
    with socket.create_connection((host.address, 80), timeout=30) as connection:
        connection.sendall(head.encode())
        said = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    release = re.search(r"X-Release: (\S+)", said, re.IGNORECASE)
    return int(said.split()[1]), release and release[1]


def current(host):
    return host.run(f"basename $(readlink {SITE}/current)").stdout.strip()


def assert_clean(host, root=SITE):
    """Only what serves runs, only what was live is kept, and the lock is free; the release that is live."""
    look = [
        "basename $(readlink current)",
        "readlink /proc/[0-9]*/cwd | grep ^$PWD/releases/ | sort -u",
        *("ls releases", "ls run | grep ^2", "ls -d lock"),
        f"ls /etc/systemd/system | grep -oE '^{root.rpartition('/')[2]}-[0-9-]+[0-9]' | sort -u",
        "systemctl is-system-running",
    ]
    said = host.run(f"cd {root}; {'; echo --; '.join(look)}", check=False).stdout
    (live,), running, releases, runtime, lock, units, (state,) = [part.split() for part in said.split("--\n")]
    assert running == [f"{root}/releases/{live}"]
    assert runtime == releases
    assert (lock, units, state) == ([], [f"{root.rpartition('/')[2]}-{live}"], "running")
    assert get(host, root) == (200, live)
    return live


@pytest.mark.parametrize("step", steps_with("systemd", "kill"))
def test_a_deployment_that_is_killed(site, step):
    serving = current(site)
    place = {**PLACES, "start": "3"}.get(step, ("end",))[0]
    assert site.run(on_host(f"kill {step} {place}"), check=False).returncode == 137
    status, release = get(site)
    assert (status, release in (serving, current(site))) == (200, True)
    deployed(site)


@pytest.mark.parametrize("step", steps_with("systemd", "fail"))
def test_a_step_that_fails(site, step):
    serving = assert_clean(site)
    done = site.run(on_host(f"fail {step} 2"), check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr  # a command that cannot be started may do no harm
    assert (assert_clean(site) == serving) == (done.returncode == 1)
    if done.returncode:
        assert done.stderr.splitlines()[-1] == f"still live: release {serving}, adapter tornado"


@pytest.fixture
def small(site):
    """Another site, whose environments lie elsewhere."""
    site.run(f"mkdir {SMALL}; mount -t tmpfs -o size=32m,mode=755 disk {SMALL}; ln -s {SITE}/venvs {SMALL}/venvs")
    deployed(site, SMALL)
    yield site
    assert site.run(on_host(root=SMALL, command="stop", given=(f"ROOT={SMALL}",))).returncode == 0
    site.run(f"umount -l {SMALL}; rmdir {SMALL}")  # a host that starts anew does not know that disk


@pytest.mark.parametrize("step", steps_with("systemd", "full"))
def test_the_disk_is_full_in_a_step(small, step):
    serving = assert_clean(small, SMALL)
    done = small.run(on_host(f"full {step} 0", SMALL), check=False)
    small.run(f"rm -f {SMALL}/{FILLING}")
    assert done.returncode in (0, 1), done.stdout + done.stderr
    assert (assert_clean(small, SMALL) == serving) == (done.returncode == 1)
    deployed(small, SMALL)


@pytest.fixture
def small_etc(site):
    """/etc/systemd/system has a small disk of its own."""
    site.run(
        f"cp -a {UNITS} /srv/units; mount -t tmpfs -o size=256k,mode=755 units {UNITS}; cp -a /srv/units/. {UNITS}"
    )
    yield site
    site.run(f"rm -r /srv/units; cp -a {UNITS} /srv/units; umount {UNITS}; rm -r {UNITS}; mv /srv/units {UNITS}; "
             "systemctl daemon-reload")  # fmt: skip


def test_etc_is_full(small_etc):
    site, serving = small_etc, current(small_etc)
    site.run(f"head -c 1M /dev/zero > {UNITS}/{FILLING}", check=False)
    done = site.run(on_host(), check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "No space left on device" in done.stderr
    site.run(f"rm {UNITS}/{FILLING}")
    assert assert_clean(site) == serving
    deployed(site)


def waiting(host):
    deadline = time.monotonic() + PATIENCE
    while host.run(f"ls {WAITING}", check=False).returncode:
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture
def go(site):
    """Lets a deployment that waits go on; afterwards none does."""
    yield lambda: site.run(f"touch {GO}")
    site.run(f"rm -f {GO} {WAITING}")


def by_ssh(client, *before):
    """`up` from elsewhere, begun."""
    argv = [sys.executable, *(before or ("-m", "deploy")), "up", client.named, *words(SITE)]
    return subprocess.Popen(argv, cwd=client.project, env=client.environ, text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT)  # fmt: skip


def test_the_network_is_cut_in_the_middle(site, client, go):
    """The host goes on by itself; here the connection is given up, and status tells afterwards."""
    serving = assert_clean(site)
    site.run(f"echo wait install 0 > {FAULT}")
    with by_ssh(client, *LOSES_PATIENCE) as deployment:
        waiting(site)
        site.cut()
        said = deployment.stdout.read()
    assert deployment.returncode == 4, said
    assert "the connection was lost" in said
    site.mend()
    assert site.run(f"ls -d {SITE}/lock", check=False).returncode == 0
    go()
    ended(site)
    assert assert_clean(site) != serving
    assert current(site) in client.good("status")


def test_two_deployments_from_two_places(site, client, go):
    """The second is told who is at it. The first one's own machine dies meanwhile: what it has begun goes on."""
    serving = assert_clean(site)
    site.run(f"echo wait release 0 > {FAULT}")
    with by_ssh(client) as first:
        waiting(site)
        first.kill()
    second = client.run("up", *words(SITE))
    assert second.returncode == 3, second.stdout + second.stderr
    assert f"{SITE} is being deployed by root, process " in second.stdout + second.stderr
    go()
    ended(site)
    assert assert_clean(site) != serving


def ended(host):
    deadline = time.monotonic() + PATIENCE
    while host.run(f"ls -d {SITE}/lock", check=False).returncode == 0:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_the_power_goes_in_the_middle_of_a_deployment(site, go):
    """After the switch, before the record: the host comes back with a site that serves, and can be deployed to."""
    with subprocess.Popen([*site.ssh(), on_host("wait verify 0")], stdout=subprocess.DEVNULL):
        waiting(site)
        site.run("sync")
        site.kill()
    site.boot()
    status, release = get(site)
    assert (status, release) == (200, current(site))
    deployed(site)


def test_a_clock_that_is_an_hour_off(site):
    """The order of releases is the journal's."""
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    site.put(library.parent, "/opt/faketime", library.name)
    first = current(site)
    second, third = (
        deployed(site, environ=f"LD_PRELOAD=/opt/faketime/{library.name} FAKETIME={hours}") for hours in ("-1h", "+1h")
    )
    assert second < first < third
    assert deployed(site, command="rollback", given=(f"ROOT={SITE}",)) == second


def test_ctrl_c_here_undoes_it_there(site, client, go):
    """With words, and before the prompt is back: nothing goes live after it."""
    serving = assert_clean(site)
    site.run(f"echo wait install 0 > {FAULT}")
    with by_ssh(client) as deployment:
        waiting(site)
        deployment.send_signal(signal.SIGINT)
        said = deployment.stdout.read()
    assert deployment.returncode == 130, said
    assert "is stopped, and undone there" in said
    assert serving in said.splitlines()[-1]
    assert assert_clean(site) == serving


def test_a_host_without_python_is_told_how_to_get_it(host, client):
    path = host.run("readlink -f /usr/bin/python3").stdout.strip()
    host.run(f"mv /usr/bin/python3 /usr/bin/elsewhere; chmod 0 {path}")
    try:
        done = client.run("doctor", "gunicorn")
    finally:
        host.run(f"mv /usr/bin/elsewhere /usr/bin/python3; chmod 755 {path}")
    assert (done.returncode, "python3 is missing" in done.stdout) == (1, True), done.stdout + done.stderr
    assert "apt-get install python3 python3-venv" in done.stdout


@pytest.mark.parametrize("kind", ["/dev/null", "file"])
def test_a_command_there_reads_and_writes_what_it_is_given(site, client, tmp_path, kind):
    """Files and /dev/null too, which cannot be waited for."""
    given = tmp_path / "given"
    given.write_text("")
    path = given if kind == "file" else kind
    with open(path) as read, open(tmp_path / "out" if kind == "file" else kind, "w") as written:
        argv = [sys.executable, "-m", "deploy", "flask", client.named, f"ROOT={SITE}", "--", "--version"]
        done = subprocess.run(argv, cwd=client.project, env=client.environ, stdin=read, stdout=written,
                              stderr=subprocess.PIPE, text=True, check=False)  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
