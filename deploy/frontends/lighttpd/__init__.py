"""lighttpd: how to check, start, reload and stop a private one; the supervisor starts it in the foreground."""

from __future__ import annotations

from collections.abc import Callable, Mapping

package = "lighttpd"
binary = "lighttpd"
reload_signal = "USR1"
stop_signal = "INT"


def check(binary: str, config: str) -> list[str]:
    """Read the configuration and load its modules as the server would, and exit."""
    return [binary, "-tt", "-f", config]


def start(binary: str, config: str) -> list[str]:
    """Serve in the foreground."""
    return [binary, "-D", "-f", config]


companions: dict[str, Callable[[Mapping[str, object]], list[str]]] = {}
packages: dict[str, str] = {}
