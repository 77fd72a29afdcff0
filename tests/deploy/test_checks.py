"""A deployment is refused for what doctor finds: one table of checks, and the sentence that the check gives."""

import os

import pytest

from deploy import bundle, checks
from deploy.checks.subject import Subject
from deploy.errors import Refused
from deploy.machine import sockets
from deploy.machine.run import Local
from deploy.settings import Settings
from deploy.site.release import Root

from .conftest import PROJECT


def subject(root, **values):
    settings = Settings(root=str(root), port=sockets.free_port("127.0.0.1"), **values)
    target = bundle.target("gunicorn", settings)
    return Subject(Local(os.environ), PROJECT, Root(root), settings, target, settings.user, None)


def a_file(root):
    (root.parent / "file").touch()
    return subject(root.parent / "file" / "root")


def open_secrets(root):
    (root / "shared").mkdir(parents=True)
    (root / "shared" / "secrets.json").write_text("{}")
    (root / "shared" / "secrets.json").chmod(0o644)
    return subject(root)


WRONG = {  # check -> what is made wrong, and how the refusal begins and ends
    "root": (a_file, "ROOT is ", "is a file: choose a folder"),
    "user": (lambda root: subject(root, user="nobody-at-all"), "USER is 'nobody-at-all'", ""),
    "interpreter": (
        lambda root: subject(root, python="/nowhere/python"),
        "no Python 3.11 or later with venv",
        ": apt-get install python3-venv, or choose PYTHON=/path/to/python3",
    ),
    "secrets": (
        open_secrets,
        "{root}/shared/secrets.json can be read by others",
        "chmod 600 {root}/shared/secrets.json",
    ),
    "port": (lambda root: subject(root, address="192.0.2.1"), "ADDRESS is '192.0.2.1'", "another one of this machine"),
}


@pytest.mark.parametrize(("name", "harm", "begins", "ends"), [(name, *row) for name, row in WRONG.items()], ids=WRONG)
def test_a_deployment_is_refused_for_what_doctor_finds(name, harm, begins, ends, tmp_path):
    root = tmp_path / "site"
    looked_at = harm(root)
    with pytest.raises(Refused) as refused:
        checks.refuse(looked_at)
    (finding,) = [found for check, found in checks.examine(looked_at) if check == name and found.level == "wrong"]
    assert str(refused.value) == finding.refusal
    assert finding.refusal.startswith(begins.format(root=root)), finding
    assert finding.refusal.endswith(ends.format(root=root)), finding


def test_nothing_hinders_where_all_is_well(tmp_path):
    checks.refuse(subject(tmp_path / "site"))


def test_every_check_that_hinders_is_one_of_the_table():
    assert checks.HINDERING.keys() - {"again"} <= checks.CHECKS.keys()
