"""folders: the folders of ROOT with their owners and modes, the logs, and on the first deployment the secret key."""

from __future__ import annotations

import json
import secrets

from ..context import Context
from ..files import File, write

LOGS = ("access.log", "error.log")  # opened by front ends, some of them after they have dropped their privileges


def do(ctx: Context) -> str:
    """Make what is missing; of what exists, nothing but the owner of the secrets is changed."""
    root, host = ctx.root, ctx.host
    for folder in (root.releases, root.venvs, root.shared, root.logs, root.run):
        folder.mkdir(exist_ok=True)
    root.supervisor.mkdir(mode=0o700, exist_ok=True)
    private = ((root.data, 0o750), (root.backups, 0o700), (root.requests.parent, 0o750), (root.sockets, 0o700))
    for folder, mode in (*private, (root.run / "frontend", 0o755)):
        folder.mkdir(mode=mode, exist_ok=True)
        host.own(folder)
    for name in LOGS:
        (root.logs / name).touch()
        host.own(root.logs / name)
    if root.secrets.exists():
        host.own(root.secrets)  # somebody may have written it by hand
        return ""
    write(root.shared, [File("secrets.json", json.dumps({"SECRET_KEY": secrets.token_hex(32)}) + "\n", 0o600)])
    host.own(root.secrets)
    return f"made {root.secrets}"
