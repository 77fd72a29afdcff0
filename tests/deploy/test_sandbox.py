"""The application's sandbox on this machine: it writes what is its own and nothing else, and is drained as before."""

import os
import re
import subprocess
import sys
import threading
import urllib.parse
from pathlib import Path

import pytest

from deploy.machine import trees
from deploy.machine.run import Local
from deploy.site.release import Root

from .conftest import make_site

TAKEN_OVER = "tests.deploy.sites:taken_over"
TARGETS = [("gunicorn", "none"), ("tornado", "nginx"), ("gevent", "none"), ("fastcgi", "lighttpd"), ("cgi", "nginx"),
           ("mod_wsgi", "nginx")]  # fmt: skip


@pytest.fixture(scope="module")
def boxed(project):
    made = make_site(project)
    (project / ".git" / "hooks").mkdir(parents=True, exist_ok=True)
    (project / "Makefile").touch()
    yield made
    made.run("stop")
    trees.remove(Local(os.environ), made.folder)


def inside(site, words):
    """What a command that the application runs prints, after its exit code."""
    status, _, body = site.get(f"/?{urllib.parse.quote(words)}")
    assert status == 200, body
    return body


@pytest.mark.parametrize(("adapter", "frontend"), TARGETS)
def test_what_is_taken_over_writes_its_own_files_only(boxed, project, adapter, frontend):
    release = boxed.live(adapter, TAKEN_OVER, FRONTEND=frontend)
    root = Root(boxed.root)
    folder = root.releases / release
    own = [root.data, root.backups, root.requests.parent, root.run / release, Path("/tmp"), Path("/var/tmp")]
    assert [place for place in own if not inside(boxed, f"touch {place}/planted").startswith("0 ")] == []
    assert not Path("/tmp/planted").exists()
    others = [folder, folder / "instance", folder / "deploy", root.venvs, root.path, root.run, root.supervisor,
              root.sockets, root.frontend, root.shared, root.logs, project, project / ".git/hooks",
              Path.home()]  # fmt: skip
    tried = [
        *(f"touch {place}/planted" for place in others),
        *(f"echo x >> {path}" for path in (project / "Makefile", root.supervisor / "circus.ini", root.journal)),
        *(f"rm {path}" for path in (folder / "instance/deploy.json", root.path / "current")),
        *(f"chmod 777 {path}" for path in (folder, root.supervisor, root.venvs)),
        f"mount -o remount,rw,bind {folder}",
        "unshare --user --map-root-user mount -o remount,rw /",
    ]
    assert [each for each in tried if inside(boxed, each).startswith("0 ")] == []
    assert "NoNewPrivs:\t1" in inside(boxed, "cat /proc/self/status")
    done = boxed.run("doctor")
    assert re.search("^ok +protection +the application writes its own files only: bubblewrap", done.stdout, re.M)
    assert boxed.run("status").returncode == 0


def test_a_request_under_way_is_answered_and_folders_that_were_asked_for_are_written(boxed, tmp_path_factory):
    uploads = boxed.folder / "uploads"
    uploads.mkdir()
    uploads.chmod(0o777)
    boxed.live("tornado", TAKEN_OVER, FRONTEND="nginx", WRITABLE=uploads)
    answers = []
    slow = threading.Thread(target=lambda: answers.append(inside(boxed, "sleep 3; echo done")))
    slow.start()
    boxed.live("gevent", TAKEN_OVER, FRONTEND="nginx", WRITABLE=uploads)
    slow.join()
    assert answers == ["0 done\n"]
    assert inside(boxed, f"touch {uploads}/planted").startswith("0 ")


@pytest.mark.root
def test_without_bubblewrap_it_serves_and_doctor_says_what_protects(project):
    site = make_site(project)
    site.live("gunicorn", TAKEN_OVER)
    assert site.run("stop").returncode == 0
    hide = 'mount --bind /bin/false /usr/bin/bwrap && exec "$@"'
    command = [sys.executable, "-m", "deploy", "start", f"ROOT={site.root}"]
    subprocess.run(["unshare", "--mount", "sh", "-c", hide, "-", *command], cwd=project, check=True)
    assert inside(site, f"touch {site.root}/current/planted").startswith("1 ")
    assert "NoNewPrivs:\t1" in inside(site, "cat /proc/self/status")
    said = site.run("doctor").stdout
    assert "no sandbox, as it was started without" in said
    assert site.run("stop").returncode == 0
    subprocess.run(["rm", "-r", site.folder], check=True)
