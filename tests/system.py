"""python tests/system.py LIST: install the Debian packages of a list when root, else name what is missing."""

import os
import pathlib
import shutil
import subprocess
import sys

POLICY = pathlib.Path("/usr/sbin/policy-rc.d")  # invoke-rc.d(8): exit 101 keeps installed servers from being started


def missing(names: list[str]) -> list[str]:
    shown = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Abbrev}\n", *names], text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout  # fmt: skip
    installed = {line.split()[0] for line in shown.splitlines() if line.split()[1:] == ["ii"]}
    return [name for name in names if name not in installed]


def install(names: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    made = not POLICY.exists()
    if made:
        POLICY.write_text("#!/bin/sh\nexit 101\n")
        POLICY.chmod(0o755)
    try:
        for words in (["update"], ["install", "-y", "--no-install-recommends", *names]):
            subprocess.run(["apt-get", "-q", *words], env=environment, stdout=sys.stderr, check=True)
    finally:
        if made:
            POLICY.unlink()


def main() -> int:
    text = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
    names = missing([line for line in text.splitlines() if line and not line.startswith("#")])
    if not names:
        return 0
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        print(f"the tests need Debian packages that are missing: apt-get install {' '.join(names)}", file=sys.stderr)
        return 1
    print(f"installing {' '.join(names)}")
    install(names)
    return 0


if __name__ == "__main__":
    sys.exit(main())
