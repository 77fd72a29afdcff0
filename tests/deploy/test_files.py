"""What a release is a copy of."""

import socket
import stat

import pytest

from deploy import refusals
from deploy.errors import Refused
from deploy.files import copy_code


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    for name in ("shop/static/s.css", "shop/__init__.py", ".git/HEAD", ".env", "shop/local.sqlite", "tls.key",
                 "site/releases/1/shop.py", "site/shared/secrets.json"):  # fmt: skip
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def test_a_release_is_the_code_and_no_secret_no_data_no_other_site(project, tmp_path):
    with socket.socket(socket.AF_UNIX) as odd:
        odd.bind(str(project / "odd"))
        copy_code(project, tmp_path / "release")
    copied = {
        str(path.relative_to(tmp_path / "release")) for path in (tmp_path / "release").rglob("*") if path.is_file()
    }
    assert copied == {"shop/static/s.css", "shop/__init__.py"}


def test_everybody_can_read_a_release(project, tmp_path):
    (project / "shop" / "static" / "s.css").chmod(0o600)
    (project / "shop" / "static").chmod(0o700)
    copy_code(project, tmp_path / "release")
    assert stat.S_IMODE((tmp_path / "release/shop/static/s.css").stat().st_mode) == 0o644
    assert stat.S_IMODE((tmp_path / "release/shop/static").stat().st_mode) == 0o755
    assert (tmp_path / "release/shop/static/s.css").stat().st_mtime == (project / "shop/static/s.css").stat().st_mtime


@pytest.mark.parametrize("setting", ["", ".", ".."])
def test_a_site_is_not_the_project(project, setting):
    with pytest.raises(Refused, match="which holds the project itself: choose a folder of its own, such as var"):
        refusals.site_root(project, setting)
