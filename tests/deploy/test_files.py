"""What a release is a copy of, and who may read it."""

import os
import pwd
import shutil
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from deploy.checks import folders
from deploy.errors import Refused
from deploy.machine.run import Local
from deploy.site import code, copying

HERE = Local(os.environ)
NAMES = ("shop/static/s.css", "shop/__init__.py", "shop/build/steps.py", "shop/keys/jwt.pem", "shop/__pycache__/a.pyc",
         ".git.d/HEAD", ".env", "shop/local.sqlite", "secrets.json", "build/wheel", "var/log", "instance/config.json",
         "site/releases/1/shop.py", "site/shared/secrets.json")  # fmt: skip
CODE = {"shop/static/s.css", "shop/__init__.py", "shop/build/steps.py", "shop/keys/jwt.pem"}


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    for name in NAMES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def git(project, *words):
    argv = ["git", "-C", project, "-c", "user.name=ada", "-c", "user.email=ada@a.example", *words]
    subprocess.run(argv, check=True, capture_output=True)


def released(project, host=HERE):
    """What is copied, and what is left out."""
    release = project.parent / "release"
    left = copying.copy(host, project, code.held(host, project, ()), release)
    return {str(path.relative_to(release)) for path in release.rglob("*") if not path.is_dir()}, left


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("tracked", [False, True])
def test_what_the_setting_names_is_left_out_though_git_holds_it(project, tracked):
    (project / "docs" / "deep").mkdir(parents=True)
    (project / "docs" / "deep" / "page.md").touch()
    (project / "shop" / "docs").mkdir()
    (project / "shop" / "docs" / "help.md").touch()
    git(project, "init", "-q")
    if tracked:
        git(project, "add", "-A")
    names, left_out = code.held(HERE, project, ["docs"])
    assert "shop/docs/help.md" in names
    assert not [name for name in names if name.startswith("docs/")]
    assert left_out["docs/"] == "the setting leave_out names it"


def test_without_git_a_release_is_all_but_what_is_told(project):
    with socket.socket(socket.AF_UNIX) as odd:
        odd.bind(str(project / "odd"))
        copied, left = released(project)
    assert copied == CODE
    assert left == {
        ".env": "its name is hidden", ".git.d/": "its name is hidden", "build/": "artifacts are made there",
        "instance/": "each release has its own", "odd": "it is neither a file nor a folder",
        "secrets.json": "its name says that it holds secrets", "shop/local.sqlite": "it is data",
        "site/": "it holds a site", "var/": "sites are put there",
    }  # fmt: skip
    assert "left out of the release, as its name is hidden: .env, .git.d/" in code.told(left)
    names = {f"{number}.db": "it is data" for number in range(10)}
    (line,) = code.told(names)
    assert line == f"left out of the release, as it is data: {', '.join(list(names)[:8])} and 2 more"


def test_with_git_a_release_is_what_it_holds_and_what_is_new_but_not_ignored(project):
    (project / ".gitignore").write_text("/private\n*.log\n")
    for name in ("private/key", "shop/debug.log", "gone.py", "shop/new.py", "new.db", "shop/held.db"):
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text(name)
    git(project, "init")
    git(project, "add", "-f", "shop/static", "shop/__init__.py", "shop/keys", ".gitignore", ".env", "gone.py",
        "shop/held.db", "instance/config.json")  # fmt: skip
    git(project, "commit", "-m", "all")
    (project / "gone.py").unlink()
    nested = project / "shop" / "vendored"
    shutil.copytree(project / "shop" / "keys", nested / "keys")
    git(nested, "init")
    copied, left = released(project)
    assert copied == CODE | {".gitignore", ".env", "shop/new.py", "shop/held.db", "instance/config.json",
                             "shop/vendored/keys/jwt.pem"}  # fmt: skip
    assert (left["private/"], left["shop/debug.log"]) == ("git ignores it", "git ignores it")
    assert (left["new.db"], left["secrets.json"]) == ("it is data", "its name says that it holds secrets")


def test_a_link_inside_is_kept_and_one_that_leads_outside_is_refused(project):
    (project / "shop" / "again").symlink_to("..")
    (project / "shop" / "style.css").symlink_to(project / "shop/static/s.css")
    release = project.parent / "release"
    released(project)
    assert os.readlink(release / "shop" / "again") == ".."
    assert os.readlink(release / "shop" / "style.css") == "static/s.css"
    assert (release / "shop" / "style.css").read_text() == "shop/static/s.css"
    shutil.rmtree(release)
    (project / "shop" / "media").symlink_to("/usr/share")
    with pytest.raises(Refused, match="shop/media is a link to /usr/share, outside of the project"):
        released(project)


@pytest.mark.root
def test_the_sites_user_alone_may_read_what_its_owner_alone_may_read(project):
    for name, each in {"shop/__init__.py": 0o600, "shop/keys": 0o700, "shop/keys/jwt.pem": 0o664, "shop": 0o755,
                       "shop/build/steps.py": 0o755, "shop/static/s.css": 0o600}.items():  # fmt: skip
        (project / name).chmod(each)
    for folder in project.parents:
        if folder.is_relative_to(os.environ.get("TMPDIR", "/tmp")) and folder != Path("/tmp"):
            folder.chmod(0o755)
    release = project.parent / "release"
    released(project, Local(os.environ, "www-data"))
    group = pwd.getpwnam("www-data").pw_gid
    assert {path.stat().st_gid for path in (release, *release.rglob("*"))} == {group}
    wanted = {"shop/__init__.py": 0o640, "shop/keys": 0o2750, "shop/keys/jwt.pem": 0o644, "shop": 0o2755,
              "shop/build/steps.py": 0o755}  # fmt: skip
    assert {name: mode(release / name) for name in wanted} == wanted
    assert (release / "shop/static/s.css").stat().st_mtime == (project / "shop/static/s.css").stat().st_mtime
    copying.publish(release, release / "shop" / "static")
    assert mode(release / "shop/static/s.css") == 0o644
    shutil.rmtree(release)
    project.chmod(0o700)
    released(project, Local(os.environ, "www-data"))
    assert [mode(release / name) for name in ("", "shop", "shop/keys/jwt.pem")] == [0o2751, 0o2750, 0o640]


def test_modes_are_kept_where_whoever_deploys_serves(project):
    (project / "shop/keys/jwt.pem").chmod(0o600)
    (project / "shop/keys").chmod(0o700)
    (project / "shop/__init__.py").chmod(0o664)
    released(project)
    release = project.parent / "release"
    assert [mode(release / name) & 0o770 for name in ("shop/keys/jwt.pem", "shop/keys", "shop/__init__.py")] == [
        0o600, 0o700, 0o640]  # fmt: skip


@pytest.mark.parametrize("setting", ["", ".", ".."])
def test_a_site_is_not_the_project(project, setting):
    with pytest.raises(Refused, match="which holds the project itself: choose a folder of its own, such as var"):
        folders.site_root(project, setting)
