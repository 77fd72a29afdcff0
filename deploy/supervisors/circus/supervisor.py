"""Circus at work for one ROOT: started, told what to run, asked, stopped."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from ... import frontends
from ...errors import Failed
from ...machine import processes
from ...machine.files import File, keep_only, write
from ...machine.run import Local
from ...settings import Settings
from ...site import logs
from ...site.follow import Source
from ...site.release import Release, Root, Target
from .. import circus
from . import readiness, survivors
from .daemon import START_SECONDS, begin, control, pid

LOGS = ("application", "frontend", "error", "supervisor")


class Circus:
    """The Circus of one ROOT. It runs as the user who deploys."""

    def __init__(self, host: Local, root: Root, venv: Path | None) -> None:
        self.host, self.root, self.planned = host, root, venv

    @property
    def venv(self) -> Path:
        """The environment of the running supervisor, or one that it can be started from; raises Failed without any."""
        if self.planned:
            return self.planned
        number = self.pid()
        if number is not None:
            return Path(processes.command(number).split(b"\0")[0].decode()).parent.parent
        for found in self.root.venvs.glob("*/bin/circusd"):
            return Path(found).parent.parent
        raise Failed(f"{self.root.venvs} has no supervisor any more: deploy again")

    def venvs(self) -> set[Path]:
        """The environment that it would be started from, and the one that it runs from."""
        return {self.venv, Circus(self.host, self.root, None).venv}

    def running(self) -> bool:
        """Whether it runs."""
        return self.pid() is not None

    def pid(self) -> int | None:
        """Its process id, None when it does not run."""
        return pid(self.root)

    def check(self, release: Release, binary: str) -> None:
        """Raises Failed unless the front end accepts the release's configuration."""
        room = frontends.load(release.target.frontend)
        self.host.run(room.check(binary, str(release.folder / "frontend" / "server.conf")), timeout=60)

    def start(self, fragments: list[File], release: Release, announced: int) -> None:
        """Run exactly `fragments`; raises Failed unless `announced` processes of the release become ready."""
        with readiness.announcements(self.root) as channel:
            self.apply(fragments, release.settings.graceful_timeout)
            readiness.await_ready(channel, announced, release.settings.start_timeout, self.root)

    def serve(self, fragments: list[File], release: Release) -> str:
        """Run exactly `fragments`, the release's front end with its configuration read anew; what was done."""
        begun = self.apply(fragments, release.settings.graceful_timeout)
        if release.target.standalone:
            return ""
        if begun:
            return f"{release.target.frontend} started"
        self.control("signal", "frontend", frontends.load(release.target.frontend).reload_signal)
        return f"{release.target.frontend} reloaded"

    def apply(self, fragments: list[File], patience: int) -> bool:
        """Run exactly `fragments`, starting Circus if need be; whether the listener on the public address began with
        that.

        When the public address changes hands, the one that has it leaves first. `told` says that Circus knows the
        files. A deployment that was killed before it had told Circus left the address unchanged.
        """
        folder, told = self.root.supervisor / circus.FRAGMENTS, self.root.supervisor / "told"
        folder.mkdir(exist_ok=True)
        running = self.running()
        write(self.root.supervisor, (file for file in circus.main(self.root)
                                     if not (running and (self.root.supervisor / file.name).exists())))  # fmt: skip
        found = {path.name: File(path.name, path.read_text(encoding="utf-8")) for path in folder.iterdir()}
        if not running:
            keep_only(folder, fragments)
            begin(self.host, self.root, self.venv, self.running, survivors.groups(self.root))
            told.touch()
            return True
        # What runs keeps its files: a newer tool may write them otherwise, and Circus would start it anew.
        wanted = {file.name: file if file.name == circus.PUBLIC else found.get(file.name, file) for file in fragments}
        if found == wanted and told.exists():
            return False
        told.unlink(missing_ok=True)
        moves = found.get(circus.PUBLIC) != wanted.get(circus.PUBLIC)
        if moves and circus.PUBLIC in found:
            keep_only(folder, [file for file in wanted.values() if found.get(file.name) == file])
            self.control("reloadconfig", "--waiting", timeout=patience + START_SECONDS)
        keep_only(folder, [*wanted.values()])
        self.control("reloadconfig", "--waiting", timeout=patience + START_SECONDS)
        told.touch()
        return moves

    def control(self, *words: str, timeout: int = 10) -> dict[str, object]:
        """Send Circus a command and return its answer; raises Failed when it refuses."""
        return control(self.host, self.root, self.venv, words, timeout)

    def workers(self) -> list[int]:
        """The front end's own processes, which serve its connections; after a reload, others do."""
        config = str(self.root.current / "frontend" / "server.conf").encode()
        servers = [child for child in processes.children(self.pid()) if config in processes.command(child)]
        return [worker for server in servers for worker in processes.children(server)]

    def processes(self) -> list[processes.Part]:
        """What runs: itself, then each watcher's name, its state and its process ids."""
        states: Any = self.control("status")["statuses"]
        found: Any = self.control("stats")["infos"]
        own = processes.Part("supervisor", "active", [number for number in [self.pid()] if number])
        return [own, *(processes.Part(name, state, [*map(int, found.get(name, ()))]) for name, state in states.items())]

    def stop(self, patience: int) -> None:
        """Stop everything that runs below ROOT and Circus itself, which removes its pid file before it ends."""
        number = self.pid()
        self.control("quit", "--waiting", timeout=patience + START_SECONDS)
        deadline = time.monotonic() + patience + START_SECONDS
        while number and processes.command(number):
            if time.monotonic() > deadline:
                said = logs.said(self.root, "supervisor")
                raise Failed(f"the supervisor, process {number}, did not stop\n{said}")
            time.sleep(0.05)

    def shares_port(self, settings: Settings, target: Target) -> bool:
        """No front end of its serves another site."""
        return False

    def foreign(self) -> str:
        """Its files are all below ROOT."""
        return ""

    def sources(self) -> list[Source]:
        """All of its logs are files."""
        return []

    def said(self) -> str:
        """What processes and servers have logged since the deployment began."""
        return logs.said(self.root, *LOGS)
