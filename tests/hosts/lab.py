"""Hosts for tests: Debian booted by systemd-nspawn, each with a network of its own, reached by SSH as real ones are.

with lab.hosts("trixie", "bookworm") as (first, second):
    first.run("hostname")            # as root; user=image.OPERATOR for one who has sudo
    first.cut(); first.mend()        # its network cable
    first.reboot(); first.kill()     # kill: the power goes; boot() to start it again
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from . import kernel
from .image import NEWER, OPERATOR, alone, image

NETWORK = "10.213"  # the third number is the host's own; .1 is this machine, .2 the host
PATIENCE = 60  # seconds a boot may take on a busy machine


class Host:
    """One host of a Debian release. `address`, `user`, `key` and `known_hosts` are what an SSH client needs."""

    user = OPERATOR

    def __init__(self, release: str, folder: Path, number: int) -> None:
        self.release, self.folder, self.name = release, folder, f"host{number}"
        self.address = f"{NETWORK}.{number}.2"
        self.gateway, self.link = f"{NETWORK}.{number}.1", f"yhost{number}"
        self.root, self.key, self.known_hosts = folder / "root", folder / "key", folder / "known_hosts"
        self.machine: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        """Its disk: the shared image with a layer of its own; its network; its keys."""
        for name in ("root", "upper", "work"):
            (self.folder / name).mkdir()
        # volatile: nothing is written through to this machine's disk, on which a host that is down is gone anyway.
        layers = f"lowerdir={image(self.release)},upperdir={self.folder}/upper,workdir={self.folder}/work,volatile"
        kernel.command("mount", "-t", "overlay", "overlay", "-o", layers, str(self.root))
        kernel.command("ip", "netns", "add", self.name)
        kernel.command("ip", "link", "add", self.link, "type", "veth", "peer", "name", "host0", "netns", self.name)
        kernel.command("ip", "address", "add", f"{self.gateway}/30", "dev", self.link)
        inside = ("ip", "-n", self.name)
        kernel.command(*inside, "address", "add", f"{self.address}/30", "dev", "host0")
        for words in (("lo", "up"), ("host0", "up")):
            kernel.command(*inside, "link", "set", *words)
        self.mend()
        kernel.command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.key))
        public = self.key.with_suffix(".pub").read_text().strip()
        own = kernel.command("chroot", str(self.root), "sh", "-euc", f"""
            ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
            install -d -m 700 /root/.ssh && echo '{public}' > /root/.ssh/authorized_keys
            install -d -m 700 -o {OPERATOR} -g {OPERATOR} /home/{OPERATOR}/.ssh
            echo '{public}' > /home/{OPERATOR}/.ssh/authorized_keys
            echo {self.name} > /etc/hostname; echo '127.0.0.1 localhost {self.name}' > /etc/hosts
            cat /etc/ssh/ssh_host_ed25519_key.pub""")  # fmt: skip
        self.known_hosts.write_text(f"{self.address} {' '.join(own.split()[:2])}\n")

    def boot(self) -> None:
        """Start it and wait until all that starts at boot has."""
        for cgroup in kernel.CGROUPS:
            (cgroup / self.name).mkdir(exist_ok=True)
        joined = "".join(f"echo $$ > {cgroup}/{self.name}/cgroup.procs; " for cgroup in kernel.CGROUPS)
        nspawn = (f"exec systemd-nspawn -q -D {self.root} --boot --register=no --keep-unit --machine={self.name} "
                  f"--network-namespace-path=/run/netns/{self.name} --console=passive")  # fmt: skip
        with open(self.folder / "console.log", "ab") as log:
            self.machine = subprocess.Popen(["sh", "-c", joined + nspawn], stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, start_new_session=True)  # fmt: skip
        self.await_up()

    def await_up(self) -> None:
        """Wait until it answers and has started what it starts at boot."""
        deadline = time.monotonic() + PATIENCE
        said = ""
        while said.strip() not in ("running", "degraded"):
            assert time.monotonic() < deadline, f"{self.name} did not boot: {said}"
            time.sleep(0.1)
            done = self.run("systemctl is-system-running --wait", check=False)
            said = done.stdout + done.stderr

    def ssh(self, user: str = "root") -> list[str]:
        """The beginning of an SSH command line."""
        options = {
            **{"IdentityFile": self.key, "UserKnownHostsFile": self.known_hosts, "IdentitiesOnly": "yes"},
            **{"StrictHostKeyChecking": "yes", "BatchMode": "yes", "ConnectTimeout": 5, "LogLevel": "ERROR"},
        }
        given = [f"-o{name}={value}" for name, value in options.items()]
        return ["ssh", "-F", "none", *given, f"{user}@{self.address}"]

    def run(
        self, script: str, *, user: str = "root", check: bool = True, given: str | None = None, timeout: float = 300
    ) -> subprocess.CompletedProcess[str]:
        """Run a shell script on it; unless `check` is false, an exit code other than 0 fails the test."""
        done = subprocess.run([*self.ssh(user), script], input=given or "", text=True, errors="replace",
                              capture_output=True, check=False, timeout=timeout)  # fmt: skip
        assert done.returncode == 0 or not check, f"{script}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def put(self, source: Path, folder: str, *names: str) -> None:
        """Copy files and folders (all, unless named) of a folder here into a folder there, as root's."""
        with subprocess.Popen(["tar", "-C", str(source), "-c", *(names or ["."])], stdout=subprocess.PIPE) as packed:
            unpack = f"mkdir -p {folder} && tar -C {folder} -x --no-same-owner"
            subprocess.run([*self.ssh(), unpack], stdin=packed.stdout, check=True)
        assert packed.returncode == 0

    def cut(self) -> None:
        """Pull its network cable."""
        kernel.command("ip", "link", "set", self.link, "down")

    def mend(self) -> None:
        """Plug it in again."""
        kernel.command("ip", "link", "set", self.link, "up")

    def reboot(self) -> None:
        """Shut it down in order, and start it again: nspawn itself does that only for what systemd has registered."""
        self.run("systemctl reboot", check=False)
        deadline = time.monotonic() + PATIENCE
        while self._init():
            assert time.monotonic() < deadline, f"{self.name} did not go down"
            time.sleep(0.05)
        self.kill()
        self.boot()

    def kill(self) -> None:
        """Turn its power off."""
        if self.machine:
            for number in (*self._init(), self.machine.pid):
                os.kill(number, signal.SIGKILL)
            self.machine.wait(PATIENCE)
            self.machine = None

    def _init(self) -> list[int]:
        """Its first process, with which all others end; none when it is down."""
        children = Path(f"/proc/{self.machine.pid}/task").glob("*/children") if self.machine else ()
        return [int(child) for path in children for child in path.read_text().split()]

    def remove(self) -> None:
        """Leave nothing behind."""
        self.kill()
        subprocess.run(["umount", str(self.root)], check=False)
        subprocess.run(["ip", "netns", "delete", self.name], check=False)  # its end of the cable goes with it
        kernel.leave_cgroups(self.name)
        shutil.rmtree(self.folder)


@contextlib.contextmanager
def hosts(*releases: str) -> Iterator[list[Host]]:
    """Booted hosts of these releases of Debian, one unless said, removed at the end; AssertionError without root."""
    assert os.geteuid() == 0, "hosts for tests need root: they are booted by systemd-nspawn"
    with contextlib.ExitStack() as stack:
        made = []
        for release in releases or (NEWER,):
            with alone("numbers"):
                folder = Path(tempfile.mkdtemp(prefix="yourapplication-host-", dir="/tmp"))
                host = Host(release, folder, kernel.free_number())
                stack.callback(host.remove)
                host.make()
            made.append(host)
        for host in made:
            host.boot()
        yield made
