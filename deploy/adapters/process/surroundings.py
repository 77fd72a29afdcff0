"""What the application finds around it, the same under every adapter and in every command: decided here.

Supervisors and web servers, which have habits of their own, do not; and CGI and mod_wsgi have no environment to read.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from typing import TYPE_CHECKING

from . import children

if TYPE_CHECKING:
    from ..options import Options

ENVIRONMENT = {"LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1"}  # the latter for programs that the application starts
PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
MARK = "DEPLOYMENT"  # the one variable that only commands have: a deployment that was killed is known by it
UMASK = 0o077  # what the application writes is for its own user


def enter(options: Options) -> None:
    """Make this process's surroundings those of the release in the current folder, before its application is imported.

    An entry file copied by hand has no release: the environment and umask that its user has made for it stay.
    """
    folder = os.getcwd()
    module = options.application.partition(":")[0]
    sys.argv[:] = [os.path.join(folder, module)]  # as `python module` there: no option of ours
    if options.release:
        sys.path[:] = [folder, *(each for each in sys.path if each != folder)]
        os.umask(UMASK)
        _set_environ()
        _set_locale()


def serving(options: Options) -> None:
    """As `enter`, for a process that serves: it has no terminal, and no program that it starts may keep its files."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())  # mod_cgid blocks signals, and programs inherit that
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.close(nothing)
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2:
            _close_on_exec(int(name))
    if options.log:
        log = os.open(options.log, os.O_WRONLY | os.O_APPEND) if isinstance(options.log, str) else options.log
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.close(log)
    children.ordinary()
    enter(options)


def widen() -> None:
    """Let this process open as many files as the system lets it; a login's 1024 are few for a server."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def environment() -> dict[str, str]:
    """The variables of an application: a login's that servers leave out, and nothing of the server's."""
    return {**ENVIRONMENT, "PATH": f"{sys.prefix}/bin:{PATH}", **_user()}


def _user() -> dict[str, str]:
    """The user of this process. A number without a name, as in many containers, has no home."""
    import pwd

    try:
        entry = pwd.getpwuid(os.geteuid())
    except KeyError:
        return {"HOME": "/"}
    return {"HOME": entry.pw_dir, "LOGNAME": entry.pw_name, "USER": entry.pw_name}


def _set_environ() -> None:
    kept = {MARK: os.environ[MARK]} if MARK in os.environ else {}
    os.environ.clear()
    os.environ.update(environment(), **kept)
    time.tzset()  # the machine's zone, whatever TZ was


def _set_locale() -> None:
    """Python itself sets LC_CTYPE only, mod_wsgi all."""
    import _locale  # the module locale is slow to import, for CGI

    _locale.setlocale(_locale.LC_ALL, ENVIRONMENT["LANG"])


def _close_on_exec(number: int) -> None:
    try:
        os.set_inheritable(number, False)
    except OSError:
        return  # the list of them, closed by now
