"""Apache httpd: how to check, start, reload and stop a private one; the supervisor starts it in the foreground."""

from __future__ import annotations

from ..debian import Debian

package = "apache2"
binary = "apache2"
reload_signal = "USR1"
reopen_signal = "USR1"  # its graceful reload: there is nothing else by which Apache opens its logs anew
cgi = False  # fcgiwrap does: mod_cgid starts a program for each client, however many are slow
stop_signal = "WINCH"
names_requests = True  # in X-Request-ID
inherits = ""  # it opens its listening socket itself
debian = Debian(
    "apache2.service", "apache2/sites-available/{site}.conf", "apache2/sites-enabled/{site}.conf", ["apache2ctl", "-t"],
    ("apache2/*.conf", "apache2/*-enabled/*"), r"^\s*Listen\s+(?:(?P<address>[\d.*]+|\[::\]):)?(?P<port>\d+)\b",
    "ports.conf", "sed -i 's/^Listen {port}$/Listen 127.0.0.1:8081/' {path}", r"<IfModule.*?</IfModule>", once=True,
)  # fmt: skip


def check(binary: str, config: str) -> list[str]:
    """Read the configuration and load its modules as the server would, and exit."""
    return [binary, "-t", "-f", config]


def start(binary: str, config: str) -> list[str]:
    """Serve in the foreground."""
    return [binary, "-DFOREGROUND", "-f", config]
