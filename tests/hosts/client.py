"""The command line on this machine as a person with an SSH configuration uses it: a home with keys and known hosts."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from . import lab
from .image import OPERATOR

PROJECT = Path(__file__).parents[2]


class Client:
    """`home` is what $HOME is for it; its SSH configuration names the hosts and their keys."""

    def __init__(self, home: Path, hosts: Sequence[lab.Host], project: Path = PROJECT) -> None:
        self.home, self.hosts, self.project = home, hosts, project
        ssh = home / ".ssh"
        ssh.mkdir(mode=0o700)
        sections = [f"Host {host.name}\n  HostName {host.address}\n  IdentityFile {host.key}\n" for host in hosts]
        (ssh / "config").write_text("".join(sections))
        self.known_hosts = ssh / "known_hosts"
        self.known_hosts.write_text("".join(host.known_hosts.read_text() for host in hosts))

    @property
    def named(self) -> str:
        """HOST= for all of them."""
        return "HOST=" + ",".join(f"{OPERATOR}@{host.name}" for host in self.hosts)

    @property
    def environ(self) -> dict[str, str]:
        """Of the commands."""
        return {**os.environ, "HOME": str(self.home)}

    def run(self, command: str, *words: str, given: str = "", timeout: float = 300) -> subprocess.CompletedProcess[str]:
        """python -m deploy, on all hosts unless the words name some; `given`: its standard input."""
        where = [] if any(word.startswith("HOST=") for word in words) or command == "bundle" else [self.named]
        return subprocess.run([sys.executable, "-m", "deploy", command, *where, *words], cwd=self.project, text=True,
                              env=self.environ, capture_output=True, check=False,
                              timeout=timeout, input=given)  # fmt: skip

    @contextlib.contextmanager
    def begin(self, command: str, *words: str) -> Iterator[subprocess.Popen[str]]:
        """python -m deploy, which goes on until it is done, or its context is."""
        with subprocess.Popen([sys.executable, "-m", "deploy", command, *words], cwd=self.project, text=True,
                              env=self.environ, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:  # fmt: skip
            try:
                yield process
            finally:
                process.kill()

    def good(self, command: str, *words: str, given: str = "") -> str:
        """Its output; anything but exit code 0 fails the test."""
        done = self.run(command, *words, given=given)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def status(self, *words: str) -> dict[str, dict[str, object]]:
        """What `status --json` says of each host."""
        found: dict[str, dict[str, object]] = json.loads(self.run("status", "--json", *words).stdout)
        return found
