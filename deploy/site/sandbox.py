"""What the application may on this machine, as the units say it on a host: it writes what is its own, and nothing else.

By bubblewrap, where that is installed and the kernel lets an unprivileged user have a namespace; bwrap(1) says what its
words mean. Processes keep their numbers: one that is told apart by its number would clash with the next process's.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from .release import Release

package = "bubblewrap"
PROGRAM = "bwrap"
PRIVATE = (Path("/tmp"), Path("/var/tmp"))  # are the release's own, as with PrivateTmp= in systemd.exec(5)
NO_NEW_PRIVILEGES = ("setpriv", "--no-new-privs")  # bubblewrap itself sees to that too


def temporary(release: Release) -> Path:
    """What the release's processes see as /tmp."""
    return Path(release.root.run / release.id / "tmp")


def writable(release: Release) -> list[Path]:
    """What the application writes, beside its temporary files."""
    root = release.root
    return [root.data, root.backups, root.requests.parent, root.run / release.id, *map(Path, release.settings.writable)]


def argv(release: Release, real: Iterable[Path]) -> list[str]:
    """The command that runs another one in the sandbox: everything can be read, and `writable` can be written.

    `real`: where its environment and interpreter are; of what /tmp hides they are seen all the same.
    """
    own = temporary(release)
    hidden = [release.root.path, *real]
    seen = [path for path in dict.fromkeys(hidden) if any(folder in path.parents for folder in PRIVATE)]
    # Without --die-with-parent: it would end with the supervisor too. Circus ends the group of a bwrap that was killed.
    words = [PROGRAM, "--ro-bind", "/", "/", "--dev-bind", "/dev", "/dev"]
    binds = [("--bind", own, folder) for folder in PRIVATE]
    binds += [("--ro-bind", path, path) for path in (*seen, release.root.path)]
    binds += [("--bind-try", path, path) for path in writable(release)]
    return [*words, *(str(word) for bind in binds for word in bind)]
