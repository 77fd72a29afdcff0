"""What is wrong with a site, or hinders its deployment: a table of checks, each with its findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..errors import DeployError, Refused
from . import (
    application,
    clients,
    disk,
    folders,
    frontend,
    limits,
    logs,
    port,
    protection,
    python,
    secrets,
    supervisor,
    tls,
    user,
)
from .finding import WARNING, Finding
from .subject import Subject

Check = Callable[[Subject], Iterable[Finding]]

CHECKS: dict[str, Check] = {
    "root": folders.root,
    "user": user.user,
    "interpreter": python.interpreter,
    "environment": python.environment,
    "mod_wsgi": python.mod_wsgi,
    "programs": frontend.programs,
    "frontend": frontend.configuration,
    "restart": frontend.restart,
    "permissions": folders.permissions,
    "change": supervisor.change,
    "secrets": secrets.secrets,
    "protection": protection.protection,
    "port": port.port,
    "certificate": tls.certificate,
    "limits": limits.limits,
    "disk": disk.disk,
    "logs": logs.files,
    "lock": supervisor.lock,
    "supervisor": supervisor.supervisor,
    "application": application.application,
    "clients": clients.clients,
}
# What a deployment is refused for, in this order: of each check the part that looks for it.
HINDERING: dict[str, Check] = {
    "root": folders.root,
    "user": user.user,
    "interpreter": python.interpreter,
    "programs": frontend.programs,
    "change": supervisor.change,
    "port": port.hindrance,
    "secrets": secrets.secrets,
    "again": supervisor.again,
}


def examine(subject: Subject) -> list[tuple[str, Finding]]:
    """All findings with the name of their check, in the order of the table."""
    return [(name, finding) for name, check in CHECKS.items() for finding in _examined(check, subject)]


def refuse(subject: Subject, *names: str) -> None:
    """Raises Refused for the first finding, of all checks or of those named, that hinders a deployment."""
    for name in names or HINDERING:
        for finding in HINDERING[name](subject):
            if finding.refusal:
                raise Refused(finding.refusal)


def _examined(check: Check, subject: Subject) -> list[Finding]:
    """A check that fails gives a finding too."""
    try:
        return list(check(subject))
    except (DeployError, OSError) as error:
        why = " ".join(str(error).split())
        return [Finding(WARNING, f"could not be checked: {why}", "run it as root, or as the user who deploys")]
