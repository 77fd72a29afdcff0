"""Where the configuration comes from, in order: what is built in, config/<environment>.json, instance/config.json and
the secrets file that it names, FLASK_* variables. Read by create_app; a mistake is refused in one sentence."""

from __future__ import annotations

import json
import os
import re
import secrets
import stat
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import URL

from .errors import Refused

ENVIRONMENTS = ("development", "testing", "production")
KEY_LENGTH = 32
EXAMPLE_KEY = re.compile(r"change.?me|change.?this|example|replace|placeholder|secret.?key|your.?secret|insecure", re.I)


def configure(app: Flask, wanted: str | None, project: Path) -> None:
    """Fill app.config for the `wanted` environment, or else the one that the surroundings name."""
    instance = Path(app.instance_path)
    own = read_own(instance)
    environment = choose(wanted, instance)
    app.config.update(
        SESSION_COOKIE_SAMESITE="Lax",
        SQLALCHEMY_DATABASE_URI=URL.create("sqlite", database=str(instance / f"{environment}.sqlite")),
        WTF_CSRF_TIME_LIMIT=None,  # a form may stay open as long as its session
        RELEASE="",
        ADAPTER="",
    )
    path = project / "config" / f"{environment}.json"
    try:
        section = read_json(path).get("application", {})
    except FileNotFoundError as error:
        raise Refused(f"{path} does not exist: every environment has its file in config/") from error
    if not isinstance(section, dict):
        raise Refused(f"{path}: application is {section!r}: it must be an object of settings")
    _apply(app, section, f"{path}: application.")
    _apply(app, own, f"{instance / 'config.json'}: ")
    if app.config.get("SECRETS_FILE") is not None:
        _apply(app, read_secrets(app.config["SECRETS_FILE"]), f"{app.config['SECRETS_FILE']}: ")
    app.config.from_prefixed_env()
    if "FLASK_SECRET_KEY" in os.environ:
        app.config["SECRET_KEY"] = os.environ["FLASK_SECRET_KEY"]  # Flask would read one of digits as a number
    app.config["ENVIRONMENT"] = environment
    if environment == "production":
        _check_production(app)
    elif not app.config["SECRET_KEY"]:
        app.config["SECRET_KEY"] = secrets.token_hex() if environment == "testing" else kept_key(instance)


def choose(wanted: str | None, instance: Path) -> str:
    """The environment: what the caller wants, APPLICATION_CONFIG, instance/config.json's ENVIRONMENT, development."""
    own = read_own(instance)
    candidates = (
        ("the environment", wanted),
        ("APPLICATION_CONFIG", os.environ.get("APPLICATION_CONFIG")),
        (f"{instance / 'config.json'}: ENVIRONMENT", own.get("ENVIRONMENT")),
    )
    for name, value in candidates:
        if value in ENVIRONMENTS:
            return str(value)
        if value:
            raise Refused(f"{name} is {value!r}: it may be {', '.join(ENVIRONMENTS)}")
    return "development"


def read_own(instance: Path) -> dict[str, Any]:
    """What instance/config.json says, if it is there."""
    try:
        return read_json(instance / "config.json")
    except FileNotFoundError:
        return {}


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in a file; raises FileNotFoundError when there is no such file."""
    try:
        return _object(path.read_text(encoding="utf-8"), path)
    except FileNotFoundError:
        raise
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{path} cannot be read: {error}") from error


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


def _apply(app: Flask, values: dict[str, Any], where: str) -> None:
    for key in values:
        if not key.isupper():
            raise Refused(f"{where}{key} is no setting: names are written in capitals, as {key.upper()}")
    app.config.update(values)


def _check_production(app: Flask) -> None:
    """Refuse what is convenient in development and dangerous in public."""
    for name in ("DEBUG", "TESTING"):
        if app.config[name]:
            raise Refused(f"{name} is {app.config[name]!r}: production must not show its insides; leave it out")
    key = app.config["SECRET_KEY"]
    fault = (
        "missing" if not key
        else f"a {type(key).__name__}, not text" if not isinstance(key, str)
        else f"only {len(key)} characters long" if len(key) < KEY_LENGTH
        else "an example" if EXAMPLE_KEY.search(key) or len(set(key)) < 8
        else ""
    )  # fmt: skip
    if fault:
        raise Refused(
            f"SECRET_KEY is {fault}: production needs a random one of at least {KEY_LENGTH} characters, "
            "in the secrets file that instance/config.json names as SECRETS_FILE, or in FLASK_SECRET_KEY"
        )
