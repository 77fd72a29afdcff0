"""What lies beside a CGI script, and its own source, is no content, even where nobody is left to run it."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy import frontends
from deploy.bundle import frontend
from deploy.machine.files import File
from tests.contract import client
from tests.contract.client import Request

from . import live

EVERY = pytest.mark.parametrize("name", frontends.FRONTENDS)
MOUNTS = pytest.mark.parametrize("mount", ["", "/team/my.app"])
SCRIPT = '#!/bin/sh\n# a secret\nprintf \'Content-Type: text/plain\\n\\nran for %s%s\' "$SCRIPT_NAME" "$PATH_INFO"\n'
PATHS = ("/", "/a", "/a/b", "/yourapplication.cgi", "/yourapplication.cgi/", "/yourapplication.cgi/a", "/secrets.json",
         "/frontend/site.conf", "//yourapplication.cgi", "/static/../secrets.json")  # fmt: skip


@contextlib.contextmanager
def fcgiwrap(listening: Path) -> Iterator[None]:
    """Runs scripts as this user."""
    with subprocess.Popen(["fcgiwrap", "-s", f"unix:{listening}"], start_new_session=True) as process:
        deadline = time.monotonic() + live.PATIENCE
        while not listening.exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        listening.chmod(0o777)
        yield
        process.kill()
    listening.unlink()


@pytest.fixture
def site(folder: Path) -> dict[str, object]:
    """What is told to the templates; a script, a secret and static files."""
    for name in ("code", "run"):
        (folder / name).mkdir()
    (folder / "static").mkdir()
    (folder / "static" / "a.css").write_text("a style")
    script = folder / "code" / "yourapplication.cgi"
    script.write_text(SCRIPT)
    script.chmod(0o755)
    (folder / "code" / "secrets.json").write_text("a secret")
    return {"protocol": "cgi", "static": str(folder / "static")}


@EVERY
@MOUNTS
def test_every_url_is_the_scripts(name: str, mount: str, folder: Path, site: dict[str, object]) -> None:
    with fcgiwrap(folder / "run" / "up.sock"), live.front(name, folder, mount=mount, **site) as front:
        for path in ("/", "/a", "/a/b", "/yourapplication.cgi", "/yourapplication.cgi/a"):
            answer = client.ask(front.port, Request(target=mount + path))
            assert (answer.status, answer.body) == (200, f"ran for {mount}{path}".encode()), path
        assert client.ask(front.port, Request(target=f"{mount}/static/a.css")).body == b"a style"
        given = {path: client.ask(front.port, Request(target=mount + path)) for path in PATHS}
    assert {path for path, answer in given.items() if b"a secret" in answer.body} == set()


# What has a request run rather than read, and the same line so that it has nothing run.
UNDONE = {
    "nginx": ("fastcgi_pass ", "# "),
    "lighttpd": ('yourapplication.cgi" => ((', 'nobody" => (('),
    "apache": ("ScriptAlias ", "Alias "),
}


@EVERY
@MOUNTS
@pytest.mark.parametrize("undone", [False, True])
def test_no_source_is_given_where_nobody_runs_it(
    name: str, mount: str, undone: bool, folder: Path, site: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody listens; or the server does not take its own directive for meant, as lighttpd 1.4.79 once did."""
    rendered, (old, new) = frontend.render, UNDONE[name]

    def render(name: str, protocol: str, context: dict[str, object]) -> list[File]:
        files = rendered(name, protocol, context)
        assert old in files[0].content
        return [file._replace(content=file.content.replace(old, new)) for file in files]

    if undone:
        monkeypatch.setattr(frontend, "render", render)
    with live.front(name, folder, mount=mount, **site) as front:
        given = {path: client.ask(front.port, Request(target=mount + path)) for path in PATHS}
    assert {path for path, answer in given.items() if b"a secret" in answer.body} == set()
