"""Where the configuration comes from, in order: what is built in, config/<environment>.json, instance/config.json and
the secrets file that it names, FLASK_* variables. Read by create_app; a mistake is refused in one sentence."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import URL

from .errors import Refused
from .sources import kept_key, read_json, read_own, read_secrets

ENVIRONMENTS = ("development", "testing", "production")
KEY_LENGTH = 32
SIMILAR = 0.87  # of two names, as difflib has it: then one of them is misspelt
MOST = 100_000
FORM_LIMIT = 2 * 1024 * 1024  # bytes: the longest entry, percent-encoded, and then some
EXAMPLE_KEY = re.compile(r"change.?me|change.?this|example|replace|placeholder|secret.?key|your.?secret|insecure", re.I)


def configure(app: Flask, wanted: str | None, project: Path, settings: list[dict[str, Any]]) -> None:
    """Fill app.config for the `wanted` environment, or else the one that the surroundings name.

    `settings`: those of parts, with their defaults.
    """
    instance = Path(app.instance_path)
    own = read_own(instance)
    environment = choose(wanted, instance, own)
    app.config.update(
        SESSION_COOKIE_SAMESITE="Lax",
        SQLALCHEMY_DATABASE_URI=URL.create("sqlite", database=str(instance / f"{environment}.sqlite")),
        WTF_CSRF_TIME_LIMIT=None,  # a form may stay open as long as its session
        MAX_CONTENT_LENGTH=FORM_LIMIT,
        MAX_FORM_MEMORY_SIZE=FORM_LIMIT,
        RELEASE="",
        ADAPTER="",
    )
    for each in settings:
        app.config.update(each)
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
    # Of open forms, as of sessions: the last one signs.
    app.config["WTF_CSRF_SECRET_KEY"] = [*(app.config["SECRET_KEY_FALLBACKS"] or []), app.config["SECRET_KEY"]]


def choose(wanted: str | None, instance: Path, own: dict[str, Any]) -> str:
    """The environment: what the caller wants, APPLICATION_CONFIG, instance/config.json's ENVIRONMENT, development."""
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


def demand_number(app: Flask, name: str) -> None:
    """Refuse a setting that is not a number of things or days. Raises Refused."""
    value = app.config[name]
    if type(value) is not int or not 1 <= value <= MOST:
        raise Refused(f"{name} is {value!r}: it must be a whole number from 1 to {MOST}")


def _apply(app: Flask, values: dict[str, Any], where: str) -> None:
    from difflib import get_close_matches

    known = {*app.config, "SQLALCHEMY_BINDS", "SECRETS_FILE"}
    for key in values:
        if not key.isupper():
            raise Refused(f"{where}{key} is not a setting: names are written in capitals, as {key.upper()}")
        if key not in known and (near := get_close_matches(key, known, 1, SIMILAR)):
            raise Refused(f"{where}{key} is not a setting: did you mean {near[0]}?")
    app.config.update(values)


def _check_production(app: Flask) -> None:
    """Refuse what is convenient in development and dangerous in public."""
    for name in ("DEBUG", "TESTING"):
        if app.config[name]:
            raise Refused(f"{name} is {app.config[name]!r}: production must not show its insides; leave it out")
    keys: dict[str, object] = {"SECRET_KEY": app.config["SECRET_KEY"]}
    fallbacks = app.config["SECRET_KEY_FALLBACKS"] or []
    if not isinstance(fallbacks, list):
        raise Refused(f"SECRET_KEY_FALLBACKS is a {type(fallbacks).__name__}: it must be a list of former keys")
    keys.update((f"SECRET_KEY_FALLBACKS[{place}]", key) for place, key in enumerate(fallbacks))
    for name, key in keys.items():
        if fault := _fault(key):
            raise Refused(
                f"{name} is {fault}: production needs a random one of at least {KEY_LENGTH} characters, "
                "in the secrets file that instance/config.json names as SECRETS_FILE, or in FLASK_SECRET_KEY"
            )


def _fault(key: object) -> str:
    return (
        "missing" if not key
        else f"a {type(key).__name__}, not text" if not isinstance(key, str)
        else f"only {len(key)} characters long" if len(key) < KEY_LENGTH
        else "an example" if EXAMPLE_KEY.search(key) or len(set(key)) < 8
        else ""
    )  # fmt: skip
