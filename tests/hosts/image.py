"""The root file systems of test hosts: each Debian with what a deployment expects, made once, kept outside."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

CACHE = Path("/var/cache/yourapplication-tests")
OLDER, NEWER = "bookworm", "trixie"  # Debian 12 and 13, which hosts may be
NEXT = "sid"  # the next one, for its Python
OPERATOR = "deployer"  # signs in by SSH and may do everything with sudo
PACKAGES = (
    *("systemd", "systemd-sysv", "dbus", "openssh-server", "sudo", "iproute2", "procps", "ca-certificates"),
    *("python3", "python3-venv", "python3-dev", "gcc", "nginx", "lighttpd", "lighttpd-mod-openssl"),
    "logrotate",
    *("apache2", "apache2-dev", "fcgiwrap", "postgresql", "libldap-dev", "libsasl2-dev"),
)
MORE = {NEXT: ("slapd", "ldap-utils", "libapache2-mod-fcgid")}  # no host is made of it: for the tests that run in it
# Three servers want port 80: a test starts the one that it is about. Names and keys are each host's own.
PREPARE = f"""
systemctl disable -q nginx lighttpd apache2 fcgiwrap.socket fcgiwrap.service postgresql
[ ! -e /usr/lib/systemd/system/e2scrub_reap.service ] || systemctl disable -q e2scrub_reap.service
useradd --create-home --shell /bin/bash {OPERATOR}
echo '{OPERATOR} ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/{OPERATOR}
rm -f /etc/hostname /etc/ssh/ssh_host_* /usr/sbin/policy-rc.d
: > /etc/machine-id
apt-get clean
"""


def image(release: str) -> Path:
    """The folder that hosts share and none writes to; made in a minute or two when its list of packages is new."""
    packages = PACKAGES + MORE.get(release, ())
    digest = hashlib.sha256(repr((packages, PREPARE)).encode()).hexdigest()[:12]
    folder = CACHE / f"{release}-{digest}"
    with alone(folder.name):
        if not folder.exists():
            made = CACHE / f"{folder.name}.new"
            shutil.rmtree(made, ignore_errors=True)
            print(f"making {folder} with debootstrap", flush=True)
            words = ["debootstrap", "--variant=minbase", f"--include={','.join(packages)}", release, str(made)]
            logged(words, CACHE / f"debootstrap-{release}.log")
            logged(["chroot", str(made), "sh", "-euc", PREPARE], CACHE / f"prepare-{release}.log")
            made.rename(folder)
    return folder


@contextlib.contextmanager
def alone(name: str) -> Iterator[None]:
    """While the block runs, no other test process is in one of the same name."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f"{name}.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def logged(words: list[str], log: Path) -> None:
    """Run a long command; when it fails, the end of its log is in the message."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LANG": "C.UTF-8"}
    with open(log, "wb") as file:
        done = subprocess.run(words, stdout=file, stderr=subprocess.STDOUT, env=environment, check=False)
    assert done.returncode == 0, f"{' '.join(words)} exited {done.returncode}:\n{log.read_text()[-2000:]}"
