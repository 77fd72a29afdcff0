"""Hosts to deploy to: this machine. The only file that runs commands."""

from __future__ import annotations

import dataclasses
import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..adapters.process import surroundings
from ..errors import Failed
from . import interruptions
from .accounts import NOBODY, WEB_SERVER
from .gathering import gather

SEARCHED = ("/usr/local/sbin", "/usr/sbin", "/sbin")  # where Debian keeps servers, beside PATH
ENVIRONMENT = {"PATH": surroundings.PATH, **surroundings.ENVIRONMENT}  # of what is started, before it is the release's
MARK = surroundings.MARK  # in the environment of a deployment's commands and of all that they start
KEPT = ("HOME", "PIP_", "SSL_CERT", "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
        MARK)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Local:
    """This machine: `environ` is the deploying user's; the application's commands run as `user` (empty: the same)."""

    environ: Mapping[str, str]
    user: str = ""

    def run(
        self,
        argv: Sequence[str | Path],
        *,
        cwd: Path | None = None,
        as_user: bool = False,
        timeout: float | None = None,
        check: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; raises Failed with the end of its output unless `check` is false.

        What it has started and leaves running is not waited for.
        """
        words = [str(word) for word in argv]
        try:
            with subprocess.Popen(
                words, cwd=cwd, env=self._environment(as_user), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, **self.identity(as_user),
            ) as process:  # fmt: skip
                said = gather(process, timeout)
            done = subprocess.CompletedProcess(words, process.returncode, said)
        except TimeoutError as late:
            said = f"; it said:\n{tail(str(late))}" if str(late).strip() else ""
            raise Failed(f"{' '.join(words)} did not end within {timeout} s{said}") from late
        except OSError as error:
            done = subprocess.CompletedProcess(words, 127, f"{words[0]}: {error.strerror}")
        if check and done.returncode:
            raise Failed(f"{' '.join(words)} exited {done.returncode}:\n{tail(done.stdout)}")
        return done

    def attach(self, argv: Sequence[str | Path], cwd: Path | None = None, as_user: bool = False) -> int:
        """Run a command on the caller's terminal, whose Ctrl-C is the command's, and return its exit code."""
        words, options = [str(word) for word in argv], self.identity(as_user)
        with interruptions.put_off(signal.SIGINT):
            code = subprocess.run(words, cwd=cwd, env=self._environment(as_user), check=False, **options).returncode
        return code if code >= 0 else 128 - code  # ended by a signal: as a shell says it

    def find(self, program: str) -> str | None:
        """The path of a program, in PATH or where Debian keeps servers."""
        return shutil.which(program, path=os.pathsep.join([self.environ.get("PATH", os.defpath), *SEARCHED]))

    def knows_user(self) -> bool:
        """Whether there is the user that the application's commands run as."""
        try:
            return not self.user or bool(pwd.getpwnam(self.user))
        except KeyError:
            return False

    def add_user(self, home: Path) -> None:
        """Make that user: a system user with a group of its own, who cannot sign in."""
        words = ("--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin")
        self.run(["useradd", *words, "--home-dir", home, self.user])

    @property
    def front(self) -> Local:
        """This machine, with the user of a front end's workers when root has started it."""
        return dataclasses.replace(self, user=self.user and WEB_SERVER)

    def own(self, path: Path) -> None:
        """Give a file or folder to the application's user."""
        if self.user:
            shutil.chown(path, self.user, pwd.getpwnam(self.user).pw_gid)

    def share(self, path: Path) -> bool:
        """Give a file or folder, root's, to the group of the application's user; whether there is such a user."""
        if self.user:
            os.chown(path, -1, pwd.getpwnam(self.user).pw_gid)
        return bool(self.user)

    def identity(self, as_user: bool) -> dict[str, Any]:
        """The user that a command runs as, in the words of subprocess."""
        if not (as_user and self.user):
            return {}
        entry = self._entry()
        groups = os.getgrouplist(entry.pw_name, entry.pw_gid)
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": groups}

    def _entry(self) -> pwd.struct_passwd:
        """The application's user; before it is made, somebody as unprivileged."""
        return pwd.getpwnam(self.user if self.knows_user() else NOBODY)

    def _environment(self, as_user: bool) -> dict[str, str]:
        """A clean environment, so that a deployment does not depend on the shell it was started from."""
        kept = {name: value for name, value in self.environ.items() if name.startswith(KEPT)}
        home = {"HOME": self._entry().pw_dir} if as_user and self.user else {}
        return {**ENVIRONMENT, **kept, **home}


def tail(text: str, lines: int = 15) -> str:
    """The last lines of an output or a log."""
    return "\n".join(text.rstrip().splitlines()[-lines:])
