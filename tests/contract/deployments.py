"""Deploys applications to targets, one after the other in one root, the way a user does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from deploy.machine.sockets import free_port
from tests import environments, project

from .site import BODY_LIMIT, HEADER_LIMIT, NAMES, Site
from .targets import Target

ECHO = "tests.contract.echo:application"
REAL = "yourapplication:create_app()"
# Static files of the real application, beside its own, and of the echo application's package, which serves none itself.
FILES = (
    "PHOTO.JPG", "font.TTF", "a b.txt", "a%20b.txt", "x#y.txt", "plus+sign.css", "\u00dcbersicht 2024.pdf", "noext",
    "archive.tar.gz", "drawing.svgz", "a.css.gz", "d.tar", "data.csv", "calendar.ics", "notes.md", "video.webm",
    "app.js.map", "index.html.de", "page.html.bak", "page.html", "script.cgi", "x.php", "assets/index-BX2k3f9Q.js",
)  # fmt: skip
USER, PASSWORD = "visitor", "correct horse battery staple"


class Deployments:
    """One root and one port, and what is live there; `folder` is new and theirs."""

    def __init__(self, folder: Path) -> None:
        self.root, self.project = folder / "root", project.copy(folder / "project")
        for name in FILES:
            for package in ("yourapplication", "tests"):
                path = self.project / package / "static" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("content of a file\n")
        self.port = free_port("127.0.0.1")
        self.wanted: tuple[Target, str] | None = None
        self.site: Site | None = None
        self.user = False

    def live(self, target: Target, application: str) -> Site:
        """`application` on `target`, deployed over whatever was live unless it is live already; tried once."""
        if self.wanted != (target, application):
            self.wanted, self.site = (target, application), None
            self.site = self.deploy(target, application)
            if application == REAL and not self.user:
                self.run("flask", "--", "user", "add", USER, given=PASSWORD + "\n")
                self.user = True
        assert self.site, f"{target} could not be deployed, see the first of its tests"
        return self.site

    def deploy(self, target: Target, application: str) -> Site:
        """Run `python -m deploy up` and read its last line."""
        settings = {
            "FRONTEND": target.frontend,
            "MOUNT": target.mount or "/",
            "PORT": self.port,
            "APPLICATION": application,
            "SERVER_NAME": ",".join(NAMES),
            "ENVIRONMENT": "production",
            "BODY_LIMIT": BODY_LIMIT,
            "HEADER_LIMIT": HEADER_LIMIT,
            "GRACEFUL_TIMEOUT": 5,
            "PROCESSES": 2,
            "THREADS": 4,
        }
        environments.bring(self.root, self.project, target.adapter)
        output = self.run("up", target.adapter, *(f"{name}={value}" for name, value in settings.items()))
        words = output.splitlines()[-1].split()
        assert words[0::2] == ["live:", "release", "adapter", "frontend"], output
        url, release = f"http://{NAMES[0]}:{self.port}{target.mount}/", words[3]
        assert words[1::2] == [url, release, target.adapter, target.frontend]
        return Site(target, self.port, self.root, release)

    def run(self, command: str, *words: str, given: str = "") -> str:
        """The standard output of `python -m deploy`; an exit code other than 0 is a failure that shows all it said."""
        argv = [sys.executable, "-m", "deploy", command, f"ROOT={self.root}", *words]
        done = subprocess.run(argv, cwd=self.project, input=given, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{argv}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def stop(self) -> None:
        """Stop everything that was started."""
        if os.path.exists(self.root / "current"):
            self.run("stop")
