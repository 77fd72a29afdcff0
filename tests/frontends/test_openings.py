"""What a front end's files say that it listens on: Debian's own ones, and forms that administrators write."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy import frontends
from deploy.frontends import debian

STOCK = {
    "nginx": ("nginx/sites-enabled/default", [("*", 80)]),
    "apache": ("apache2/ports.conf", [("*", 80)]),
    "lighttpd": ("lighttpd/lighttpd.conf", [("*", 80)]),
}
# front end, file, its text, what it opens
FORMS = [
    ("nginx", "nginx/conf.d/a.conf", "server { listen 8080; listen 127.0.0.1:81 default_server; }",
     [("*", 8080), ("127.0.0.1", 81)]),
    ("nginx", "nginx/conf.d/a.conf", "server {\n    listen *:82 reuseport;\n    # listen 83;\n}", [("*", 82)]),
    ("nginx", "nginx/conf.d/a.conf", "server { listen [::]:80; listen unix:/run/a; }", []),  # IPv6 alone (ipv6only=on)
    ("apache", "apache2/sites-enabled/a.conf", "Listen 8080 https\n#Listen 1\nListen 10.0.0.1:81\n",
     [("*", 8080), ("10.0.0.1", 81)]),
    ("apache", "apache2/conf-enabled/a.conf", "\tListen [::]:82\n", [("::", 82)]),  # IPv4 too, on Linux
    ("apache", "apache2/ports.conf", "Listen 80\n<IfModule ssl_module>\n\tListen 443\n</IfModule>\n", [("*", 80)]),
    ("lighttpd", "lighttpd/conf-enabled/a.conf", 'server.port=8080\n$SERVER["socket"] == "127.0.0.1:81" {}\n',
     [("*", 8080), ("127.0.0.1", 81)]),
    ("lighttpd", "lighttpd/conf-enabled/a.conf", '# server.port = 1\n$SERVER["socket"] == ":82" {}\n', [("*", 82)]),
]  # fmt: skip


def openings(frontend: str) -> list[tuple[str, int]]:
    return [(each.address, each.port) for each in frontends.load(frontend).debian.openings("site")]


@pytest.mark.parametrize(("frontend", "name", "text", "opens"), FORMS)
def test_a_form(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, frontend: str, name: str, text: str, opens: list[tuple[str, int]]
) -> None:
    monkeypatch.setattr(debian, "ETC", tmp_path)
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_text(text)
    assert openings(frontend) == opens


@pytest.mark.parametrize("frontend", STOCK)
def test_debians_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, frontend: str) -> None:
    """As the package installs it."""
    name, opens = STOCK[frontend]
    here = Path("/etc", name)
    source = here if here.is_file() else Path(str(here).replace("enabled", "available"))
    monkeypatch.setattr(debian, "ETC", tmp_path)
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_bytes(source.read_bytes())
    assert openings(frontend) == opens
