"""Make an artifact: what is downloaded is kept in build/wheels, so that a second one with the same pins is quick."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ...errors import Failed
from ...machine.files import write
from ...machine.run import Local
from ...site import copying, environments
from ...site.code import Held
from . import Machine, Origin, Words, download, script

COMPRESSION = 1  # wheels are compressed already; the checksum tells an artifact that did not arrive whole


def make(
    host: Local, project: Path, held: Held, adapter: str, words: Words, origin: Origin,
    machines: Sequence[Machine],
) -> Path:  # fmt: skip
    """Write build/<site>-<id>-<adapter>.tar.gz with what of the project is `held`, and return its path.

    Raises Failed when something cannot be had, Refused for a link that leads out of the project.
    """
    build = project / "build"
    name = f"{Path(words.root).name}-{origin.id}-{adapter}"
    tool = environments.tool_locks(project)
    locks = [*environments.release_locks(project, adapter), *tool]
    build.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=build, prefix="artifact-") as scratch:
        folder = Path(scratch, name)
        copying.copy(host, project, held, folder / "code")
        (folder / "wheels").mkdir()
        for machine in machines:
            for file in wheels(host, build / "wheels", machine, locks).iterdir():
                shutil.copy2(file, folder / "wheels")
        tool_name = environments.name_of(Path("python3"), tool)
        write(folder, [script(adapter, words, origin, machines, tool_name)])
        made = Path(scratch, "artifact")
        with tarfile.open(made, "w:gz", compresslevel=COMPRESSION) as tar:
            tar.add(folder, name, filter=_nobodys)
        return made.replace(build / f"{name}.tar.gz")


def wheels(host: Local, cache: Path, machine: Machine, locks: Sequence[Path]) -> Path:
    """A folder with all that `locks` pin, for `machine`."""
    key = f"{machine}\0{environments.name_of(Path(), list(locks))}"
    folder = cache / hashlib.sha256(key.encode()).hexdigest()[:12]
    if folder.exists():
        return folder
    cache.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        new = Path(scratch, "wheels")
        new.mkdir()
        try:
            host.run(download(sys.executable, machine, locks, new))
        except Failed as error:
            raise Failed(f"what {machine} needs cannot be had: {error}") from error
        with contextlib.suppress(FileExistsError):  # somebody else fetched the same
            new.rename(folder)
    return folder


def _nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without the maker's names; only what must be executable is."""
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member
