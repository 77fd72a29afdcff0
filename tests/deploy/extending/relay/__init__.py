"""A front end as small as one can be: a Python program that passes requests on, whose configuration is more of it."""

from __future__ import annotations

import sys

from ..debian import Debian

package = "python3"
binary = sys.executable
reload_signal = "HUP"
reopen_signal = "HUP"
cgi = False
stop_signal = "TERM"
names_requests = False
inherits = ""
debian = Debian("relay.service", "relay/{site}", "relay/on/{site}", ["true"], (), "(?!)", "default", "rm {path}")


def check(binary: str, config: str) -> list[str]:
    """Compile it."""
    return [binary, "-c", "compile(open(__import__('sys').argv[1]).read(), 'server.conf', 'exec')", config]


def start(binary: str, config: str) -> list[str]:
    """Serve in the foreground."""
    return [binary, config]
