"""What an application finds around it, as it says itself, and what it has to find: law 10. Ships with the echo."""

from __future__ import annotations

import fcntl
import json
import locale
import os
import pwd
import subprocess
import sys
import time

Facts = dict[str, object]
BITS = ("SigBlk", "SigIgn", "SigCgt")
LIBRARYS = 1 << 31 | 1 << 32  # signals 32 and 33 (signal(7))
AT_IMPORT = list(sys.argv)


def seen() -> Facts:
    """Everything that law 10 speaks of."""
    umask = os.umask(0o077)
    os.umask(umask)
    return {
        "argv": sys.argv,
        "argv at import": AT_IMPORT,
        "cwd": os.getcwd(),
        "environ": dict(os.environ),
        "executable": sys.executable,
        "umask": f"{umask:03o}",
        "locale": locale.setlocale(locale.LC_ALL),
        "encodings": [sys.getfilesystemencoding().lower(), locale.getpreferredencoding(False).lower()],
        "zone": list(time.tzname),
        "path": [sys.path[0], sys.path.count(sys.path[0])],
        "input": sys.stdin.read(10),
        "inherited": inherited(),
        "child": child(),
    }


def expected(folder: str, venv: str, application: str, user: str) -> Facts:
    """What `application` has to find in the release in `folder`, served with `venv` by `user` (empty: us)."""
    owner = pwd.getpwnam(user) if user else pwd.getpwuid(os.geteuid())
    argv = [f"{folder}/{application.partition(':')[0]}"]
    return {
        "argv": argv,
        "argv at import": argv,
        "cwd": folder,
        "environ": {
            "HOME": owner.pw_dir,
            "LANG": "C.UTF-8",
            "LOGNAME": owner.pw_name,
            "PATH": f"{venv}/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "PYTHONUNBUFFERED": "1",
            "USER": owner.pw_name,
        },
        "executable": f"{venv}/bin/python",
        "umask": "077",
        "locale": "C.UTF-8",
        "encodings": ["utf-8", "utf-8"],
        "zone": zone(),
        "path": [folder, 1],
        "input": "",
        "inherited": [],
        "child": dict.fromkeys(BITS, "0" * 16),
    }


def differences(found: Facts, right: Facts) -> str:
    """Fact by fact, what is not as it has to be."""
    names = sorted(found.keys() | right.keys())
    return "\n".join(f"{name}: {found.get(name)} instead of {right.get(name)}"
                     for name in names if found.get(name) != right.get(name))  # fmt: skip


def inherited() -> list[str]:
    """The open files that a program started with os.system would inherit beside the standard ones."""
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            flags = fcntl.fcntl(int(name), fcntl.F_GETFD)
            if int(name) > 2 and not flags & fcntl.FD_CLOEXEC:
                found.append(os.readlink(f"/proc/self/fd/{name}"))
        except OSError:
            continue  # the folder itself, closed by now
    return found


def child() -> dict[str, str]:
    """Which signals a program that we start has blocked, ignored and caught.

    But for the C library's own two, which nobody can send: make has its programs begun in a way that ignores them.
    """
    text = subprocess.run(["cat", "/proc/self/status"], capture_output=True, text=True, check=True).stdout
    pairs = (line.partition(":")[::2] for line in text.splitlines())
    return {name: f"{int(value, 16) & ~LIBRARYS:016x}" for name, value in pairs if name in BITS}


def zone() -> list[str]:
    """The machine's time zone, whatever TZ is here."""
    program = [sys.executable, "-c", "import json, time; print(json.dumps(time.tzname))"]
    names: list[str] = json.loads(subprocess.run(program, env={}, capture_output=True, check=True).stdout)
    return names
