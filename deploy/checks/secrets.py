"""The secrets file: there, private, JSON, and the site's user's own."""

from __future__ import annotations

import json
import pwd
import stat
from collections.abc import Iterator

from ..site import journal
from ..site.release import Root
from .finding import OK, WRONG, Finding
from .subject import Subject

WANTED = 'a JSON object such as {"SECRET_KEY": "..."} with mode 0600'


def secrets(subject: Subject) -> Iterator[Finding]:
    """Nothing before the first deployment, which makes it."""
    path = subject.root.secrets
    wrong = list(contents(subject.root))
    if wrong or not path.exists():
        yield from wrong
    elif path.stat().st_uid != _ids().get(subject.user, path.stat().st_uid):
        what = f"{path} does not belong to {subject.user}, who could not read it"
        yield Finding(WRONG, what, f"chown {subject.user} {path}")
    else:
        yield Finding(OK, f"{path} is private")


def _ids() -> dict[str, int]:
    """Users by name: the first deployment makes the site's."""
    return {entry.pw_name: entry.pw_uid for entry in pwd.getpwall()}


def contents(root: Root) -> Iterator[Finding]:
    """That of a site that was deployed before is missing, readable by others, or no JSON."""
    path = root.secrets
    if not path.exists():
        if journal.good(root):
            yield _wrong(root, f"{path} is missing though this site was deployed before: put it back, {WANTED}")
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        what, fix = f"{path} can be read by others (mode {mode:04o}): it must be {WANTED}", f"chmod 600 {path}"
        yield Finding(WRONG, what, fix, f"{what}; {fix}")
        return
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except PermissionError:
        yield _wrong(root, f"{path} belongs to somebody else, so that you cannot read it: it must be {WANTED}")
    except ValueError as error:
        yield _wrong(root, f"{path} is not JSON ({error}): it must be {WANTED}")
    else:
        if not isinstance(found, dict):
            yield _wrong(root, f"{path} holds a {type(found).__name__}: it must be {WANTED}")


def _wrong(root: Root, what: str) -> Finding:
    return Finding(WRONG, what, f"install -m 600 YOUR_COPY {root.secrets}", what)
