"""What a supervisor runs is what was rendered into the release, whatever the tool would render today."""

import dataclasses
from pathlib import Path

import pytest

from deploy import bundle
from deploy.bundle import build
from deploy.machine.files import write
from deploy.settings import Settings
from deploy.site.facts import Facts
from deploy.site.release import Release, Root
from deploy.supervisors import fragments

ID = "20260101-000000-000000"
RUNS = {  # supervisor, front end -> the application's processes, and what else is run
    ("circus", "none"): ([f"{ID}.ini"], ["public.ini"]),
    ("circus", "nginx"): ([f"{ID}.ini"], ["public.ini"]),
    ("systemd", "none"): (
        [f"systemd/system/shop-{ID}.target", f"systemd/system/shop-{ID}@.service"],
        ["logrotate.d/shop", "systemd/system/shop-127.0.0.1-8000.socket"],
    ),
    ("systemd", "nginx"): (
        [f"systemd/system/shop-{ID}.{kind}" for kind in ("socket", "target")] + [f"systemd/system/shop-{ID}@.service"],
        ["logrotate.d/shop", "nginx/sites-available/shop"],
    ),
}


@pytest.fixture(params=RUNS, ids="-".join)
def release(request, tmp_path):
    supervisor, frontend = request.param
    settings, root = Settings(supervisor=supervisor, frontend=frontend), Root(tmp_path / "shop")
    target = bundle.target("gunicorn", settings)
    made = Release(ID, root, "production", settings, target, tmp_path / "venv", f"{root.sockets}/{ID}", user="")
    write(made.folder, build.files(made, FACTS))
    return made


FACTS = Facts(application={}, machine="host", real=(Path("/srv/venv"), Path("/usr")))


def test_they_are_what_was_rendered(release):
    processes, others = RUNS[release.settings.supervisor, release.target.frontend]
    assert sorted(file.name for file in fragments.processes(release)) == sorted(processes)
    assert sorted(file.name for file in fragments.of(release)) == sorted([*processes, *others])
    rendered = {file.name: file for file in build.files(release, FACTS)}
    assert all(rendered[f"supervisor/{file.name}"] == file._replace(name=f"supervisor/{file.name}")
               for file in fragments.of(release))  # fmt: skip


def test_a_newer_tool_changes_nothing_of_a_release(release):
    before = fragments.of(release)
    newer = dataclasses.replace(release, settings=release.settings.model_copy(update={"processes": 7}))
    assert fragments.of(newer) == before


def test_what_is_rendered_comes_from_what_was_read(release):
    """Building looks at nothing: a release that is nowhere has the same files."""
    nowhere = dataclasses.replace(release, root=Root(Path("/nowhere/shop")))
    assert [file.name for file in build.files(nowhere, FACTS)] == [file.name for file in build.files(release, FACTS)]
