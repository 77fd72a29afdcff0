"""What a power cut, and a Circus that is killed, leave behind: nothing of it stops the site, or loses what is live."""

import json
import os
import resource
import signal
import subprocess
import threading
import time

import pytest

from deploy.checks import limits
from deploy.machine.processes import command
from deploy.site.release import Root
from deploy.supervisors.circus import survivors

from .small import current

LOGIN = 1024  # files
TARGETS = [
    ("gevent", "none"),
    ("mod_wsgi", "none"),
    ("gunicorn", "nginx"),
    ("fastcgi", "lighttpd"),
    ("tornado", "apache"),
    ("cgi", "apache"),
]


@pytest.fixture(scope="module", autouse=True)
def login():
    """What a stock login lets its programs open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert hard > LOGIN
    resource.setrlimit(resource.RLIMIT_NOFILE, (LOGIN, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(params=TARGETS, ids="-".join, scope="module")
def lived(request, site):
    """(front end, release) of a target that serves; each test leaves it serving."""
    adapter, frontend = request.param
    return frontend, site.live(adapter, FRONTEND=frontend)


def test_what_serves_may_open_more_files_than_a_login(site, lived):
    pids = [each["pid"] for each in json.loads(site.run("status", "--json").stdout)["processes"]]
    assert min(map(limits.of, pids)) > LOGIN


def test_pid_files_that_name_a_living_process_do_not_keep_a_site_down(site, lived):
    cut_the_power(site)
    files = [*(site.root / "run").rglob("*.pid")]
    assert [path.name for path in files].count("circus.pid") == 1
    user = {"user": "www-data"} if os.geteuid() == 0 else {}
    with subprocess.Popen(["sleep", "600"], **user) as stranger:  # of the same user, whom Apache asks the kernel about
        for path in (*files, site.root / "run" / "frontend" / "apache.pid"):
            path.write_text(f"{stranger.pid}\n")
        done = site.run("start")
        stranger.kill()
    assert done.returncode == 0, done.stdout + done.stderr
    assert site.get()[:2] == (200, lived[1])
    assert site.run("status").returncode == 0


def test_a_supervisor_that_was_killed_is_replaced_while_clients_ask(site, lived):
    frontend, release = lived
    before = kill_supervisor(site)
    with asking(site) as got:
        told = site.run("status")
        assert told.returncode == 1
        assert "ready     yes\nstate     serving, not supervised: " in told.stdout
        assert f"'make start ROOT={site.root}' takes it over" in told.stdout
        found = json.loads(site.run("status", "--json").stdout)
        assert (found["state"], found["ready"]) == ("serving, not supervised", True)
        assert len(found["processes"]) >= 1
        done = site.run("start")
        assert done.returncode == 0, done.stdout + done.stderr
    assert site.run("status").returncode == 0
    assert not any(map(command, before))
    failed = [answer for answer in got if answer != (200, release)]
    if frontend == "apache":  # it opens its listening socket itself
        assert [answer for answer in failed if not isinstance(answer, OSError)] == []
        assert len(failed) < 100
    else:
        assert failed == []
    assert len(got) > 10


def test_a_start_that_fails_loses_nothing(site):
    """Somebody else has the port; the release that was live is still what `start` starts."""
    release = site.live("gevent")
    assert site.run("stop").returncode == 0
    journal = len(site.run("releases").stdout.splitlines())
    failed = site.up("gevent", "tests.deploy.sites:broken_pages")
    assert failed.returncode == 1
    assert failed.stderr.splitlines()[-1] == f"stopped: release {release}; 'make start ROOT={site.root}' starts it"
    assert current(site) == release
    (site.root / "releases" / release / "instance" / "serve.json").rename(site.folder / "serve.json")
    assert site.run("start").returncode == 1
    assert current(site) == release
    (site.folder / "serve.json").rename(site.root / "releases" / release / "instance" / "serve.json")
    assert site.run("start").returncode == 0
    assert site.get()[:2] == (200, release)
    assert len(site.run("releases").stdout.splitlines()) == journal + 3


def test_a_successor_that_cannot_serve_leaves_what_serves(site):
    release = site.live("gevent", FRONTEND="nginx")
    before = kill_supervisor(site)
    assert "wrong    supervisor   the site serves, but its supervisor was killed" in site.run("doctor").stdout
    secret = site.root / "releases" / release / "instance" / "serve.json"
    secret.rename(site.folder / "serve.json")
    done = site.run("start")
    assert done.returncode == 1, done.stdout
    assert site.get()[:2] == (200, release)
    assert set(survivors.groups(Root(site.root))) == before
    (site.folder / "serve.json").rename(secret)
    site.live("gunicorn", FRONTEND="nginx")  # a deployment takes over, too
    assert not any(map(command, before))
    assert site.run("status").returncode == 0


def kill_supervisor(site):
    """The processes that it has left."""
    os.kill(int((site.root / "run" / "supervisor" / "circus.pid").read_text()), signal.SIGKILL)
    while not (found := survivors.groups(Root(site.root))):
        time.sleep(0.01)
    return found


def cut_the_power(site):
    survivors.kill(kill_supervisor(site))


class asking:
    """What clients get while the block runs: (status, release) or the error."""

    def __init__(self, site):
        self.site, self.got, self.ended = site, [], threading.Event()

    def __enter__(self):
        self.threads = [threading.Thread(target=self.ask) for _ in range(2)]
        for thread in self.threads:
            thread.start()
        return self.got

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def ask(self):
        while not self.ended.is_set():
            try:
                self.got.append(self.site.get()[:2])
            except OSError as error:
                self.got.append(error)
            time.sleep(0.01)
