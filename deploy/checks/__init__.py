"""What is wrong with a site, or would hinder its first deployment: a table of checks, each with its findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..errors import DeployError
from . import (
    application,
    clients,
    clock,
    disk,
    folders,
    frontend,
    limits,
    logs,
    port,
    protection,
    python,
    supervisor,
    tls,
)
from .finding import WARNING, Finding
from .subject import Subject

Check = Callable[[Subject], Iterable[Finding]]

CHECKS: dict[str, Check] = {
    "root": folders.root,
    "interpreter": python.interpreter,
    "environment": python.environment,
    "mod_wsgi": python.mod_wsgi,
    "programs": frontend.programs,
    "frontend": frontend.configuration,
    "restart": frontend.restart,
    "permissions": folders.permissions,
    "secrets": folders.secrets,
    "protection": protection.protection,
    "port": port.port,
    "certificate": tls.certificate,
    "limits": limits.limits,
    "disk": disk.disk,
    "logs": logs.files,
    "clock": clock.clock,
    "lock": supervisor.lock,
    "supervisor": supervisor.supervisor,
    "application": application.application,
    "clients": clients.clients,
}


def examine(subject: Subject) -> list[tuple[str, Finding]]:
    """All findings with the name of their check, in the order of the table."""
    return [(name, finding) for name, check in CHECKS.items() for finding in _examined(check, subject)]


def _examined(check: Check, subject: Subject) -> list[Finding]:
    """What could not be looked at is a finding too."""
    try:
        return list(check(subject))
    except (DeployError, OSError) as error:
        why = " ".join(str(error).split())
        return [Finding(WARNING, f"could not be looked at: {why}", "run it as root, or as who deploys")]
