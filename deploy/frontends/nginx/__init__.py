"""nginx: how to check, start, reload and stop a private one; the supervisor starts it in the foreground."""

from __future__ import annotations

from ..debian import Debian

package = "nginx"
binary = "nginx"
reload_signal = "HUP"
reopen_signal = "USR1"
cgi = False  # fcgiwrap does
stop_signal = "QUIT"
names_requests = True  # in X-Request-ID
inherits = "NGINX='3;' "  # hands descriptor 3 over as the listening socket, as nginx does to a new binary
debian = Debian(
    "nginx.service", "nginx/sites-available/{site}", "nginx/sites-enabled/{site}", ["nginx", "-q", "-t"],
    ("nginx/nginx.conf", "nginx/conf.d/*.conf", "nginx/sites-enabled/*"),
    r"(?:^|[;{])\s*listen\s+(?:(?P<address>[\d.*]+):)?(?P<port>\d+)(?=[\s;])", "default", "rm {path}",
)  # fmt: skip


def check(binary: str, config: str) -> list[str]:
    """Read the configuration as the server would, and exit."""
    return [binary, "-e", "stderr", "-q", "-t", "-c", config]


def start(binary: str, config: str) -> list[str]:
    """Serve in the foreground (server.conf says `daemon off`); -e keeps it from opening the system's error log."""
    return [binary, "-e", "stderr", "-c", config]
