"""Releases and environments are complete when they are made: who serves them writes none, without a sandbox too."""

import os
import subprocess
from pathlib import Path

import pytest

from deploy.machine import trees
from deploy.machine.run import Local
from deploy.site.on_disk import live, remove
from deploy.site.release import Root

from . import small
from .conftest import make_site
from .test_local import NAMELESS, copy_libraries
from .test_sandbox import inside

HIDDEN = 'mount --bind /bin/false /usr/bin/bwrap; exec setpriv --reuid=$0 --regid=$0 --clear-groups "$@"'


@pytest.fixture(scope="module")
def ordinary():
    """A site of a user who is neither root nor has bubblewrap; its commands, too, are run by that one."""
    site = small.make()
    subprocess.run(["umount", site.root], check=True)
    os.chmod(site.folder, 0o777)
    site.root.rmdir()  # it is his to make
    copy_libraries(site.folder / "libraries")

    def run(*words):
        argv = ["unshare", "--mount", "sh", "-c", HIDDEN, str(NAMELESS), "/usr/bin/python3", "-m", "deploy", words[0],
                f"ROOT={site.root}", *words[1:]]  # fmt: skip
        environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(site.folder / "libraries"), "HOME": str(site.folder),
                   **{name: value for name, value in os.environ.items() if name.startswith("PIP_")}}  # fmt: skip
        return subprocess.run(argv, cwd=site.project, env=environ, text=True, capture_output=True, check=False)

    site.run = run
    yield site
    site.run("stop")
    trees.remove(Local(os.environ), site.folder)


def deployed(site, application="sites:taken_over"):
    done = site.run("up", "gunicorn", f"APPLICATION={application}", f"PORT={site.port}", "PROCESSES=1",
                    "KEEP_RELEASES=2")  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.root
def test_an_ordinary_user_s_application_cannot_write_its_release_and_his_old_ones_are_removed(ordinary):
    for _ in range(3):
        deployed(ordinary)
    root = Root(ordinary.root)
    assert len(list(root.releases.iterdir())) == len(list(root.run.glob("2*"))) == 2
    release = live(root)
    assert release
    assert inside(ordinary, "id -u") == f"0 {NAMELESS}\n"
    package = next(release.venv.glob("lib/python*/site-packages/gunicorn"))
    folders = [release.folder, release.folder / "instance", release.folder / "deploy", release.venv, package]
    files = [release.folder / "instance/serve.json", release.folder / "sites.py", package / "__init__.py"]
    tried = [f"touch {each}/planted" for each in folders] + [f"echo x >>{each}" for each in files]
    assert [words for words in tried if inside(ordinary, words).startswith("0 ")] == []
    assert inside(ordinary, f"touch {root.data}/mine").startswith("0 ")
    assert bare(release.folder) == []
    said = ordinary.run("doctor").stdout
    assert "its own release when it changes modes first: no sandbox" in said, said


@pytest.mark.root
def test_an_application_that_writes_beside_itself_is_told_where_it_can(ordinary):
    done = ordinary.run("up", "gunicorn", "APPLICATION=sites:writes_beside_itself()", f"PORT={ordinary.port}")
    assert (done.returncode, "Permission denied: 'kept.txt'" in done.stderr) == (2, True), done.stderr
    said = f"a release cannot be written: keep data in DATA_FOLDER, {ordinary.root}/shared/data"
    assert said in done.stderr


def bare(folder: Path) -> list[Path]:
    """The modules that Python would compile when they are imported."""
    return [path for path in folder.rglob("*.py") if not list((path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"))]


def test_a_folder_that_is_too_deep_for_recursion_is_removed():
    site, name = make_site(), "20260101-000000-000000"
    root = Root(site.root)
    os.makedirs(root.run / name)
    before = os.open(".", os.O_PATH)
    os.chdir(root.run / name)
    for _ in range(2000):
        os.mkdir("x")
        os.chdir("x")
    os.chdir(before)
    os.close(before)
    remove(Local(os.environ), root, name)
    assert list(root.run.iterdir()) == []
    trees.remove(Local(os.environ), site.folder)
