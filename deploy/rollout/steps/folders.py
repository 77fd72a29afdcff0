"""folders: the folders of ROOT with their owners and modes, the logs, and on the first deployment the secret key."""

from __future__ import annotations

import json
import secrets
import stat
from pathlib import Path

from ... import supervisors
from ...errors import Failed
from ...machine import accounts
from ...machine.files import File, write
from ...site import logs, owners
from ..context import Context


def do(ctx: Context) -> str:
    """Make what is missing, with owners and modes; of what others may have arranged, only the owners are changed.

    Raises Failed naming what the application could not write.
    """
    root, host = ctx.root, ctx.host
    if not host.knows_user():
        host.add_user(root.path)
    for path in logs.strange(root):
        raise Failed(f"{path} is not a file, and nothing can be logged there: rm -r {path}")
    owners.make(root, host, supervisors.ROOMS[ctx.release.settings.supervisor].hosted)
    _check(ctx)
    if not root.token.exists():
        write(root.shared, [File(root.token.name, secrets.token_urlsafe(32), 0o600)])
    if root.secrets.exists():
        host.own(root.secrets)  # somebody may have written it by hand
        return ""
    write(root.shared, [File("secrets.json", json.dumps({"SECRET_KEY": secrets.token_hex(32)}) + "\n", 0o600)])
    host.own(root.secrets)
    return f"made {root.secrets}"


def _check(ctx: Context) -> None:
    """Ask the user who will run the application, as access(2) knows best; backups, once made, may be read-only."""
    root, host = ctx.root, ctx.host
    wrong = ("!", "-type", "l", "(", "!", "-writable", "-o", "-type", "d", "!", "-executable", ")")
    words = ["find", root.data, root.requests.parent, root.backups, "-maxdepth", "1", "-path", f"{root.backups}/*",
             "-prune", "-o", *wrong, "-print"]  # fmt: skip
    found = [Path(line) for line in host.run(words, cwd=Path("/"), as_user=True, check=False).stdout.splitlines()
             if line.startswith("/")]  # fmt: skip
    if found:
        about = found[0].lstat()
        user, owner = host.user or "you", accounts.user_name(about.st_uid)
        mend = f"chmod -R u+rwX {found[0]}"  # links that the application puts there meanwhile lead root nowhere
        if host.user:
            mend = f"chown -hR {user}: {found[0]}; runuser -u {user} -- {mend}"
        raise Failed(f"{found[0]} (mode {stat.S_IMODE(about.st_mode):04o}, owner {owner}) cannot be written by {user}, "
                     f"who runs the application: {mend}")  # fmt: skip
