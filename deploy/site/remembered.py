"""Settings that are given on the command line stay with the site: the live release has them, for the next one.

They are changed by giving another value, and forgotten by giving none: NAME=.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from ..settings import ITS_OWN, Settings
from ..settings.words import spell
from .release import Release

APART = ("root", *ITS_OWN)  # what finds the site, and what is for one deployment
MOVING = ("address", "port", "mount", "server_name", "application")  # what clients would notice


def words(live: Release | None, given: Mapping[str, str]) -> dict[str, str]:
    """The settings that a deployment is asked for, name -> text: what is given now, and what was before."""
    before = {key: text for key, text in (live.given if live else {}).items() if key in Settings.model_fields}
    return {key: text for key, text in {**before, **given}.items() if text or key in ITS_OWN}


def kept(words: Mapping[str, str]) -> dict[str, str]:
    """Those of them that the next deployment is asked for too."""
    return {key: text for key, text in words.items() if key not in APART}


def shown(words: Mapping[str, str]) -> str:
    """As they are given."""
    return " ".join(f"{name.upper()}={shlex.quote(text)}" for name, text in words.items())


def moves(live: Release | None, to: Release) -> list[str]:
    """What clients would notice of a deployment over `live`, as NAME: before, now."""
    if live is None:
        return []
    pairs = {name: (getattr(live.settings, name), getattr(to.settings, name)) for name in MOVING}
    pairs["frontend"] = (live.target.frontend, to.target.frontend)
    pairs["environment"] = (live.environment, to.environment)
    return [f"{name.upper()} was {spell(before)} and will be {spell(now)}"
            for name, (before, now) in pairs.items() if before != now]  # fmt: skip
