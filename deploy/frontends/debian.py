"""Where Debian keeps a front end's configuration on a host that may serve other sites too, and how it is checked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ETC = Path("/etc")


class Debian(NamedTuple):
    """A front end of the system. Paths are below /etc; {site} is the site's name."""

    unit: str
    available: str  # the site's own file
    enabled: str  # a symlink to it, which makes it count
    check: list[str]  # reads the whole configuration, all sites
    listening: str = ""  # how a port is opened elsewhere in it, which may be done once only; {port} is the number
    elsewhere: tuple[str, ...] = ()
    keeps: bool = False  # it lets go of an address only when it is restarted

    def opens(self, site: str, port: int) -> bool:
        """Whether the site's file has to open the port, as no other does."""
        other = (path for pattern in self.elsewhere for path in ETC.glob(pattern) if path.is_file())
        own, opened = ETC / self.available.format(site=site), re.compile(self.listening.format(port=port), re.M)
        return not any(opened.search(path.read_text(errors="replace")) for path in other if path.resolve() != own)
