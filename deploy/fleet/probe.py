"""What a host is and has, as JSON: sent to its own Python, and so needs nothing else; arguments: programs and files."""

import importlib.util
import json
import os
import platform
import shutil
import sys
import sysconfig
import time
from typing import Any, Dict, List, Optional  # noqa: UP035 - read by any Python 3


def facts(programs: List[str], folder: str = "/srv") -> Dict[str, Any]:  # noqa: UP006
    """What `needs` judges; bytes, and seconds since the epoch."""
    try:
        system = platform.freedesktop_os_release()
    except OSError:
        system = {}
    existing = folder if os.path.isdir(folder) else "/"
    path = os.pathsep.join([*os.get_exec_path(), "/usr/local/sbin", "/usr/sbin", "/sbin"])
    return {
        "system": system.get("ID", platform.system()),
        "version": system.get("VERSION_ID", ""),
        "python": list(sys.version_info[:3]),
        "venv": all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")),
        "architecture": platform.machine(),
        "glibc": platform.libc_ver()[1],
        "systemd": os.path.isdir("/run/systemd/system"),
        "programs": {name: _found(name, path) for name in programs},
        "free": shutil.disk_usage(existing).free,
        "time": time.time(),
    }


def _found(name: str, path: str) -> Optional[str]:  # noqa: UP045
    """Where a program is, a file that is named by its path, or a header of Python's."""
    if name.endswith(".h"):
        name = os.path.join(sysconfig.get_path("include"), name)
    if name.startswith("/"):
        return name if os.path.exists(name) else None
    return shutil.which(name, path=path)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(facts(sys.argv[1:])) + "\n")
