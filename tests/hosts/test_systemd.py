"""Every adapter behind every front end on a Debian host under systemd, beside other sites that never notice."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from deploy import bundle, frontends
from deploy.adapters import ADAPTERS
from tests import covering

from ..release import limits
from ..release.load import Load
from . import attacks, lab
from .image import NEWER, OLDER
from .sites import Site, ask, equip

ECHO = "tests.contract.echo:application"
TAKEN_OVER = "tests.deploy.sites:taken_over"
OTHERS = {"nginx": 8090, "apache": 8091, "lighttpd": 8092}
# What an administrator has on a host with all three: other sites, none of them on port 80, which only one can have.
OTHER_SITES = """
mkdir -p /var/www/other && echo other > /var/www/other/index.html
rm /etc/nginx/sites-enabled/default
printf 'server { listen 8090; root /var/www/other; }' > /etc/nginx/sites-enabled/other
sed -i 's/^Listen 80$/Listen 8091/' /etc/apache2/ports.conf
sed -i 's/:80>/:8091>/; s#/var/www/html#/var/www/other#' /etc/apache2/sites-available/000-default.conf
sed -i 's/^server.port .*/server.port = 8092/; s#/var/www/html#/var/www/other#' /etc/lighttpd/lighttpd.conf
systemctl enable -q --now nginx apache2 lighttpd
"""
APPLICATIONS = {"nginx": "tornado", "lighttpd": "fastcgi", "apache": "mod_wsgi"}  # what serves ours behind each
HOLD = 5  # seconds that a request takes: GRACEFUL_TIMEOUT of these sites


class Target(NamedTuple):
    """An adapter and a front end, or none, on a host of a release of Debian."""

    debian: str
    adapter: str
    frontend: str
    protocol: str

    def __str__(self) -> str:
        return f"{self.debian}-{self.adapter}-{self.frontend}"


TARGETS = [
    Target(debian, adapter, frontend, spoken)
    for debian in (NEWER, OLDER)
    for frontend in ("none", *frontends.FRONTENDS)
    for adapter in ADAPTERS
    if (spoken := frontends.protocol(frontend, bundle.adapter(adapter).protocols))
]
EACH_TARGET = [
    pytest.param(*each.values[0][:3], id=each.id, marks=each.marks) for each in covering.parameters("hosts", TARGETS)
]


@pytest.fixture(scope="module", params=[NEWER, pytest.param(OLDER, marks=pytest.mark.wide)])
def host(request: pytest.FixtureRequest) -> Iterator[lab.Host]:
    """Servers and Python differ: `make test-all` has all of this on both."""
    with lab.hosts(request.param) as (made,):
        yield made


@pytest.fixture(scope="module")
def site(host: lab.Host) -> Site:
    equip(host)
    host.run(OTHER_SITES)
    return Site(host, "blog", 8000)


@pytest.fixture(autouse=True)
def others_answer(site: Site) -> Iterator[None]:
    """Other sites of the same servers answer before and after each test."""
    yield
    for port in OTHERS.values():
        response, body = ask(site.host.address, port, "/", "other.test")
        assert (response.status, body) == (200, b"other\n"), port


def await_listening(address: str, *ports: int) -> None:
    deadline = time.monotonic() + 30
    for port in ports:
        while True:
            with socket.socket() as probe:
                if probe.connect_ex((address, port)) == 0:
                    break
            assert time.monotonic() < deadline, f"nobody listens on {address}:{port}"
            time.sleep(0.05)


def main(site: Site, name: str) -> str:
    """The number of a service's main process, 0 when there is none."""
    return site.host.run(f"systemctl show --value -p MainPID {name}").stdout.strip()


def await_successor(site: Site, name: str, before: str) -> None:
    """Wait until the service has another main process."""
    deadline = time.monotonic() + 30
    while main(site, name) in (before, "0"):
        assert time.monotonic() < deadline, f"nobody follows process {before} of {name}"
        time.sleep(0.05)


def unit(site: Site) -> str:
    return next(name for name in site.units() if name.endswith("@1.service"))


def instances(adapter: str, frontend: str) -> int:
    """With 2 processes of 4 threads; fcgiwrap's answer one request each."""
    if adapter == "cgi":
        return 2 * 4
    if bundle.adapter(adapter).forks:
        return 0 if (adapter, frontend) == ("mod_wsgi", "apache") else 1
    return 2


@pytest.mark.parametrize(("host", "adapter", "frontend"), EACH_TARGET, indirect=["host"])
def test_every_target(site, adapter, frontend):
    """Each takes the place of the one before; the same release's processes, and only they, run afterwards."""
    release = site.have(adapter, FRONTEND=frontend, APPLICATION=ECHO, MOUNT="/app")
    status, answered_by, body = site.get("/app/a%20b?c=%20d")
    assert (status, answered_by) == (200, release)
    seen = json.loads(body)["environ"]
    assert (seen["SCRIPT_NAME"], seen["PATH_INFO"], seen["QUERY_STRING"]) == ("/app", "/a b", "c=%20d")
    assert seen["HTTP_HOST"] == "blog.test:8000"
    assert seen["REMOTE_ADDR"] == site.host.gateway
    services = site.units("*.service")
    assert all(release in name for name in services)
    assert len(services) == instances(adapter, frontend)
    assert json.loads(site.run("status", "JSON=1").stdout)["processes"]
    if site.units():  # Apache has no other than its own for what is embedded in it
        verified = site.host.run(f"systemd-analyze verify {' '.join(site.units())}")
        assert verified.stdout + verified.stderr == ""
    for name in services[:1]:
        site.host.run(f"systemd-analyze security --threshold=20 {name}")
    owners = site.host.run("stat -c '%U %a' /srv/blog/shared/secrets.json /srv/blog/run/sockets/*", check=False).stdout
    assert owners.splitlines()[0] == "blog 600"
    assert set(owners.splitlines()[1:]) <= {"www-data 600"}


@pytest.mark.parametrize("frontend", frontends.FRONTENDS)
def test_the_application_at_home_on_a_host(site, frontend):
    """Its databases and its log can be written, its pages are styled; each front end serves static files."""
    release = site.have(APPLICATIONS[frontend], FRONTEND=frontend)
    status, answered_by, page = site.get("/")
    assert (status, answered_by) == (200, release)
    style = re.search(rb'href="(/static/style\.[0-9a-f]{12}\.css)"', page)
    assert style
    response, _ = ask(site.host.address, site.port, style[1].decode(), "blog.test")
    assert response.getheader("Content-Type") == "text/css; charset=utf-8"
    assert "immutable" in ", ".join(response.headers.get_all("Cache-Control", []))
    log = site.host.run("tail -n 1 /srv/blog/shared/logs/application/requests.log").stdout
    assert json.loads(log)["release"] == release
    assert "GET / " in site.host.run("cat /srv/blog/shared/logs/access.log").stdout


def test_a_killed_process_is_started_again(site):
    release = site.have("gevent", APPLICATION=ECHO)
    name = unit(site)
    before = main(site, name)
    site.host.run(f"systemctl kill --signal=KILL {name}")
    await_successor(site, name, before)
    assert site.get()[:2] == (200, release)


@pytest.mark.parametrize("frontend", frontends.FRONTENDS)
def test_a_killed_front_end_is_started_again(site, frontend):
    """By systemd, where Debian's unit says so; nginx's does not, and the doctor knows what to do."""
    site.have(APPLICATIONS[frontend], FRONTEND=frontend)
    server = frontends.load(frontend).debian.unit
    before = main(site, server)
    findings = [each for each in json.loads(site.run("doctor", "JSON=1").stdout) if each["check"] == "restart"]
    assert [each["level"] for each in findings] == ["warning" if frontend == "nginx" else "ok"]
    site.host.run(findings[0]["fix"] or "true")
    site.host.run(f"systemctl kill --kill-whom=main --signal=KILL {server}")
    await_successor(site, server, before)  # until then Apache's children may listen on
    await_listening(site.host.address, OTHERS[frontend], site.port)
    assert site.get()[0] == 200


def test_a_release_that_is_not_ready_leaves_the_old_one_and_says_why(site):
    release = site.have("gevent", APPLICATION=ECHO)
    for application, reason in (("tests.deploy.sites:unready", "the coffee is cold"),
                                ("tests.deploy.sites:dying()", "exit-code")):  # fmt: skip
        done = site.up("tornado", APPLICATION=application)
        assert (done.returncode, reason in done.stderr) == (1, True), done.stderr
        assert site.get()[:2] == (200, release)
        assert all(release in name for name in site.units("*.service"))


def test_a_front_end_that_a_failed_deployment_started_is_stopped_again(site):
    """It would start at boot, too, and want its ports."""
    release = site.have("gevent", APPLICATION=ECHO)
    asked = "systemctl is-active lighttpd; systemctl is-enabled --quiet lighttpd || echo disabled"
    site.host.run("systemctl disable -q --now lighttpd")
    try:
        done = site.up("gevent", FRONTEND="lighttpd", APPLICATION="tests.deploy.sites:served_broken")
        assert (done.returncode, "was answered 500" in done.stderr) == (1, True), done.stderr
        assert site.host.run(asked).stdout == "inactive\ndisabled\n"
    finally:
        site.host.run("systemctl enable -q --now lighttpd")
        await_listening(site.host.address, OTHERS["lighttpd"])
    assert site.get()[:2] == (200, release)


@pytest.mark.parametrize("frontend", frontends.FRONTENDS)
def test_a_file_that_the_front_end_rejects_is_put_back(site, frontend):
    """Another site's file is broken: ours cannot be checked among them, so nothing is changed."""
    release = site.have(APPLICATIONS[frontend], FRONTEND=frontend)
    room = frontends.load(frontend).debian
    ours = f"/etc/{room.available.format(site='blog')}"
    before = site.host.run(f"cat {ours}").stdout
    broken = f"/etc/{room.enabled.format(site='99-broken')}"
    site.host.run(f"echo 'this is no directive' > {broken}")
    done = site.up("tornado", FRONTEND=frontend, APPLICATION=ECHO)
    site.host.run(f"rm {broken}")
    assert (done.returncode, "99-broken" in done.stderr) == (1, True), done.stderr
    assert site.host.run(f"cat {ours}").stdout == before
    assert site.get()[:2] == (200, release)


def test_a_front_end_that_would_want_anothers_port_is_not_started(site):
    """Nothing is changed, and the command that is named with the refusal mends it, as the doctor says too."""
    release, words = site.have("gevent", APPLICATION=ECHO), {"FRONTEND": "lighttpd", "APPLICATION": ECHO}
    site.host.run("systemctl stop lighttpd; sed -i 's/^server.port .*/server.port = 8090/' /etc/lighttpd/lighttpd.conf")
    try:
        done = site.up("gevent", **words)
        (found,) = [
            each
            for each in json.loads(site.run("doctor", "gevent", "JSON=1", "SUPERVISOR=systemd", "ADDRESS=0.0.0.0",
                                            f"PORT={site.port}", "FRONTEND=lighttpd").stdout)
            if each["check"] == "port"
        ]  # fmt: skip
        said = "lighttpd is started for the site and wants port 8090 for /etc/lighttpd/lighttpd.conf, which nginx has"
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr
        assert (found["level"], found["what"], found["fix"] in done.stderr) == ("wrong", said, True)
        assert site.get()[:2] == (200, release)
        site.host.run(found["fix"])
        site.live("gevent", **words)
    finally:
        site.host.run("sed -i 's/^server.port .*/server.port = 8092/' /etc/lighttpd/lighttpd.conf; "
                      "systemctl restart lighttpd")  # fmt: skip
        await_listening(site.host.address, OTHERS["lighttpd"])


def test_names_that_belong_to_somebody_else_are_left_alone(site):
    other = Site(site.host, "shop", 8001)
    site.host.run("echo '# mine' > /etc/nginx/sites-available/shop")
    done = other.up("gevent", FRONTEND="nginx", APPLICATION=ECHO)
    assert (done.returncode, "/etc/nginx/sites-available/shop is not of the site" in done.stderr) == (2, True)
    site.host.run("rm /etc/nginx/sites-available/shop")


def test_two_sites_share_a_port_of_nginx(site):
    first = site.have(APPLICATIONS["nginx"], FRONTEND="nginx")
    other = Site(site.host, "shop", 8000)
    site.host.run("mkdir /srv/shop && cp -al /srv/blog/venvs /srv/shop")  # what is installed there is not the matter
    second = other.live("tornado", FRONTEND="nginx", APPLICATION=ECHO)
    assert (site.get()[1], other.get()[1]) == (first, second)
    done = site.up(APPLICATIONS["lighttpd"], FRONTEND="lighttpd")
    said = "PORT is 8000, where nginx goes on listening for /etc/nginx/sites-enabled/shop: take port 8000 out of it"
    assert (done.returncode, said.removesuffix("it") in done.stderr) == (2, True), done.stderr
    assert (site.get()[1], other.get()[1]) == (first, second)
    assert other.run("stop").returncode == 0
    assert site.get()[:2] == (200, first)
    assert other.units() == []


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=() if kind in ("link", "pipe") else pytest.mark.wide) for kind in attacks.KINDS]
)
def test_what_stands_in_the_place_of_a_log_is_not_read_by_root(site, kind):
    """The site's user puts it there, as a hole in the application would let him; nothing that is root's is touched."""
    site.have("gunicorn", FRONTEND="nginx", APPLICATION=TAKEN_OVER)
    attacks.keep(site)
    before = attacks.kept(site)
    assert attacks.plant(site, kind)
    try:
        asked = [site.run(*words) for words in (("logs", "ONCE=1"), ("status",), ("doctor",))]
        said = "".join(done.stdout + done.stderr for done in asked)
        rotated = site.host.run("timeout 30 logrotate --force /etc/logrotate.d/blog 2>&1", check=False)
        found = (attacks.WORD in said + rotated.stdout, "Traceback" in said, rotated.returncode)
        assert found == (False, False, 0), said + rotated.stdout
        assert attacks.kept(site) == before
    finally:
        attacks.clear(site)


SWAPS = [
    pytest.param("none", ("gunicorn", "tornado", "gevent"), "", id="none"),
    pytest.param("nginx", ("gunicorn", "tornado", "gevent"), "", id="nginx"),
    pytest.param("apache", ("mod_wsgi", "mod_wsgi", "gevent"), "http", id="apache"),
]


@pytest.mark.parametrize(("frontend", "adapters", "protocol"), SWAPS)
def test_no_request_fails_while_adapters_replace_each_other(site, frontend, adapters, protocol):
    """Under load from outside; tests/release has every pair."""
    live = {"APPLICATION": "tests.release.application:application", "FRONTEND": frontend, "PROTOCOL": protocol}
    first, *others = adapters
    release = site.live(first, **live)
    with Load(site.port, release, site.token, site.host.address, f"{site.name}.test") as load:
        held = load.hold(HOLD)
        for adapter in others:
            load.change(lambda name=adapter: site.live(name, **live))
        load.change(site.back)
        held.join()
        load.await_answers(time.monotonic())
        result = load.mark()
    assert result.requests > 100
    assert [failure for failure in result.failures if not limits.known(frontend, "", failure)] == []


@pytest.mark.parametrize("frontend", ["none", "nginx"])
def test_after_a_reboot_the_site_is_back_alone(site, frontend):
    release = site.have("gunicorn", FRONTEND=frontend, APPLICATION=ECHO)
    site.host.reboot()
    await_listening(site.host.address, *OTHERS.values())  # lighttpd counts as started before it listens
    assert site.get()[:2] == (200, release)


def test_stop_leaves_nothing_that_starts_at_boot_and_start_brings_it_back(site):
    release = site.have("gunicorn", FRONTEND="nginx", APPLICATION=ECHO)
    assert site.run("stop").returncode == 0
    assert site.units() == []
    assert site.host.run("find /etc -name '*blog*' -not -name '*blog-' -path '*system*'").stdout == ""
    assert site.run("start").returncode == 0
    assert site.get()[:2] == (200, release)
