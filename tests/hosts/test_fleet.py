"""HOST=: from this machine to real hosts over SSH, with one artifact for all of them."""

import json
import re
import secrets
import shutil
import signal
import socket
import tarfile
import time

import pytest

from tests import services

from . import lab
from .client import PROJECT, Client
from .image import NEWER, OLDER, OPERATOR

SITE = "/srv/yourapplication"
RELEASE = re.compile(r"live: \S+ release (\S+) adapter (\S+) frontend (\S+)")


@pytest.fixture(scope="module")
def pair():
    """A host of each release: one artifact has what both need."""
    with lab.hosts(NEWER, OLDER) as made:
        yield made


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project, so that its build/ folder and its configuration are the tests' own."""
    folder = tmp_path_factory.mktemp("project") / "copy"
    left_out = shutil.ignore_patterns(".*", "build", "var", "instance", "__pycache__", "tests")
    shutil.copytree(PROJECT, folder, ignore=left_out)
    configuration = folder / "config" / "production.json"
    found = json.loads(configuration.read_text())
    found["deploy"]["server_name"] = "www.example"
    configuration.write_text(json.dumps(found))
    return folder


@pytest.fixture(scope="module")
def client(pair, project, tmp_path_factory):
    return Client(tmp_path_factory.mktemp("home"), pair, project)


@pytest.fixture(scope="module")
def database(pair):
    """One database server for both hosts, as several hosts of one site have it."""
    with services.postgresql("*", "10.213.0.0/16") as server, server.database() as url:
        for host in pair:
            found = {
                "SECRET_KEY": secrets.token_hex(32),
                "SQLALCHEMY_DATABASE_URI": url.replace("127.0.0.1", host.gateway),
            }
            host.run(f"install -d {SITE}/shared; umask 077; cat > {SITE}/shared/secrets.json", given=json.dumps(found))
        yield server


@pytest.fixture(scope="module")
def deployed(client, database):
    """The site on both hosts."""
    return client.good("up", "gunicorn", "FRONTEND=nginx")


def ask(host: lab.Host) -> str:
    """What a client of the site gets from a host."""
    token = host.run(f"cat {SITE}/shared/token", check=False).stdout
    head = f"GET /readyz HTTP/1.1\r\nHost: www.example\r\nConnection: close\r\nX-Release-Token: {token}\r\n\r\n"
    with socket.create_connection((host.address, 80), timeout=30) as connection:
        connection.sendall(head.encode())
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


def test_what_a_host_lacks_is_said_with_what_mends_it(pair, client):
    first = pair[0]
    first.run("mv /usr/sbin/fcgiwrap /usr/sbin/elsewhere")
    try:
        words = (f"HOST={OPERATOR}@{first.name}", "FRONTEND=nginx")
        doctor = client.run("doctor", "cgi", *words)
        refused = client.run("up", "cgi", *words)
    finally:
        first.run("mv /usr/sbin/elsewhere /usr/sbin/fcgiwrap")
    assert doctor.returncode == 1
    assert "fcgiwrap" in doctor.stdout
    assert "apt-get install fcgiwrap" in doctor.stdout
    assert refused.returncode == 2
    assert "apt-get install fcgiwrap" in refused.stderr
    assert client.run("doctor", "cgi", *words).returncode == 0


def test_a_host_whose_key_is_not_known_is_refused(pair, client):
    known = client.known_hosts.read_text()
    client.known_hosts.write_text("")
    try:
        done = client.run("status", f"HOST={OPERATOR}@{pair[0].name}")
    finally:
        client.known_hosts.write_text(known)
    assert done.returncode == 2
    assert "host key" in done.stderr


def test_a_user_that_the_host_does_not_know_is_refused(pair, client):
    done = client.run("status", f"HOST=stranger@{pair[0].name}")
    assert done.returncode == 2
    assert "stranger" in done.stderr


def test_one_artifact_goes_to_both_and_the_database_is_migrated_once(deployed, client, pair, database):
    lines = deployed.splitlines()
    assert len({match[1] for line in lines if (match := RELEASE.search(line))}) == 1
    migrations = {line.partition(" | ")[0].strip(): line for line in lines if " | migrate " in line}
    first, second = (migrations[host.name] for host in pair)
    assert "nothing to do" not in first
    assert "nothing to do" in second
    for host in pair:
        assert ask(host).startswith("HTTP/1.1 200 ")
    assert not list((client.project / "build").glob("*.tar.gz"))


def test_status_is_a_table_and_json(deployed, client, pair):
    table = client.good("status").splitlines()
    assert [line.split()[0] for line in table] == ["host", *(host.name for host in pair)]
    found = client.status()
    for host in pair:
        assert found[host.name]["adapter"] == "gunicorn"
        assert f"X-Release: {found[host.name]['release']}" in ask(host)


def test_it_stops_at_the_first_host_that_fails(deployed, client, pair):
    before = client.status()
    first, second = pair
    first.run(f"chmod 644 {SITE}/shared/secrets.json")
    try:
        done = client.run("up", "gunicorn", "FRONTEND=nginx")
    finally:
        first.run(f"chmod 600 {SITE}/shared/secrets.json")
    assert done.returncode == 2
    assert "secrets.json" in done.stderr
    assert f"hosts left as they were: {second.name}" in done.stderr
    assert {name: values["release"] for name, values in client.status().items()} == {
        name: values["release"] for name, values in before.items()
    }


def test_other_commands_are_relayed(deployed, client, pair):
    assert "gunicorn" in client.good("releases")
    only = f"HOST={OPERATOR}@{pair[0].name}"
    client.good("flask", only, "--", "user", "add", "ada", given=f"{secrets.token_hex(16)}\n")
    logs = client.good("logs", only, "--once").splitlines()
    assert {"application/requests", "journal"} <= {line.partition(" | ")[0].strip() for line in logs}
    client.good("stop", only)
    assert client.run("status", only).returncode == 1
    client.good("start", only)
    assert client.run("status", only).returncode == 0
    with client.begin("flask", only, "--", "user", "list") as listing:  # its standard input is /dev/null
        said = listing.stdout.read()
    assert ("ada" in said, "Traceback" in said) == (True, False), said


def test_logs_are_followed_as_long_as_somebody_reads_them(deployed, client, pair):
    first = pair[0]
    running = 'pgrep -f "[d]eploy logs"'
    with client.begin("logs", f"HOST={OPERATOR}@{first.name}", "--lines", "1") as following:
        assert " | " in following.stdout.readline()
        assert first.run(running, check=False).returncode == 0
        following.kill()
    deadline = time.monotonic() + 30
    while first.run(running, check=False).returncode == 0:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_ctrl_c_ends_the_logs_of_all_hosts(deployed, client):
    with client.begin("logs", client.named) as following:
        assert " | " in following.stdout.readline()
        following.send_signal(signal.SIGINT)
        assert following.wait(60) == 130


def test_nothing_is_wrong_with_a_site_that_serves(deployed, client):
    done = client.run("doctor")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_doctor_looks_at_what_is_asked_for_and_not_at_what_is_live(deployed, client, pair):
    done = client.run("doctor", "tornado", "FRONTEND=none", "PORT=22", f"HOST={OPERATOR}@{pair[0].name}")
    assert (done.returncode, "wrong    port         0.0.0.0:22 is held by" in done.stdout) == (1, True), done.stdout


def test_a_rollback_goes_back_on_both(deployed, client):
    before = client.status()
    client.good("up", "gunicorn", "FRONTEND=nginx", "PROCESSES=1")
    assert before != client.status()
    client.good("rollback")
    after = client.status()
    assert {name: values["release"] for name, values in after.items()} == {
        name: values["release"] for name, values in before.items()
    }


def test_a_rollback_stops_at_the_first_host_that_fails(deployed, client, pair):
    done = client.run("rollback", "RELEASE=absent")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == f"stopped at {pair[0].name}: as it was on {pair[1].name}"
    assert f"{pair[1].name} | " not in done.stderr


def test_an_artifact_is_installed_by_hand(deployed, client, pair, tmp_path):
    client.good("bundle", "gunicorn", "FRONTEND=nginx")
    (artifact,) = (client.project / "build").glob("*.tar.gz")
    with tarfile.open(artifact) as tar:
        tar.extractall(tmp_path)
    (folder,) = tmp_path.iterdir()
    first = pair[0]
    first.put(tmp_path, "/opt/artifact", folder.name)
    refused = first.run(f"/opt/artifact/{folder.name}/deploy", user=OPERATOR, check=False)
    assert refused.returncode != 0
    first.run(f"cd {SITE}/tool/*/ && echo Python 3.10 on it > complete && mv lib/python3.* lib/python3.10")
    done = first.run(f"/opt/artifact/{folder.name}/deploy SERVER_NAME=www.example", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert RELEASE.search(done.stdout)[2] == "gunicorn"
    again = first.run(f"/opt/artifact/{folder.name}/deploy SERVER_NAME=www.example", check=False)
    assert again.returncode == 2
    assert "RELEASE=" in again.stderr
    artifact.unlink()
