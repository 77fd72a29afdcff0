"""The artifact for hosts: what is in it, and what it and HOST= refuse; tests/hosts installs it on real ones."""

import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from deploy.checks.finding import WARNING, WRONG
from deploy.checks.host import lacking
from deploy.cli import arguments
from deploy.cli.progress import Progress
from deploy.cli.request import Request
from deploy.errors import Refused
from deploy.fleet import bundle, probe, survey
from deploy.fleet.addresses import addresses
from deploy.machine.run import Local
from deploy.site import environments
from deploy.site.release import Target

PROJECT = Path(__file__).parents[2]
NGINX = Target("mod_wsgi", "nginx", "http")
LOCKS = [*environments.release_locks(PROJECT, "mod_wsgi"), PROJECT / "requirements" / "ldap.txt"]
NEEDED = survey.programs(NGINX, LOCKS)


def tool(*words: str, project: Path) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "deploy", *words]
    return subprocess.run(argv, cwd=project, text=True, capture_output=True, check=False)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project, as an artifact is written into its build/ folder; with what belongs into none."""
    folder = tmp_path_factory.mktemp("project") / "copy"
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns(".*", "build", "var", "instance", "__pycache__"))
    (folder / "instance").mkdir()
    (folder / "instance" / "config.json").write_text("{}")
    (folder / "secrets.json").write_text("{}")
    return folder


@pytest.fixture(scope="module")
def unpacked(project, tmp_path_factory):
    done = tool("bundle", "gunicorn", "FRONTEND=nginx", "SERVER_NAME=a.name", "SUPERVISOR=systemd", project=project)
    assert done.returncode == 0, done.stdout + done.stderr
    (artifact,) = (project / "build").glob("*.tar.gz")
    assert artifact.name in done.stdout
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(artifact) as tar:
        assert {member.uname for member in tar} == {"root"}
        tar.extractall(folder)
    (top,) = folder.iterdir()
    assert f"{top.name}.tar.gz" == artifact.name
    return top


def test_it_holds_code_wheels_and_a_deploy(unpacked):
    assert sorted(path.name for path in unpacked.iterdir()) == ["code", "deploy", "wheels"]
    names = {path.name.partition("-")[0].lower() for path in (unpacked / "wheels").iterdir()}
    assert {"flask", "gunicorn", "pydantic", "jinja2", "setuptools"} <= names
    assert {"circus", "pytest", "asyncssh"}.isdisjoint(names)
    assert os.access(unpacked / "deploy", os.X_OK)
    assert (unpacked / "code" / "config" / "production.json").exists()


def test_it_holds_no_secrets_and_nothing_of_the_machine_that_made_it(unpacked, project):
    assert not (unpacked / "code" / "instance").exists()
    assert not list(unpacked.rglob("secrets.json"))
    for path in (unpacked / "deploy", *(unpacked / "code" / "requirements").rglob("*.txt")):
        assert str(project) not in path.read_text(encoding="utf-8")


def test_it_brings_the_settings_that_were_given(unpacked):
    text = (unpacked / "deploy").read_text(encoding="utf-8")
    for word in ("FRONTEND=nginx", "SERVER_NAME=a.name", "ROOT=/srv/yourapplication", "--default=PORT=80"):
        assert f" {word} " in text.replace("\n", " ")


def test_a_machine_that_it_was_not_made_for_is_refused(unpacked, tmp_path):
    text = (unpacked / "deploy").read_text(encoding="utf-8").replace(f"on {platform.machine()}", "on another")
    (tmp_path / "deploy").write_text(text)
    done = subprocess.run(
        ["sh", tmp_path / "deploy", f"ROOT={tmp_path}/root"], text=True, capture_output=True, check=False
    )
    assert done.returncode == 2
    assert "on another" in done.stderr if os.geteuid() == 0 else "only root" in done.stderr
    assert not (tmp_path / "root").exists()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("a.example", [("", "a.example", 0)], id="name"),
        pytest.param("ada@a.example:2222", [("ada", "a.example", 2222)], id="user-and-port"),
        pytest.param("ada@a, root@10.0.0.1", [("ada", "a", 0), ("root", "10.0.0.1", 0)], id="several"),
        pytest.param("ada@[::1]:22", [("ada", "::1", 22)], id="ipv6"),
    ],
)
def test_hosts_are_read(text, found):
    assert [tuple(address) for address in addresses(text)] == found


@pytest.mark.parametrize("text", ["", "ada@", "a,,b", "a b", "-oProxyCommand=x", "a:port", "ada@a,ada@a", "a/b"])
def test_what_is_no_host_is_refused(text):
    with pytest.raises(Refused, match="HOST"):
        addresses(text)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        pytest.param(("HOST=a b",), "'a b' is not a host", id="host"),
        pytest.param(("HOST=a", "ROOT=var"), "ROOT is 'var'", id="relative-root"),
        pytest.param(("HOST=a", "SUPERVISOR=circus"), "SUPERVISOR is 'circus'", id="supervisor"),
        pytest.param(("HOST=a", "PORT=none"), "PORT is 'none'", id="setting"),
        pytest.param(("HOST=a", "FRONTEND=none", "MOUNT=x"), "MOUNT is 'x'", id="mount"),
    ],
)
def test_a_wrong_request_is_refused_before_any_host_is_asked(words, named):
    done = tool("up", "gunicorn", *words, project=PROJECT)
    assert done.returncode == 2
    assert named in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_host_that_cannot_be_reached_is_named():
    done = tool("status", "HOST=ada@127.0.0.1:1", project=PROJECT)
    assert done.returncode == 1
    assert "deploy: 127.0.0.1: cannot be reached (Connection refused): check its name and port" in done.stderr


def facts(**changes: object) -> dict[str, object]:
    """What a good host says, but for `changes`."""
    programs = {name: f"/usr/bin/{name}" for name in NEEDED}
    system = {"system": "debian", "version": "12", "architecture": "x86_64", "glibc": "2.36", "systemd": True}
    python = {"python": [3, 11, 2], "venv": True, "programs": programs}
    return {**system, **python, "free": 2**34, "time": 1000.0, "ours": 1000.5, **changes}


@pytest.mark.parametrize(
    ("changes", "what", "fix", "level"),
    [
        pytest.param({"version": "11"}, "debian 11: this is tested on Debian 12", "Debian 13", WARNING, id="system"),
        pytest.param({"python": [3, 9, 2]}, "3.9.2", "Debian 12", WRONG, id="python"),
        pytest.param({"venv": False}, "venv", "apt-get install python3-venv", WRONG, id="venv"),
        pytest.param({"systemd": False}, "systemd", "boot", WRONG, id="systemd"),
        pytest.param({"programs": {"apxs": None}}, "apxs", "apt-get install apache2-dev", WRONG, id="mod_wsgi"),
        pytest.param({"programs": {"Python.h": None}}, "Python.h", "install python3-dev", WRONG, id="headers"),
        pytest.param({"programs": {"/usr/include/lber.h": None}}, "lber.h", "install libldap-dev", WRONG, id="ldap"),
        pytest.param({"free": 2**20}, "1 MiB", "room", WRONG, id="disk"),
        pytest.param({"time": 4600.0}, "3600 s ahead", "timedatectl", WARNING, id="clock"),
    ],
)  # fmt: skip
def test_what_a_host_lacks_is_named_with_what_mends_it(changes, what, fix, level):
    (lack,) = lacking(facts(**changes), NEEDED)
    assert what in lack.what
    assert fix in lack.fix
    assert lack.level == level


def test_a_good_host_lacks_nothing_and_one_without_python_is_told_so():
    assert lacking(facts(), NEEDED) == []
    (lack,) = lacking({}, NEEDED)
    assert lack.fix == "apt-get install python3 python3-venv"


def test_the_probe_says_what_needs_judges():
    words = [sys.executable, probe.__file__, "sh", "no-such-program", "/bin/sh", "/no/file"]
    done = subprocess.run(words, text=True, capture_output=True, check=True)
    found = json.loads(done.stdout)
    assert found.keys() == facts().keys() - {"ours"}
    assert list(found["programs"].values()) == [shutil.which("sh"), None, "/bin/sh", None]


@pytest.mark.parametrize(("said", "name"), [("ada@web1", "web1"), ("[2001:db8::1]", "[2001:db8::1]")])
def test_a_site_without_a_name_has_its_hosts_and_keeps_its_addresses(said, name):
    request = Request(Local(os.environ), PROJECT, arguments.parse(["up", "gunicorn"]), [], Progress(print, print))
    (host,) = addresses(said)
    assert bundle.own(request, host) == [f"--default=SERVER_NAME={name},localhost"]
