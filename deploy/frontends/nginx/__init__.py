"""nginx: how to check, start, reload and stop a private one; the supervisor starts it in the foreground."""

from __future__ import annotations

from collections.abc import Callable, Mapping

package = "nginx"
binary = "nginx"
reload_signal = "HUP"
stop_signal = "QUIT"


def check(binary: str, config: str) -> list[str]:
    """Read the configuration as the server would, and exit."""
    return [binary, "-e", "stderr", "-q", "-t", "-c", config]


def start(binary: str, config: str) -> list[str]:
    """Serve in the foreground (server.conf says `daemon off`); -e keeps it from opening the system's error log."""
    return [binary, "-e", "stderr", "-c", config]


def fcgiwrap(context: Mapping[str, object]) -> list[str]:
    """nginx runs no CGI: fcgiwrap does, for the FastCGI socket on its standard input.

    One process each, started as often as the supervisor likes: with -c its children would outlive it. Without -f what
    scripts log goes to the supervisor's log: nginx would cut it after 2 KiB.
    """
    return ["fcgiwrap"]


companions: dict[str, Callable[[Mapping[str, object]], list[str]]] = {"cgi": fcgiwrap}
packages = {"cgi": "fcgiwrap"}
