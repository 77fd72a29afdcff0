"""The files that configuration is read from: config/<environment>.json, the instance folder's, the secrets, the key."""

from __future__ import annotations

import json
import os
import secrets
import stat
from pathlib import Path
from typing import Any

from .errors import Refused


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in a file; raises FileNotFoundError when there is no such file."""
    try:
        return _object(path.read_text(encoding="utf-8"), path)
    except FileNotFoundError:
        raise
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{path} cannot be read: {error}") from error


def read_own(instance: Path) -> dict[str, Any]:
    """What instance/config.json says, if it is there."""
    try:
        return read_json(instance / "config.json")
    except FileNotFoundError:
        return {}


def read_secrets(name: object) -> dict[str, Any]:
    """The JSON object in the secrets file, which nobody but its owner may read."""
    if not isinstance(name, str) or not os.path.isabs(name):
        raise Refused(f"SECRETS_FILE is {name!r}: it must be an absolute path")
    try:
        with open(name, encoding="utf-8") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & 0o077:
                raise Refused(f"the secrets file {name} has mode {mode:04o}: make it 0600, its owner's alone")
            return _object(file.read(), Path(name))
    except FileNotFoundError as error:
        raise Refused(f'the secrets file {name} does not exist: it holds {{"SECRET_KEY": ...}}, mode 0600') from error
    except PermissionError as error:
        raise Refused(f"the secrets file {name} cannot be read: it must belong to the user who runs this") from error
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"the secrets file {name} cannot be read: {error}") from error


def kept_key(instance: Path) -> str:
    """This checkout's own key, generated once; linked into place whole, as two processes may start together."""
    path = instance / "secret_key"
    if not path.exists():
        draft = instance / f"secret_key.{secrets.token_hex(4)}"
        try:
            instance.mkdir(exist_ok=True)
            with open(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
                file.write(secrets.token_hex())
            os.link(draft, path)
        except FileExistsError:
            pass  # the other process was first: its key is the key
        except OSError as error:
            raise Refused(f"no SECRET_KEY is set, and none can be kept in {path}: {error.strerror}") from error
        finally:
            draft.unlink(missing_ok=True)
    return path.read_text()


def _object(text: str, path: Path) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise Refused(f"{path}: not JSON at line {error.lineno} column {error.colno}: {error.msg}") from error
    if not isinstance(found, dict):
        raise Refused(f"{path} holds a {type(found).__name__}: it must be a JSON object")
    return found
