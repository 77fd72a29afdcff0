"""A sandbox: databases of its own beside the configured ones, and a server on them, until it is taken down."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import NamedTuple

from flask import current_app
from sqlalchemy import NullPool, create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from ..database import AUDIT, db
from ..errors import Refused
from ..schema import plainly

PATIENCE = 30  # seconds for the server to answer, or to end
FLASK = (sys.executable, "-m", "flask", "--app", "yourapplication")


class Sandbox(NamedTuple):
    """Where the sandbox of a scenario is. Its folder exists while it does."""

    name: str

    @property
    def folder(self) -> Path:
        """In the instance folder: SQLite's files, the server's log and state.json."""
        return Path(current_app.instance_path) / "scenarios" / self.name

    @property
    def uri(self) -> str:
        """Of both binds: a file in the folder, or a database beside the configured one on PostgreSQL's server."""
        url = db.engine.url
        if url.get_backend_name() == "sqlite":
            return f"sqlite:///{self.folder / 'default.sqlite'}"
        return url.set(database=f"{url.database}_scenario_{self.name}").render_as_string(hide_password=False)

    @property
    def environment(self) -> dict[str, str]:
        """Variables for processes that work on the sandbox and on nothing else."""
        audit = self.uri.replace("default.sqlite", f"{AUDIT}.sqlite")
        own = {"SQLALCHEMY_DATABASE_URI": self.uri, f"SQLALCHEMY_BINDS__{AUDIT}": audit, "LDAP_URI": "", "LOG_FILE": "",
               "BACKUP_FOLDER": str(self.folder / "backups")}  # fmt: skip
        return {**os.environ, **{f"FLASK_{name}": value for name, value in own.items()},
                "APPLICATION_CONFIG": current_app.config["ENVIRONMENT"]}  # fmt: skip

    def make(self) -> None:
        """Empty databases; raises Refused."""
        try:
            self.folder.mkdir(parents=True)
        except FileExistsError as error:
            raise Refused(f"scenario {self.name} is up already: flask scenario down {self.name}") from error
        self._administer("CREATE DATABASE {}")

    def run(self, *words: str) -> int:
        """A Flask command on the sandbox, on this terminal; its exit code."""
        return subprocess.run([*FLASK, *words], env=self.environment, cwd=_project(), check=False).returncode

    def serve(self, port: int) -> str:
        """Start the development server, on this machine only; its URL. Raises Refused with what it said."""
        port = _free(port)
        url = f"http://127.0.0.1:{port}/"
        with (self.folder / "server.log").open("w") as log:
            options = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, "start_new_session": True}
            words = [*FLASK, "run", "--port", str(port)]
            started = subprocess.Popen(words, env=self.environment, cwd=_project(), **options)
        (self.folder / "state.json").write_text(json.dumps({"pid": started.pid, "url": url}))
        deadline = time.monotonic() + PATIENCE
        while not _answers(f"{url}readyz"):
            if started.poll() is not None or time.monotonic() > deadline:
                raise Refused(f"the server did not start: {(self.folder / 'server.log').read_text().strip()}")
            time.sleep(0.1)
        return url

    def state(self) -> str:
        """The server's URL, or why there is none."""
        if not self.folder.exists():
            return ""
        state = self._state()
        return str(state["url"]) if state and _is_ours(state["pid"]) else "without a server"

    def remove(self) -> None:
        """End the server and drop the databases; nothing of the sandbox is left."""
        state = self._state()
        if state and _is_ours(state["pid"]):
            os.killpg(state["pid"], signal.SIGTERM)
            deadline = time.monotonic() + PATIENCE
            while _is_ours(state["pid"]) and time.monotonic() < deadline:
                time.sleep(0.05)
        self._administer("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _state(self) -> dict[str, object]:
        try:
            state: dict[str, object] = json.loads((self.folder / "state.json").read_text())
        except FileNotFoundError:
            return {}
        return state

    def _administer(self, statement: str) -> None:
        """On PostgreSQL, as the configured user, who needs the right to make databases."""
        url = make_url(self.uri)
        if url.get_backend_name() == "sqlite":
            return
        engine = create_engine(db.engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                quoted = connection.dialect.identifier_preparer.quote_identifier(str(url.database))
                connection.exec_driver_sql(statement.format(quoted))
        except SQLAlchemyError as error:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise Refused(
                f"the sandbox's database {url.database} cannot be made or dropped: {plainly(error)}"
            ) from error


def _project() -> Path:
    return Path(current_app.root_path).parent


def _free(port: int) -> int:
    """`port`, or any if it is 0; raises Refused when somebody listens on it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Refused(f"port {port} cannot be listened on ({error.strerror}): choose another --port") from error
        found: int = probe.getsockname()[1]
        return found


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except urllib.error.HTTPError as error:
        error.close()
        return False
    except OSError:
        return False


def _is_ours(pid: object) -> bool:
    """Whether a process is a server that `serve` has started, and not another that has its number now."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return words[3:6] == [b"--app", b"yourapplication", b"run"]
