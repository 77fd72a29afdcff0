"""The file: a tar archive with SQLite's own copies or pg_dump's, and a list of them."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ...errors import Refused

CONTENTS = "contents.json"  # member -> the revision of each bind in it


@contextlib.contextmanager
def scratch(parent: Path | None) -> Iterator[Path]:
    """A private folder, beside the target so that it can be linked there."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=".backup-", dir=parent))
    except OSError as error:
        raise Refused(
            f"the folder {parent} cannot be written ({error.strerror}): name one that you may write"
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def pack(folder: Path, contents: dict[str, dict[str, str | None]]) -> Path:
    """The archive of what is in `folder`, safe on the disk."""
    archive = folder / "archive"
    with open(os.open(archive, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as stream:
        with tarfile.open(fileobj=stream, mode="w") as tar:
            text = json.dumps(contents, indent=2).encode()
            entry = tarfile.TarInfo(CONTENTS)
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text))
            for name in contents:
                tar.add(folder / name, name)
        os.fsync(stream.fileno())
    return archive


def unpack(source: Path, folder: Path) -> dict[str, dict[str, str | None]]:
    """What the archive holds, taken out into `folder`; its contents. Raises Refused."""
    if not source.exists():
        raise Refused(f"{source} does not exist: name a file that flask backup made")
    try:
        with tarfile.open(source, mode="r:") as tar:
            for member in tar:  # Python 3.11.2 has no filter="data"
                held = tar.extractfile(member) if member.isfile() and "/" not in member.name else None
                if held:
                    with held, open(folder / member.name, "wb") as copy:
                        shutil.copyfileobj(held, copy)
        contents: dict[str, dict[str, str | None]] = json.loads((folder / CONTENTS).read_text(encoding="utf-8"))
    except (OSError, tarfile.TarError, ValueError) as error:
        raise Refused(f"{source} is not a file that flask backup made: {error}") from error
    if missing := [name for name in contents if not (folder / name).is_file()]:
        raise Refused(f"{source} is not whole: it lacks {', '.join(missing)}")
    return contents
