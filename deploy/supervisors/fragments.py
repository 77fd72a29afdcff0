"""What a supervisor runs for a release, as it was rendered into it, whatever this tool would render today."""

from __future__ import annotations

from ..machine.files import File
from ..site.release import Release
from .circus import ROTATION


def of(release: Release) -> list[File]:
    """Its processes, the listener on the public address and, on a host, how its logs are rotated."""
    folder = release.folder / "supervisor"
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != ROTATION]
    return [File(str(path.relative_to(folder)), path.read_text(encoding="utf-8")) for path in paths]


def processes(release: Release) -> list[File]:
    """The application's processes: what is named after the release, as other releases have the rest too."""
    return [file for file in of(release) if release.id in file.name]
