"""Law 10: the application finds the same around it under every adapter, and in every command."""

from __future__ import annotations

import json

from . import around
from .deployments import ECHO
from .site import Site

LAW = "10"


def test_the_application_finds_the_same_around_it(site: Site) -> None:
    """Folder, argv, environment, umask, locale, encodings, time zone, input, open files, signals."""
    found = json.loads(site.get("/_/surroundings").body)
    release = json.loads((site.root / "current/instance/deploy.json").read_text(encoding="utf-8"))
    right = around.expected(f"{site.root}/releases/{site.release}", release["venv"], ECHO, release["user"])
    assert not around.differences(found, right)
