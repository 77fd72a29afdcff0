"""What protects the machine from an application that was taken over, and what does not."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from .. import bundle
from ..cli.advice import command
from ..machine import accounts, run
from ..site import sandbox
from ..supervisors.circus.sandboxed import inside
from .finding import OK, WARNING, Finding
from .subject import Subject

# What a kernel refuses namespaces by, to unprivileged users: a setting, the value that refuses, one that does not.
SYSCTLS = (
    ("kernel.apparmor_restrict_unprivileged_userns", "1", "0"),
    ("kernel.unprivileged_userns_clone", "0", "1"),
    ("user.max_user_namespaces", "0", "15000"),
)


def protection(subject: Subject) -> Iterator[Finding]:
    """The sandbox, or what hinders it. Without one, a user of the site's own protects most."""
    if subject.room.hosted:
        yield Finding(OK, "the application writes its own files only: systemd's sandbox")
        return
    if subject.runs and _boxed(subject):
        yield Finding(OK, "the application writes its own files only: bubblewrap's sandbox")
        return
    why, mend = _hindrance(subject)
    if not why:
        yield Finding(OK, "the application will write its own files only: bubblewrap's sandbox")
    elif subject.user:
        yield Finding(OK, f"the application writes what belongs to user {subject.user} only; no sandbox, as {why}")
    else:
        yield Finding(WARNING, f"the application can write all that {accounts.user_name()} can, its own release when "
                      f"it changes modes first: no sandbox, as {why}", mend)  # fmt: skip


def _boxed(subject: Subject) -> bool:
    """Whether every process of the live release is inside of one."""
    parts = subject.supervisor.processes() if subject.release else []
    numbers = [pid for part in parts if subject.release and part.name == subject.release.id for pid in part.pids]
    return bool(numbers) and all(inside(number) != number for number in numbers)


def _hindrance(subject: Subject) -> tuple[str, str]:
    """Why there is none, and the command that mends it; nothing when the next start will have one."""
    target, again = subject.target, subject.deploy
    if subject.runs:
        again = f"{command(subject.root, 'stop')} && {command(subject.root, 'start')}"
    if target.protocol in bundle.STARTED_BY_FRONTEND and not bundle.wrapped(target, subject.settings.supervisor):
        other = f"make deploy-{target.adapter} FRONTEND=nginx ROOT={subject.root.path}"
        return f"{target.frontend} itself runs it", other
    if subject.host.find(sandbox.PROGRAM) is None:
        return f"{sandbox.PROGRAM} is missing", f"apt-get install {sandbox.package} && {again}"
    host = dataclasses.replace(subject.host, user=subject.user)
    done = host.run([sandbox.PROGRAM, "--ro-bind", "/", "/", "true"], as_user=True, check=False)
    if done.returncode == 0:
        return ("it was started without", again) if subject.runs else ("", "")
    return run.tail(done.stdout, 1) or f"{sandbox.PROGRAM} exited {done.returncode}", f"{_sysctl()} && {again}"


def _sysctl() -> str:
    """The command that has the kernel give namespaces."""
    for name, refuses, gives in SYSCTLS:
        path = Path("/proc/sys", name.replace(".", "/"))
        if path.exists() and path.read_text().strip() == refuses:
            return f"sysctl -w {name}={gives}"
    return "unshare --user true"  # says why
