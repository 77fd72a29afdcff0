"""Real servers for tests, each of its own in a temporary folder on a free port, gone at the end."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from deploy.machine.sockets import free_port

POSTGRESQL = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/usr/lib/postgresql/bin"))
SERVICE_USER = "nobody"  # PostgreSQL refuses to run as root


class PostgreSQL(NamedTuple):
    """A running server; `databases` are made and dropped one by one."""

    port: int
    password: str
    folder: Path

    def url(self, database: str) -> str:
        """What SQLALCHEMY_DATABASE_URI is set to."""
        return f"postgresql://app:{self.password}@127.0.0.1:{self.port}/{database}"

    def processes(self) -> list[int]:
        """The process ids of the server and of those that it has begun."""
        first = (self.folder / "data" / "postmaster.pid").read_text().splitlines()[0]
        return [int(first), *map(int, Path(f"/proc/{first}/task/{first}/children").read_text().split())]

    def run(self, database: str, statement: str) -> str:
        """The rows that a statement returns, one a line, columns separated by |."""
        words = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement, self.url(database)]
        return subprocess.run(words, text=True, capture_output=True, check=True).stdout.strip()

    @contextlib.contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """The URL of a database of its own: an empty one, or a copy of the one named."""
        name = f"test_{secrets.token_hex(6)}"
        self.run("postgres", f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        try:
            yield self.url(name)
        finally:
            self.run("postgres", f"DROP DATABASE {name} WITH (FORCE)")


@contextlib.contextmanager
def postgresql(listen: str = "127.0.0.1", clients: str = "127.0.0.1/32") -> Iterator[PostgreSQL]:
    """Debian's PostgreSQL, with a password for its one user; `clients`: the network that may connect."""
    folder = Path(tempfile.mkdtemp(prefix="postgresql-", dir="/tmp"))
    server = PostgreSQL(free_port("127.0.0.1"), secrets.token_hex(16), folder)
    try:
        (folder / "password").write_text(server.password)
        identity = {"user": SERVICE_USER} if os.geteuid() == 0 else {}
        if identity:
            for path in (folder, folder / "password"):
                shutil.chown(path, SERVICE_USER)
        data, options = folder / "data", {"cwd": folder, "stdout": subprocess.DEVNULL, **identity}
        subprocess.run([POSTGRESQL / "initdb", "-D", data, "-U", "app", "-N", "-A", "scram-sha-256", "-E", "UTF8",
                        "--locale=C.UTF-8", f"--pwfile={folder / 'password'}"], check=True, **options)  # fmt: skip
        with open(data / "pg_hba.conf", "a", encoding="utf-8") as rules:
            rules.write(f"host all all {clients} scram-sha-256\n")
        settings = f"-p {server.port} -c listen_addresses={listen} -k {folder} -c fsync=off -c max_connections=200"
        control = [POSTGRESQL / "pg_ctl", "-D", data, "-w", "-s", "-l", folder / "log"]
        subprocess.run([*control, "-o", settings, "start"], check=True, **options)
        try:
            yield server
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=True, **options)
    finally:
        shutil.rmtree(folder)
