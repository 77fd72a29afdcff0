"""python -m tests.guest RELEASE WORDS...: pytest WORDS on this project in another Debian, with its Python and servers.

A container of that release without a network: what it needs is brought as wheels. As root. What the contract found
in Debian 13 is kept for docs/matrix-debian13.md.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.adapters import ADAPTERS
from deploy.fleet.artifact import Machine, make
from deploy.machine.run import Local
from deploy.site import environments

from .contract.results import GUEST
from .hosts import kernel
from .hosts.image import CACHE, NEWER, alone, image
from .project import PROJECT, commit

OPTIONS = ("--quiet", "--as-pid2", "--private-network", "--register=no", "--keep-unit", "--console=pipe")
RUN = """
mkdir /opt/project && cd /opt/project && tar -x
python3 -m venv .venv && .venv/bin/pip install -q -r requirements/testing.txt
code=0
.venv/bin/python -m pytest -n 2 "$@" >&2 || code=$?
cat build/contract.json 2> /dev/null || true
exit $code
"""
TELL = "import platform, sys; print(sys.version_info[1], platform.libc_ver()[1].split('.')[1], platform.machine())"


def locks() -> list[Path]:
    """What the tests and every adapter need."""
    names = ("testing", "supervisor")
    found = [PROJECT / "requirements" / f"{name}.txt" for name in names]
    found += [lock for name in ADAPTERS for lock in environments.release_locks(PROJECT, name)]
    return list(dict.fromkeys(found))


def wheels(root: Path) -> Path:
    """A folder with all of it, for the Python of that file system."""
    python, glibc, architecture = kernel.command("chroot", str(root), "python3", "-c", TELL).split()
    with alone("wheels"):
        return make.wheels(Local(os.environ), CACHE / "wheels", Machine(int(python), int(glibc), architecture), locks())


def run(release: str, words: list[str]) -> int:
    """pytest's exit code."""
    root = image(release)
    brought = wheels(root)
    with tempfile.TemporaryDirectory(prefix="yourapplication-guest-", dir="/tmp") as scratch:
        name = Path(scratch).name
        places = {kind: Path(scratch, kind) for kind in ("root", "upper", "work")}
        for place in places.values():
            place.mkdir()
        layers = f"lowerdir={root},upperdir={places['upper']},workdir={places['work']},volatile"
        kernel.command("mount", "-t", "overlay", "overlay", "-o", layers, str(places["root"]))
        try:
            return _inside(places["root"], name, brought, release, words)
        finally:
            kernel.command("umount", str(places["root"]))
            kernel.leave_cgroups(name)


def _inside(root: Path, name: str, brought: Path, release: str, words: list[str]) -> int:
    files = subprocess.check_output(["git", "ls-files", "-z", "--cached"], cwd=PROJECT)
    nspawn = ["systemd-nspawn", *OPTIONS, f"--machine=guest{os.getpid()}", f"--directory={root}",
              f"--bind-ro={brought}:/opt/wheels", "--setenv=PIP_NO_INDEX=1", "--setenv=PIP_FIND_LINKS=/opt/wheels",
              "--setenv=CI=true", "sh", "-euc", RUN, "-", *words]  # fmt: skip
    for cgroup in kernel.CGROUPS:
        (cgroup / name).mkdir()
    with subprocess.Popen(["tar", "-C", str(PROJECT), "--null", "-T", "-", "-c"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as packed:  # fmt: skip
        assert packed.stdin
        packed.stdin.write(files)
        packed.stdin.close()
        joined = "".join(f"echo $$ > {cgroup}/{name}/cgroup.procs; " for cgroup in kernel.CGROUPS)
        done = subprocess.run(["sh", "-c", f'{joined}exec "$@"', "-", *nspawn], stdin=packed.stdout,
                              stdout=subprocess.PIPE, check=False)  # fmt: skip
    if release == NEWER and done.stdout.strip():
        GUEST.parent.mkdir(exist_ok=True)
        GUEST.write_text(json.dumps({**json.loads(done.stdout), "commit": commit()}))  # no repository is in there
    return done.returncode


if __name__ == "__main__":
    sys.exit(run(sys.argv[1], sys.argv[2:]))
