"""All that config/<environment>.json may say about deployment, typed, declared once: flags and schema follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..adapters.options import Options
from ..frontends import FRONTENDS, PROTOCOLS
from .values import Application, Command, Folder, Headers, HostNames, Mount, Seconds, Text

OWN = "localhost"  # in server_name: this machine
ENVIRONMENTS = ("development", "testing", "production")
SERVING = Options()  # what adapters need without a release too has its default there
if TYPE_CHECKING:
    FrontEnd = str
    Protocol = str
else:
    FrontEnd = Literal["", "none", *FRONTENDS]
    Protocol = Literal["", *PROTOCOLS]


class Settings(BaseModel):
    """One deployment's settings. Times are in seconds, sizes in bytes."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    application: Application = Field(
        SERVING.application, description="the WSGI application: module:attribute or module:factory()"
    )
    frontend: FrontEnd = Field(
        "", description="the web server that clients reach; none: the adapter itself; empty: the adapter's natural one"
    )
    protocol: Protocol = Field(
        "",
        description="what is spoken where an adapter could speak more than one: mod_wsgi behind apache wsgi, embedded, "
        "or http, so that a reload of Apache interrupts nothing; empty: what the adapter speaks best",
    )
    mount: Mount = Field("/", description="the URL prefix, / or /yourapplication")
    address: Text = Field("127.0.0.1", description="the IP address to listen on; 0.0.0.0 for all of them")
    port: int = Field(8000, ge=1, le=65535, description="the TCP port that clients reach")
    server_name: HostNames = Field(
        ["localhost"],
        description="the names that the site answers to, others get 421; *.example.org for every name below it, "
        "localhost for this machine: its host name and its addresses",
    )
    root: Text = Field("var", description="the folder that holds releases, shared data and sockets")
    python: Text = Field("", description="the interpreter for releases; empty: one that their user can read")
    user: Text = Field(
        "",
        description="the user who runs the application; empty: you, or a user of the site's own when you are root",
    )
    writable: list[Folder] = Field(
        [], description="folders that the application may write, beside its data, backups, log and temporary files"
    )
    supervisor: Literal["circus", "systemd"] = Field(
        "circus", description="what keeps the processes alive: circus, which comes along, or systemd on a host"
    )
    processes: int = Field(2, ge=1, le=256, description="processes that serve the application")
    threads: int = Field(SERVING.threads, ge=1, le=256, description="threads in each process")
    socket: Literal["unix", "tcp"] = Field("unix", description="what is between front end and adapter")
    connections: int = Field(
        SERVING.connections,
        ge=64,
        le=100_000,
        description="connections at once that a front end of our own has room for, and each process without one; an "
        "eighth of them, at the most, for requests from one address, behind nginx",
    )
    body_limit: int = Field(SERVING.body_limit, ge=1024, le=2**40, description="largest request body; above it: 413")
    header_limit: int = Field(SERVING.header_limit, ge=4096, le=64 * 1024, description="largest request header, in all")
    timeout: Seconds = Field(SERVING.timeout, description="longest silence while a request is read, answered or sent")
    request_timeout: Seconds = Field(
        SERVING.request_timeout,
        description="how long a request may take from its first to its last byte made, before its process is replaced",
    )
    max_requests: int = Field(
        SERVING.max_requests, ge=0, description="requests after which a process is replaced; 0: any number"
    )
    memory_limit: int = Field(
        SERVING.memory_limit, ge=0, description="bytes of memory above which a process is replaced; 0: any size"
    )
    keepalive_timeout: Seconds = Field(
        SERVING.keepalive_timeout, description="how long an idle connection is kept open"
    )
    graceful_timeout: Seconds = Field(
        SERVING.graceful_timeout, description="how long a stopping process may take to finish its requests"
    )
    start_timeout: Seconds = Field(30, description="how long new processes may take to become ready")
    buffering: bool = Field(False, description="whether the front end collects a response before it sends it")
    headers: Headers = Field(
        {
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "strict-origin-when-cross-origin",
            "X-Frame-Options": "SAMEORIGIN",
        },
        description="headers of every response; a value that the application sets wins, an empty one removes it",
    )
    static_headers: Headers = Field(
        {}, description="headers of the static files that a front end serves, as Access-Control-Allow-Origin"
    )
    ready_path: Text = Field(SERVING.ready_path, description="the readiness URL, below the mount")
    leave_out: list[Text] = Field(
        [], description="files and folders at the top of the project that releases do not hold, such as tests and docs"
    )
    release: list[Command] = Field(
        [],
        description="commands that each deployment runs once, in this order, in the new release before its processes "
        "start, such as flask init-db",
    )
    release_undo: list[Command] = Field(
        [],
        description="commands that 'rollback' with DOWNGRADE=yes runs in the release that it leaves; {release} in them "
        "is the folder of the release that it goes back to",
    )
    release_timeout: Seconds = Field(3600, description="how long one of these commands may take")
    log_size: int = Field(32 * 1024 * 1024, ge=4096, le=2**40, description="bytes after which a log is rotated")
    log_days: int = Field(7, ge=1, le=3650, description="days after which a log is rotated, however small it is")
    log_keep: int = Field(4, ge=1, le=1000, description="earlier logs that are kept of each")
    keep_releases: int = Field(5, ge=2, le=1000, description="releases kept for rollback, the live one included")

    @property
    def prefix(self) -> str:
        """The mount as it stands before a path: empty for /."""
        return "" if self.mount == "/" else self.mount

    @property
    def names(self) -> list[str]:
        """The site's own names, best first; none when it is only this machine's."""
        return [name for name in self.server_name if name != OWN]


ITS_OWN = (
    "leave_out",
    "release",
    "release_undo",
)  # what a file says of its own application, and of no other that is deployed
