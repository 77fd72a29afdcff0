"""lighttpd: how to check, start, reload and stop a private one; the supervisor starts it in the foreground."""

from __future__ import annotations

from ..debian import Debian

package = "lighttpd"
binary = "lighttpd"
reload_signal = "USR1"
reopen_signal = "HUP"
cgi = False  # fcgiwrap does: the SIGINT of its reload would end scripts of its own that have just begun
stop_signal = "INT"
names_requests = False  # in X-Request-ID
inherits = "LISTEN_PID=$$ LISTEN_FDS=1 "  # hands descriptor 3 over as the listening socket (sd_listen_fds(3))
debian = Debian(
    "lighttpd.service", "lighttpd/conf-available/90-{site}.conf", "lighttpd/conf-enabled/90-{site}.conf",
    ["lighttpd", "-tt", "-f", "/etc/lighttpd/lighttpd.conf"],
    ("lighttpd/lighttpd.conf", "lighttpd/conf-enabled/*"),
    r"""^\s*(?:server\.port\s*=\s*|\$SERVER\["socket"\]\s*==\s*"(?P<address>[\d.]*):)(?P<port>\d+)""",
    "lighttpd.conf", "sed -i 's/^server.port .*/server.port = 8081/' {path}", keeps=True,
)  # fmt: skip


def check(binary: str, config: str) -> list[str]:
    """Read the configuration and load its modules as the server would, and exit."""
    return [binary, "-tt", "-f", config]


def start(binary: str, config: str) -> list[str]:
    """Serve in the foreground."""
    return [binary, "-D", "-f", config]
