"""systemd at work for one ROOT: units and the front end's file go into /etc and are started or reloaded."""

from __future__ import annotations

import time
from pathlib import Path

from ... import frontends
from ...errors import Failed
from ...machine import processes
from ...machine.files import File, remove, write
from ...machine.processes import Part
from ...machine.run import Local, tail
from ...machine.sockets import bind_error
from ...settings import Settings
from ...site import logs
from ...site.follow import Source
from ...site.release import Release, Root, Target
from .. import fragments as rendered
from .. import systemd
from . import owned, sites, units
from .journald import Journal

ETC = Path("/etc")
STARTED = (".socket", ".target")  # what is enabled and started by itself; a target starts its services
PORT_SECONDS = 10  # how long those who leave the public address may take to close it


class Systemd:
    """What the host's systemd runs for one ROOT. Its files in /etc say in their first lines that they are ours."""

    def __init__(self, host: Local, root: Root, venv: Path | None) -> None:
        self.host, self.root, self.since = host, root, f"@{time.time():.6f}"
        self.told = root.supervisor / "told"  # systemd knows the files: who is killed before that has not left it
        self.begun: dict[str, list[str]] = {}  # front ends' files of this deployment -> what its units were before

    def venvs(self) -> set[Path]:
        """systemd comes with the host."""
        return set()

    def running(self) -> bool:
        """Whether anything of this ROOT is set to run."""
        return bool(owned.found(self.root))

    def foreign(self) -> str:
        """Which file of these names belongs to somebody else."""
        return owned.foreign(self.root)

    def check(self, release: Release, binary: str) -> None:
        """Raises Failed unless the front end accepts the release's file among those of all other sites."""
        for file in rendered.of(release):
            if units.of_a_frontend(file.name):
                sites.check(self.host, self.root, file)

    def start(self, fragments: list[File], release: Release, announced: int) -> None:
        """Run exactly `fragments`: what is started has said that it is ready, or that it is not."""
        self.apply(fragments, release.settings.graceful_timeout)

    def serve(self, fragments: list[File], release: Release) -> str:
        """Run exactly `fragments`; a front end whose file they change is reloaded."""
        changed = self.apply(fragments, release.settings.graceful_timeout)
        return "" if release.target.standalone or not changed else f"{release.target.frontend} reloaded"

    def apply(self, fragments: list[File], patience: int) -> bool:
        """Run exactly `fragments`, what leaves first: it may have the public address. Whether that changed anything."""
        found, wanted = owned.found(self.root), {file.name: file for file in fragments}
        gone = [name for name in found if name not in wanted]
        new = [file for file in fragments if found.get(file.name) != file or not self.told.exists()]
        self.told.unlink(missing_ok=True)
        self._leave(gone)
        self._await_ports({units.port(found[name]) for name in gone} & {units.port(file) for file in new} - {None}, new)
        self._enter([file for file in new if not units.of_a_frontend(file.name)])
        for file in new:
            if units.of_a_frontend(file.name):
                self.begun.setdefault(file.name, sites.enable(self.host, self.root, file))
        self.told.touch()
        return bool(gone or new)

    def workers(self) -> list[int]:
        """The front end's own processes, which serve its connections; after a reload, others do."""
        mains = [units.control(self.host, "show", "--value", "--property=MainPID", unit) for unit in self._frontends()]
        return [worker for main in mains for worker in processes.children(int(main))]

    def processes(self) -> list[Part]:
        """What runs: each instance of the release's unit, and what mod_wsgi runs for the site in Apache."""
        embedded = [pid for pid in self.workers() if self.root.releases in processes.folder(pid).parents]
        own = units.parts(self.host, units.instances(self.host, self.root))
        return [*own, *([Part("apache2.service", "active", embedded)] if embedded else [])]

    def stop(self, patience: int) -> None:
        """Stop everything that runs for this ROOT; nothing of it starts at boot any more."""
        self.apply([], patience)

    def shares_port(self, settings: Settings, target: Target) -> bool:
        """Whether the target's front end listens on the public port already, for other sites of the host."""
        if target.standalone:
            return False
        binary = frontends.load(target.frontend).binary
        listening = self.host.run(["ss", "-Hltnp", f"sport = :{settings.port}"]).stdout.splitlines()
        return bool(listening) and all(f'"{binary}"' in line for line in listening)

    def sources(self) -> list[Source]:
        """systemd's journal."""
        return [Journal(self.host, self.root)]

    def said(self) -> str:
        """What processes and servers have logged since the deployment began."""
        services = [*units.instances(self.host, self.root), *self._frontends()]
        return f"{units.said(self.host, services, self.since)}\n{logs.said(self.root, 'error')}"

    def _leave(self, gone: list[str]) -> None:
        remove(ETC, [name for name in gone if name.startswith(f"{systemd.ROTATIONS}/")])
        for name in filter(units.of_a_frontend, gone):
            sites.disable(self.host, self.root, name, self.begun.pop(name, ()))
        ended = [unit for name in gone if (unit := units.unit(name))]
        if ended:
            units.control(self.host, "stop", *(unit.replace("@.", "@*.") for unit in ended))
            units.control(self.host, "disable", "--quiet", *(unit for unit in ended if unit.endswith(STARTED)))
            remove(ETC, [f"{systemd.UNITS}/{unit}" for unit in ended])
            units.control(self.host, "daemon-reload")

    def _await_ports(self, ports: set[int | None], new: list[File]) -> None:
        """Wait until who has left no longer listens; raises Failed naming a front end that stays for other sites."""
        deadline = time.monotonic() + PORT_SECONDS
        for port in filter(None, ports):
            while bind_error("0.0.0.0", port) and time.monotonic() < deadline:
                time.sleep(0.05)
            if bind_error("0.0.0.0", port) and (others := sites.listeners(self.host, self.root, port, new)):
                raise Failed(f"port {port} is held by {others}, for another site such as Debian's default one: take "
                             "that off the port, or choose another PORT")  # fmt: skip

    def _enter(self, files: list[File]) -> None:
        if not files:
            return
        write(ETC, files)
        units.control(self.host, "daemon-reload")
        begun = [unit for file in files if (unit := str(units.unit(file.name))).endswith(STARTED)]
        if not begun:
            return
        units.control(self.host, "enable", "--quiet", *begun)
        for unit in sorted(begun):  # sockets first
            done = self.host.run(["systemctl", "start", unit], check=False)
            if done.returncode:
                target = unit.endswith(".target")
                services = units.instances(self.host, self.root, unit.removesuffix(".target")) if target else [unit]
                raise Failed(f"{tail(done.stdout, 2)}\n{units.said(self.host, services, self.since)}")

    def _frontends(self) -> list[str]:
        return [room.unit for room in sites.installed() if sites.name(room, self.root) in owned.found(self.root)]
