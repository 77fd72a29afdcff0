"""A real slapd for tests, with certificates, people and groups of its own, on free ports; gone at the end."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from deploy.machine.sockets import free_port

from .services import SERVICE_USER

ROOT = "dc=example,dc=org"
PEOPLE = f"ou=people,{ROOT}"
EDITORS, OWNERS = (f"cn={name},ou=groups,{ROOT}" for name in ("editors", "owners"))
SEARCHER = f"cn=searcher,{ROOT}"
ODD = "odd, (*)\\+"  # a name full of what DNs and filters are written with
CONFIGURATION = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.key
security simple_bind=128
database mdb
suffix "{ROOT}"
rootdn "cn=root,{ROOT}"
rootpw {password}
directory {folder}/data
index uid,member eq
access to attrs=userPassword by anonymous auth
access to dn.subtree="ou=groups,{ROOT}" by users read
access to * by * read
"""


class Directory(NamedTuple):
    """A running server; everybody in it has the one password."""

    folder: Path
    address: str  # that its certificate is for
    port: int  # of ldap://, where no password is taken before StartTLS
    tls_port: int  # of ldaps://
    password: str
    process: subprocess.Popen[bytes]

    @property
    def plain(self) -> str:
        """Its URI before StartTLS."""
        return f"ldap://{self.address}:{self.port}"

    @property
    def secure(self) -> str:
        """Its URI with TLS from the beginning."""
        return f"ldaps://{self.address}:{self.tls_port}"

    @property
    def authority(self) -> str:
        """The file of the certificate that signed the server's."""
        return str(self.folder / "authority.pem")

    @contextlib.contextmanager
    def member(self, group: str, name: str) -> Iterator[None]:
        """Somebody is in a group meanwhile."""
        for action in ("add", "delete"):
            change = f"dn: {group}\nchangetype: modify\n{action}: member\nmember: uid={name},{PEOPLE}\n"
            words = ["ldapmodify", "-x", "-H", self.secure, "-D", f"cn=root,{ROOT}", "-w", self.password]
            subprocess.run(words, input=change.encode(), check=True, capture_output=True,
                           env={**os.environ, "LDAPTLS_CACERT": self.authority})  # fmt: skip
            if action == "add":
                yield

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """It accepts connections, and says nothing."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


@contextlib.contextmanager
def directory(address: str = "127.0.0.1") -> Iterator[Directory]:
    """Debian's slapd, not as root; its certificate is for `address`, and it listens at 127.0.0.2 as well."""
    folder = Path(tempfile.mkdtemp(prefix="slapd-", dir="/tmp"))
    password, ports = secrets.token_hex(16), (free_port(address), free_port(address))
    try:
        certify(folder, "server", address)
        (folder / "data").mkdir()
        (folder / "slapd.conf").write_text(CONFIGURATION.format(folder=folder, password=password, ROOT=ROOT))
        (folder / "people.ldif").write_text("\n".join(people(password)))
        identity = {"user": SERVICE_USER} if os.geteuid() == 0 else {}
        if identity:
            for path in (folder, *folder.iterdir()):
                shutil.chown(path, SERVICE_USER)
        common = ["-f", str(folder / "slapd.conf")]
        subprocess.run(["/usr/sbin/slapadd", *common, "-l", folder / "people.ldif"], check=True, cwd=folder, **identity)
        uris = " ".join(f"ldap://{each}:{ports[0]} ldaps://{each}:{ports[1]}" for each in (address, "127.0.0.2"))
        process = subprocess.Popen(["/usr/sbin/slapd", *common, "-d", "0", "-h", uris], cwd=folder, **identity)
        try:
            for port in ports:
                await_port(address, port, process)
            yield Directory(folder, address, *ports, password, process)
        finally:
            process.terminate()
            process.wait(10)
    finally:
        shutil.rmtree(folder)


def certify(folder: Path, name: str, host: str) -> None:
    """Write name.pem and name.key for an address, signed by authority.pem, which is made if it is not there."""
    (folder / "openssl.cnf").write_text("[req]\ndistinguished_name = empty\n[empty]\n")  # Debian's would make all CAs
    key = ["-config", "openssl.cnf", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"]
    if not (folder / "authority.pem").exists():
        openssl(folder, *key, "-keyout", "authority.key", "-out", "authority.pem", "-subj", "/CN=authority",
                "-addext", "basicConstraints=critical,CA:TRUE")  # fmt: skip
    openssl(folder, *key, "-CA", "authority.pem", "-CAkey", "authority.key", "-keyout", f"{name}.key",
            "-out", f"{name}.pem", "-subj", f"/CN={host}", "-addext", f"subjectAltName=IP:{host}")  # fmt: skip


def openssl(folder: Path, *words: str) -> None:
    """Run `openssl req`."""
    subprocess.run(["openssl", "req", *words], cwd=folder, check=True, capture_output=True)


def people(password: str) -> Iterator[str]:
    """The entries, in LDIF."""
    yield f"dn: {ROOT}\nobjectClass: dcObject\nobjectClass: organization\no: example\n"
    yield f"dn: {SEARCHER}\nobjectClass: person\nsn: searcher\nuserPassword: {password}\n"
    for unit in ("people", "machines", "groups"):
        yield f"dn: ou={unit},{ROOT}\nobjectClass: organizationalUnit\n"
    entry = "objectClass: inetOrgPerson\nsn: x\ncn: x\nuserPassword: {password}\n"
    for name in ("ada", "Grace", "alan", "barbara"):
        yield f"dn: uid={name},{PEOPLE}\n{entry.format(password=password)}mail: {name}@example.org\n"
    yield f"dn: uid=edsger,{PEOPLE}\n{entry.format(password=password)}uid: dijkstra\n"
    for unit in ("people", "machines"):
        yield f"dn: uid=twin,ou={unit},{ROOT}\n{entry.format(password=password)}"
    escaped = "".join(f"\\{ord(each):02x}" if each in ',(*)\\+"' else each for each in ODD)
    yield f"dn: uid={escaped},{PEOPLE}\n{entry.format(password=password)}"
    for group, members in ((EDITORS, ("grace", "alan")), (OWNERS, ("alan",))):
        yield f"dn: {group}\nobjectClass: groupOfNames\n" + "".join(f"member: uid={m},{PEOPLE}\n" for m in members)


def await_port(address: str, port: int, process: subprocess.Popen[bytes], patience: float = 10) -> None:
    """Wait until the server accepts connections; raises TimeoutError or, if it has ended, ChildProcessError."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ChildProcessError(f"slapd ended with {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection((address, port), 1):
            return
        time.sleep(0.02)
    raise TimeoutError(f"slapd does not listen on {port}")
