"""Colours of what the tool says, on a terminal: the word that a line begins with decides, and says the same."""

from __future__ import annotations

import re

GREEN, YELLOW, RED = "32", "33", "31"  # SGR parameters (ECMA-48 8.3.117)
BEGINNINGS = {
    r"live:": GREEN, r"ok(?= {7})": GREEN, r"ready +yes": GREEN,
    r"note:": YELLOW, r"next:": YELLOW, r"warning(?=  )": YELLOW, r"state +\S.*": YELLOW,
    r"deploy:": RED, r"wrong(?= {4})": RED, r"ready +no": RED, r"still live:": YELLOW, r"stopped:": RED,
}  # fmt: skip
PAINTED = tuple((re.compile(beginning), colour) for beginning, colour in BEGINNINGS.items())


def paint(line: str) -> str:
    """The line with its first words in colour, where they mean one."""
    for beginning, colour in PAINTED:
        if match := beginning.match(line):
            return f"\x1b[{colour}m{match[0]}\x1b[0m{line[match.end() :]}"
    return line


def plain(line: str) -> str:
    """The line as it is, for files, for pipes, and where NO_COLOR is set (no-color.org)."""
    return line
