"""When root deploys: no link that the site's user plants leads root astray, and no site has anything of another."""

import contextlib
import os
import pwd
import subprocess
import time
import urllib.parse
from pathlib import Path

import pytest

from deploy.checks import users
from deploy.machine import accounts
from deploy.machine.run import Local
from deploy.site import owners
from deploy.site.release import Root

from .conftest import make_site

pytestmark = pytest.mark.root

TAKEN_OVER = "tests.deploy.sites:taken_over"
NAMES = (  # that programs which root starts make, open or remove, beside those that are there already
    *("nginx.pid", "apache.pid", "nginx-body", "nginx-proxy", "nginx-fastcgi", "nginx-uwsgi", "nginx-scgi", "uploads"),
    *("notify", "access.log", "error.log", "requests.log", ".backup-1", "secrets.json", "told", "circus.ini", "x.new"),
)


def as_user(name, *words):
    """A command run by another user of this machine, in groups of his own only."""
    entry = pwd.getpwnam(name)
    identity = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    return subprocess.run(words, cwd="/", text=True, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          **identity)  # fmt: skip


def inside(site, words):
    """What a command that the application runs prints, after its exit code."""
    status, _, body = site.get(f"/?{urllib.parse.quote(words)}")
    assert status == 200, body
    return body


def plant(root, user, canary):
    """Links to `canary` in every folder below ROOT that a user can write, in the place of what he can remove there."""
    script = (
        'for place; do for name in $NAMES $(ls -A "$place"); do rm -rf "$place/$name"; '
        'ln -s "$CANARY/file" "$place/$name" || ln -sfn "$CANARY" "$place/$name"; done; done'
    )
    found = as_user(
        user, "find", str(root), "-type", "d", "-writable", "-not", "-path", "*/venvs/*"
    ).stdout.splitlines()
    folders = [line for line in found if line.startswith(str(root)) and "denied" not in line]
    env = ["env", f"NAMES={' '.join(NAMES)}", f"CANARY={canary}"]
    done = as_user(user, *env, "sh", "-c", script, "-", *folders)
    return folders, done.stdout


def test_what_begins_logs_anew_opens_none_where_the_application_could_put_a_link(made, canary):
    site = made()
    site.live("gunicorn", TAKEN_OVER, LOG_SIZE=4096)
    before, logs = state(canary), site.root / "shared/logs/application"
    inside(site, f"cd {logs} && head -c 9000 /dev/zero >application.log && ln -s {canary}/file application.log.new")
    deadline = time.monotonic() + 60
    while not (logs / "application.log.1").exists() and (logs / "application.log").stat().st_size:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert state(canary) == before


def state(folder):
    return {str(path): (path.lstat()[:6], path.read_bytes() if path.is_file() else b"") for path in
            (folder, *sorted(folder.rglob("*")))}  # fmt: skip


@pytest.fixture
def made(project):
    """made(): another site, not yet deployed; all are removed in the end, whatever became of them."""
    sites = []

    def make():
        sites.append(make_site(project))
        return sites[-1]

    yield make
    for site in sites:
        site.run("stop")
        subprocess.run(["rm", "-r", site.folder], check=True)


@pytest.fixture
def canary(made):
    """A folder and a file of root's that everybody can name."""
    folder = made().folder
    (folder / "file").write_text("root's own\n")
    (folder / "folder").mkdir()
    return folder


@pytest.mark.parametrize(
    ("adapter", "frontend"), [("gunicorn", "nginx"), ("fastcgi", "lighttpd"), ("mod_wsgi", "apache")]
)
def test_a_planted_link_leads_root_nowhere(made, canary, adapter, frontend):
    site = made()
    site.live(adapter, TAKEN_OVER, FRONTEND=frontend)
    user = inside(site, "id -un").split()[1]
    for name in (user, accounts.WEB_SERVER):
        folders, said = plant(site.root, name, canary)
        assert folders, said
    before = state(canary)
    for words in (("stop",), ("start",), ("up", adapter), ("rollback",), ("doctor",), ("status",), ("stop",)):
        again = words[0] == "up"
        done = site.up(adapter, TAKEN_OVER, FRONTEND=frontend) if again else site.run(*words)
        assert "Traceback" not in done.stderr, done.stderr
        plant(site.root, user, canary)
        assert state(canary) == before, words
    for folder in (site.root / "run" / "frontend", site.root / "run" / "sockets", site.root / "shared" / "logs"):
        assert folder.stat().st_uid == 0
        assert not any(path.is_symlink() for path in folder.iterdir())


PAIRS = [("gunicorn", "none"), ("tornado", "nginx"), ("fastcgi", "lighttpd"), ("cgi", "apache"), ("mod_wsgi", "apache"),
         ("mod_wsgi", "nginx"), ("cgi", "nginx")]  # fmt: skip


@pytest.mark.parametrize(("adapter", "frontend"), PAIRS)
def test_two_sites_have_nothing_of_one_another(made, adapter, frontend):
    one, other = made(), made()
    for site in (one, other):
        site.live(adapter, TAKEN_OVER, FRONTEND=frontend)
    names = [users.own(site.root) for site in (one, other)]
    assert len({*names, "root", accounts.WEB_SERVER}) == 4
    for site, name in zip((one, other), names, strict=True):
        assert inside(site, "id -un; id -Gn") == f"0 {name}\n{name}\n"
        inside(site, f"touch {site.root}/shared/data/kept; echo x > {site.root}/shared/logs/application/requests.log")
    theirs, release, mine = other.root, (other.root / "current").resolve(), one.root
    shared, run, logs = theirs / "shared", theirs / "run", theirs / "shared/logs"
    processes = [path.name for path in Path("/proc").glob("[0-9]*") if _is_of(path, names[1])]
    tried = [
        *(f"cat {path}" for path in (shared / "secrets.json", release / "instance/config.json", logs / "access.log",
                                     logs / "application/requests.log")),
        *(f"ls {path}" for path in (shared / "data", run / "sockets", run / "supervisor")),
        *(f"touch {path}/planted" for path in (theirs, shared, shared / "data", run, run / "frontend", release, mine,
                                               mine / "shared", mine / "run/frontend", mine / "run/sockets")),
        *(f"kill -0 {number}" for number in processes),
    ]  # fmt: skip
    assert [each for each in tried if inside(one, each).startswith("0 ")] == []
    if processes:  # the very same from inside is nothing special
        assert inside(other, "kill -0 $$").startswith("0 ")
    for socket in (theirs / "run/sockets").iterdir():
        code = f"import socket; socket.socket(socket.AF_UNIX).connect({str(socket)!r})"
        said = inside(one, f'/usr/bin/python3 -c "{code}"')  # in a sandbox it is not even there
        assert "PermissionError" in said or "FileNotFoundError" in said, said


def _is_of(process, name):
    with contextlib.suppress(FileNotFoundError):
        return process.stat().st_uid == pwd.getpwnam(name).pw_uid
    return False


def test_who_cannot_enter_is_refused_and_not_root(made):
    site = made()
    site.folder.chmod(0o700)
    done = site.up("gunicorn")
    assert done.returncode == 2
    name = users.own(site.root)
    assert f"which {name} cannot enter: {site.folder} (mode 0700, owner root) bars the way; chmod o+x" in done.stderr
    subprocess.run(["chmod", "o+x", site.folder], check=True)
    site.live("gunicorn", TAKEN_OVER)
    assert inside(site, "id -un") == f"0 {name}\n"


def test_a_site_that_ran_as_www_data_keeps_that_while_it_runs_and_has_its_own_user_then(made):
    site = made()
    site.live("gunicorn", TAKEN_OVER, USER="www-data")
    inside(site, f"touch {site.root}/shared/data/kept")
    site.live("gunicorn", TAKEN_OVER)
    assert "note: the application runs as www-data, which other sites may use too" in site.output
    assert inside(site, "id -un") == "0 www-data\n"
    assert site.run("stop").returncode == 0
    site.live("gunicorn", TAKEN_OVER)
    assert "note:" not in site.output
    name = users.own(site.root)
    assert inside(site, f"id -un; stat -c %U {site.root}/shared/data/kept") == f"0 {name}\n{name}\n"
    done = site.run("rollback")
    assert done.returncode == 2
    assert f"www-data served it, and what is in {site.root}/shared belongs to {name} now" in done.stderr


def test_folders_of_an_earlier_owner_are_taken_over_without_following_links(made, canary):
    root, owner = Root(made().root), pwd.getpwnam("www-data")
    for folder in (root.path, root.shared, root.data, root.run, root.sockets, root.frontend):
        folder.mkdir()
    os.link(canary / "file", root.data / "named-twice")
    (root.data / "own").touch()
    (root.data / "link").symlink_to(canary / "file")
    (root.frontend / "nginx-body").symlink_to(canary)
    (root.frontend / "nginx.pid").symlink_to(canary / "file")
    for path in (root.data, root.data / "own", root.sockets, root.frontend):
        os.chown(path, owner.pw_uid, owner.pw_gid)
    before = state(canary)
    owners.make(root, Local(os.environ, "nobody"), hosted=False)
    assert state(canary) == before
    assert [path.owner() for path in (root.data, root.data / "own")] == ["nobody", "nobody"]
    assert (root.data / "named-twice").owner() == "root"
    assert [path.owner() for path in (root.sockets, root.frontend)] == ["root", "root"]
    assert [path.name for path in root.frontend.iterdir()] == [owners.UPLOADS]


LOOSE = {
    "a-folder-above-of-somebody": (lambda site: os.chown(site.folder, 33, 33), "belongs to www-data, who"),
    "a-folder-above-for-all": (lambda site: site.folder.chmod(0o777), "can be written by everybody, who"),
    "root-of-a-group": (lambda site: _lend(site.root), "can be written by group www-data, who"),
}


@pytest.mark.parametrize(("harm", "what"), LOOSE.values(), ids=LOOSE)
def test_a_root_where_others_can_plant_links_is_refused(made, harm, what):
    site = made()
    harm(site)
    done = site.up("gunicorn")
    assert (done.returncode, what in done.stderr) == (2, True), done.stderr
    assert what in site.run("doctor", "gunicorn", f"PORT={site.port}").stdout
    fix = done.stderr.rpartition(": ")[2].partition(", or choose")[0].strip()
    subprocess.run(["sh", "-ec", fix], check=True)
    assert what not in site.run("doctor", "gunicorn", f"PORT={site.port}").stdout


def _lend(folder):
    folder.mkdir(mode=0o755)
    os.chown(folder, 0, pwd.getpwnam("www-data").pw_gid)
    folder.chmod(0o775)


NAMED = {"/srv/blog": "blog", "/srv/My Shop": "my-shop", "/home/ada/shop/var": "shop", "/srv/9": "site"}


@pytest.mark.parametrize(("path", "name"), NAMED.items(), ids=NAMED.values())
def test_the_user_is_named_after_the_site(path, name):
    assert users.own(Path(path)) == name


@pytest.mark.parametrize("taken", ["mail", "root", "staff", "www-data"])
def test_nobody_elses_name_is_taken(taken):
    name = users.own(Path("/srv", taken))
    assert name.startswith(f"{taken}-")
    assert users.own(Path("/home", taken)) != name
