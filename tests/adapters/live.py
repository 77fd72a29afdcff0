"""Releases and serving processes for the tests, and clients that speak HTTP, FastCGI and CGI to them."""

import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import time
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

PROJECT = pathlib.Path(__file__).parent.parent.parent
PATIENCE = 30  # seconds until a test gives up; nothing is expected to take them


def connects(address):
    """Whether anybody listens there."""
    try:
        connected(address).close()
    except (ConnectionRefusedError, FileNotFoundError):
        return False
    return True


class Reply(NamedTuple):
    status: int
    headers: list
    body: bytes

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def json(self):
        return json.loads(self.body)


def make_release(folder, **options):
    """A folder as a deployment makes it, serving probe.py; without options it is one copied by hand."""
    (folder / "events").mkdir(exist_ok=True)
    (folder / "events").chmod(0o777)
    shutil.copytree(PROJECT / "deploy/adapters", folder / "deploy/adapters", dirs_exist_ok=True)
    shutil.copy(PROJECT / "deploy/__init__.py", folder / "deploy")
    shutil.copy(pathlib.Path(__file__).parent / "probe.py", folder)
    for name in ("yourapplication.wsgi", "yourapplication.fcgi", "yourapplication.cgi"):
        shutil.copy(PROJECT / name, folder)
    configure(folder, **options)
    return folder


def configure(folder, **options):
    (folder / "instance").mkdir(exist_ok=True)
    values = {"application": "probe:app", "adapter": "test", "release": "r1", "token": "t1", "mount": ""} | options
    (folder / "instance/serve.json").write_text(json.dumps(values))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listening(address):
    """A non-blocking listening socket, as a supervisor holds it."""
    held = socket.socket(socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX)
    held.bind(address)
    held.listen(128)
    held.setblocking(False)
    return held


def connected(address):
    client = socket.socket(socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX)
    client.settimeout(PATIENCE)
    try:
        client.connect(address)
    except OSError:
        client.close()
        raise
    return client


def listens(address):
    """Whether somebody does; a unix socket is there a little before."""
    try:
        connected(address).close()
    except OSError:
        return False
    return True


AS_SYSTEMD = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="web")
os.execv(sys.argv[2], sys.argv[2:])
"""


class Process:
    """`python -m deploy.adapters NAME` in a release: its address, its standard error, its end."""

    def __init__(self, adapter, folder, python, address, pass_by="stdin", ready=1, held=None):
        self.adapter, self.folder, self.address = adapter, folder, address
        self.log = folder / f"{adapter}-{time.monotonic_ns()}.log"
        notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify = f"{self.log}.notify"
        notified.bind(notify)
        pathlib.Path(notify).chmod(0o777)
        notified.settimeout(0.2)
        environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "NOTIFY_SOCKET": notify}
        command = [python, "-m", "deploy.adapters", adapter]
        own = None
        if pass_by == "listen":
            command.append(f"--listen={address if isinstance(address, str) else f'{address[0]}:{address[1]}'}")
        else:
            own = None if held else listening(address)
            held = held or own
        if pass_by == "systemd":
            command = [python, "-c", AS_SYSTEMD, str(held.fileno()), *command]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=folder, env=environment, stdout=log, stderr=log,
                stdin=held if pass_by == "stdin" else subprocess.DEVNULL,
                pass_fds=[held.fileno()] if pass_by == "systemd" else (),
            )  # fmt: skip
        if own:
            own.close()
        deadline = time.monotonic() + PATIENCE
        with notified:
            while ready:
                assert self.process.poll() is None, self.errors
                assert time.monotonic() < deadline, f"not ready:\n{self.errors}"
                with contextlib.suppress(TimeoutError):
                    assert (said := notified.recv(100)) == b"READY=1", said
                    ready -= 1
        if pass_by == "listen":
            self.wait_until_listening(deadline)

    def wait_until_listening(self, deadline):
        while not connects(self.address):
            assert time.monotonic() < deadline, self.errors
            time.sleep(0.05)

    @property
    def errors(self):
        return self.log.read_text(errors="replace")

    @property
    def pid(self):
        return self.process.pid

    def signal_stop(self):
        self.process.send_signal(signal.SIGWINCH if self.adapter == "mod_wsgi" else signal.SIGTERM)

    def wait(self):
        return self.process.wait(PATIENCE)

    def end(self):
        """Whatever state it is in, with the processes it has started."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                for child in children(self.pid):
                    os.kill(child, signal.SIGKILL)
                self.process.kill()
                self.process.wait()

    def request(self, method, target, headers=(), body=b""):
        if self.adapter == "fastcgi":
            with contextlib.closing(FastCGI(self.address)) as connection:
                return connection.request(method, target, headers, body)
        with contextlib.closing(Http(self.address)) as connection:
            return connection.request(method, target, headers, body)

    def connection(self):
        return FastCGI(self.address, keep=True) if self.adapter == "fastcgi" else Http(self.address)


def children(pid):
    return [int(word) for word in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def descendants(pid):
    return [other for child in children(pid) for other in (child, *descendants(child))]


def runs(pid):
    """Whether there is such a process, and not only its exit status."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Http:
    """One keep-alive HTTP connection over TCP or a unix socket; nothing is added to what the test says."""

    def __init__(self, address):
        self.address = address
        self.socket = connected(address)

    def send(self, method, target, headers=(), body=b"", version="HTTP/1.1"):
        headers = list(headers)
        if "host" not in {name.lower() for name, _ in headers}:
            headers.insert(0, ("Host", "localhost"))
        if body and not {"content-length", "transfer-encoding"} & {name.lower() for name, _ in headers}:
            headers.append(("Content-Length", str(len(body))))
        lines = [f"{method} {target} {version}", *(f"{name}: {value}" for name, value in headers), "", ""]
        self.socket.sendall("\r\n".join(lines).encode("latin-1"))
        with contextlib.suppress(ConnectionError):  # the server may refuse before it has read all
            self.socket.sendall(body)
        self.method = method

    def receive(self):
        response = http.client.HTTPResponse(self.socket, method=self.method)
        response.begin()
        return Reply(response.status, response.getheaders(), response.read())

    def request(self, *request, **more):
        self.send(*request, **more)
        return self.receive()

    def ended(self):
        """Whether the server closes the connection, without another byte."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionError:
            return True

    def close(self):
        self.socket.close()


def chunked(*pieces):
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (*pieces, b""))


def meta_variables(method, target, headers, body):
    """The request as RFC 3875 has it."""
    path, _, query = target.partition("?")
    found = {
        "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": method, "SCRIPT_NAME": "", "QUERY_STRING": query,
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"), "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": "localhost", "SERVER_PORT": "80", "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost",
    }  # fmt: skip
    if body:
        found["CONTENT_LENGTH"] = str(len(body))
    for name, value in headers:
        key = name.upper().replace("-", "_")
        found[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    return found


def cgi_reply(output):
    head, _, body = output.partition(b"\r\n\r\n")
    headers = [tuple(line.split(": ", 1)) for line in head.decode("latin-1").split("\r\n")]
    status = next(value for name, value in headers if name == "Status")
    return Reply(int(status[:3]), [header for header in headers if header[0] != "Status"], body)


class FastCGI:
    """A front end's side of one FastCGI connection (FastCGI specification 1.0)."""

    BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR = 1, 2, 3, 4, 5, 6, 7

    def __init__(self, address, keep=False):
        self.socket, self.keep = connected(address), keep

    def record(self, kind, content=b""):
        self.socket.sendall(struct.pack("!BBHHBx", 1, kind, 1, len(content), 0) + content)

    def stream(self, kind, content):
        for start in range(0, len(content), 60000):
            self.record(kind, content[start : start + 60000])
        self.record(kind)

    def send(self, method, target, headers=(), body=b"", **params):
        def text(value):
            encoded = value.encode("latin-1")
            return encoded, bytes([len(encoded)]) if len(encoded) < 128 else struct.pack("!L", len(encoded) | 1 << 31)

        pairs = b""
        for name, value in (meta_variables(method, target, headers, body) | params).items():
            (key, key_length), (content, content_length) = text(name), text(value)
            pairs += key_length + content_length + key + content
        self.record(self.BEGIN, struct.pack("!HB5x", 1, self.keep))
        self.stream(self.PARAMS, pairs)
        with contextlib.suppress(ConnectionError):
            self.stream(self.STDIN, body)

    def records(self):
        """The response's records, to END_REQUEST or the end of the connection."""
        with self.socket.makefile("rb") as file, contextlib.suppress(ConnectionResetError):
            while header := file.read(8):
                _, kind, _, length, padding = struct.unpack("!BBHHBx", header)
                content = file.read(length)
                file.read(padding)
                yield kind, content
                if kind == self.END:
                    return

    def receive(self):
        records = list(self.records())
        assert records[-1][0] == self.END
        return cgi_reply(b"".join(content for kind, content in records if kind == self.STDOUT))

    def request(self, *request, **more):
        self.send(*request, **more)
        return self.receive()

    ended = Http.ended
    close = Http.close


class Cgi:
    """A web server's side of CGI: one process for each request, run from the entry file."""

    adapter = "cgi"

    def __init__(self, folder, python):
        self.folder, self.python, self.errors = folder, python, ""

    def request(self, method, target, headers=(), body=b""):
        variables = {
            name: value.encode("latin-1") for name, value in meta_variables(method, target, headers, body).items()
        }
        done = subprocess.run([self.python, str(self.folder / "yourapplication.cgi")], input=body, capture_output=True,
                              env={"PATH": os.environ["PATH"], **variables}, timeout=PATIENCE, check=False)  # fmt: skip
        self.errors += done.stderr.decode()
        assert done.returncode == 0, self.errors
        return cgi_reply(done.stdout)

    def end(self):
        pass


def wait_for(condition):
    """Poll until it holds; giving up is a failure."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited {PATIENCE} s in vain for {condition}"
        time.sleep(0.02)
    return found
