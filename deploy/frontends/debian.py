"""Where Debian keeps a front end's configuration on a host that may serve other sites too, and how it is checked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ETC = Path("/etc")


class Opening(NamedTuple):
    """An address that a file of a front end opens, and the command that makes it give that up."""

    path: Path
    address: str
    port: int
    frees: str


class Debian(NamedTuple):
    """A front end of the system. Paths are below /etc; {site} is the site's name."""

    unit: str
    available: str  # the site's own file
    enabled: str  # a symlink to it, which makes it count
    check: list[str]  # reads the whole configuration, all sites
    files: tuple[str, ...]  # what it reads, below /etc
    opening: str  # a line there that opens an address; groups: address, which may be empty, and port
    stock: str  # the file among them that opens one in a new installation
    frees: str  # the command that makes that one give it up; {path}, {port}
    optional: str = "(?!)"  # a part of a file that counts only with a module
    once: bool = False  # an address may be opened in one place only
    keeps: bool = False  # it lets go of an address only when it is restarted

    def opens(self, site: str, port: int) -> bool:
        """Whether the site's file has to open the port, as no other does."""
        return self.once and all(each.port != port for each in self.openings(site, optional=True))

    def openings(self, site: str, *, optional: bool = False) -> list[Opening]:
        """What the files open, but for the site's own; `optional`: also what counts only with a module."""
        own, found = ETC / self.available.format(site=site), []
        for path in sorted(path for pattern in self.files for path in ETC.glob(pattern) if path.is_file()):
            text = path.read_text(encoding="utf-8", errors="replace") if path.resolve() != own else ""
            kept = text if optional else re.sub(self.optional, "", text, flags=re.S)
            found += [
                Opening(
                    path, (match["address"] or "*").strip("[]"), int(match["port"]), self._frees(path, match["port"])
                )
                for match in re.finditer(self.opening, kept, re.M)
            ]
        return found

    def _frees(self, path: Path, port: str) -> str:
        stock = path.name == self.stock
        return self.frees.format(path=path, port=port) if stock else f"take port {port} out of {path}"
