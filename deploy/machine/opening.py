"""Files in folders that the application can write are read as what they are: root follows none of its links, waits for
none of its pipes, and shows nobody a file of somebody else's that has a second name there."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import IO

ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO)  # of open(2), with O_NOFOLLOW
ENTERED = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY


def regular(path: Path, below: Path) -> IO[bytes] | None:
    """The file, open; None when there is none, or something else. `below`: what lies in this folder may be arranged."""
    folder = os.open(below, os.O_PATH | os.O_DIRECTORY)
    try:
        *parents, name = path.relative_to(below).parts
        for parent in parents:
            inner = os.open(parent, ENTERED, dir_fd=folder)
            os.close(folder)
            folder = inner
        opened = os.open(name, READ, dir_fd=folder)
    except OSError as error:
        if error.errno in ABSENT:
            return None
        raise
    else:
        found = os.fstat(opened)
        ours = found.st_nlink == 1 or found.st_uid == os.fstat(folder).st_uid
        if stat.S_ISREG(found.st_mode) and ours:
            return open(opened, "rb")
        os.close(opened)
        return None
    finally:
        os.close(folder)
