"""What the kernel gives to a test host: control groups and a number that its network is named after."""

from __future__ import annotations

import errno
import os
import subprocess
import time
from pathlib import Path

CGROUPS = tuple(path for name in ("systemd", "unified") if (path := Path("/sys/fs/cgroup", name)).is_dir())
PATIENCE = 60  # seconds that the processes of a dead host may take to end on a busy machine


def leave_cgroups(name: str) -> None:
    """Remove the control groups of a host that is down."""
    deadline = time.monotonic() + PATIENCE
    for cgroup in CGROUPS:
        for folder, _, _ in os.walk(cgroup / name, topdown=False):
            while not _removed(folder):
                assert time.monotonic() < deadline, f"processes of {name} are left in {folder}"
                time.sleep(0.05)


def _removed(cgroup: str) -> bool:
    """Whether a control group could be removed: not while a process in it has yet to end."""
    try:
        os.rmdir(cgroup)
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise
        return False
    return True


def free_number() -> int:
    taken = command("ip", "-o", "link")
    return next(number for number in range(1, 255) if f"yhost{number}@" not in taken and f"yhost{number}:" not in taken)


def command(*words: str) -> str:
    """The output of a command that must succeed."""
    done = subprocess.run(words, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, f"{' '.join(words)} exited {done.returncode}: {done.stdout}"
    return done.stdout
