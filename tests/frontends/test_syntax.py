"""The real servers read what the templates render, in a private instance: each sample, each combination of values."""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path

import pytest

from deploy import frontends
from deploy.bundle import frontend
from deploy.commands import samples
from deploy.machine.files import File

from . import live

COMBINATIONS = [
    (name, path.stem, mount, unix, lavish)
    for name in frontends.FRONTENDS
    for path in sorted((frontends.HERE / name / "upstream").glob("*.conf"))
    for mount, (unix, lavish) in itertools.product(("", "/a/b.c~d-e_f"), ((True, True), (False, False)))
]


def complaints(name: str, config: Path) -> str:
    """What the server says about a configuration: nothing when all is well, whatever its exit status."""
    module = frontends.load(name)
    told = subprocess.run(module.check(live.binary(module), str(config)), capture_output=True, text=True, check=False)
    said = (told.stdout + told.stderr).replace("Syntax OK", "").strip()
    return said or ("" if told.returncode == 0 else f"exit {told.returncode}")


def private(name: str, folder: Path, protocol: str, site: str | None = None, **changes: object) -> Path:
    """A private instance's files in `folder`; `site` instead of the rendered site."""
    values = live.context(folder, code=str(folder), protocol=protocol, **changes)
    (folder / "frontend").mkdir()
    for file in frontend.render(name, protocol, values):
        text = site if site and file.name == "site.conf" else file.content
        (folder / "frontend" / file.name).write_text(text)
    return folder / "frontend" / "server.conf"


@pytest.mark.parametrize("sample", samples.samples(), ids=lambda sample: sample.name)
def test_a_sample_is_read(sample: File, folder: Path, mod_wsgi: str) -> None:
    """Wrapped by server.conf, as it is but for the path of mod_wsgi, which this machine has elsewhere."""
    name = Path(sample.name).stem.removesuffix("-prefix")
    site = sample.content.replace(samples.MOD_WSGI, mod_wsgi)
    config = private(name, folder, "http", site, port=80, address="*", mod_wsgi=mod_wsgi)
    assert complaints(name, config) == ""


@pytest.mark.parametrize(("name", "protocol", "mount", "unix", "lavish"), COMBINATIONS)
def test_a_rendered_site_is_read(
    name: str, protocol: str, mount: str, unix: bool, lavish: bool, folder: Path, mod_wsgi: str
) -> None:
    (folder / "static").mkdir()
    config = private(
        name, folder, protocol, mount=mount, upstream_is_unix=unix, mod_wsgi=mod_wsgi,
        upstream=str(folder / "a.sock") if unix else "127.0.0.1:8001", buffering=lavish,
        static=str(folder / "static") if lavish else "",
        server_name=["site.test", "*.site.test"] if lavish else ["localhost"],
    )  # fmt: skip
    assert complaints(name, config) == ""


@pytest.mark.parametrize("wrong", ["no such directive {", "server.no-such-option = 1", "no_such_directive on;"])
@pytest.mark.parametrize("name", frontends.FRONTENDS)
def test_a_wrong_site_is_noticed(name: str, wrong: str, folder: Path) -> None:
    assert complaints(name, private(name, folder, "http", wrong + "\n")) != ""
