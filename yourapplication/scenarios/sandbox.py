"""A sandbox: databases of its own beside the configured ones, and a server on them, until it is taken down."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from flask import current_app
from sqlalchemy import NullPool, create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from ..data.binds import plainly
from ..data.database import db
from ..errors import Refused
from ..parts import BINDS
from . import server


class Sandbox(NamedTuple):
    """Where the sandbox of a scenario is. Its folder exists while it does."""

    name: str

    @property
    def folder(self) -> Path:
        """In the instance folder: SQLite's files, the server's log and state.json."""
        return Path(current_app.instance_path) / "scenarios" / self.name

    @property
    def uri(self) -> str:
        """Of all binds: a file in the folder, or a database beside the configured one on PostgreSQL's server."""
        url = db.engine.url
        if url.get_backend_name() == "sqlite":
            return f"sqlite:///{self.folder / 'default.sqlite'}"
        return url.set(database=f"{url.database}_scenario_{self.name}").render_as_string(hide_password=False)

    @property
    def environment(self) -> dict[str, str]:
        """Variables for processes that work on the sandbox and on nothing else."""
        binds = {f"SQLALCHEMY_BINDS__{name}": self.uri.replace("default.sqlite", f"{name}.sqlite") for name in BINDS}
        own = {"SQLALCHEMY_DATABASE_URI": self.uri, **binds, "LDAP_URI": "", "LOG_FILE": "",
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
        return subprocess.run([*server.FLASK, *words], env=self.environment, cwd=server.PROJECT, check=False).returncode

    def serve(self, port: int) -> str:
        """Start the development server, on this machine only; its URL. Raises Refused with what it said."""
        return server.start(self.folder, port, self.environment)

    def state(self) -> str:
        """The server's URL, or why there is none."""
        if not self.folder.exists():
            return ""
        found = server.running(self.folder)
        return found.url if found else "without a server"

    def remove(self) -> None:
        """End the server and drop the databases; nothing of the sandbox is left."""
        server.end(self.folder)
        self._administer("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        shutil.rmtree(self.folder, ignore_errors=True)

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
