"""Which settings of a directory (LDAP_*) go together; looked at only where LDAP_URI is set."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..auth.attempts import PATIENCE
from ..auth.models import ROLES
from ..errors import Refused


def check(config: Mapping[str, Any], defaults: Mapping[str, Any]) -> None:
    """Refuse a directory that could not be used, or not safely; `defaults` has all its settings. Raises Refused."""
    for name in config:
        if name.startswith("LDAP_") and name not in defaults:
            raise Refused(f"{name} is not a setting: those of a directory are {', '.join(defaults)}")
    for name, default in defaults.items():
        wanted, kind = type(default), type(config[name])
        if kind is not wanted and not (name == "LDAP_TIMEOUT" and kind in (int, float)):
            raise Refused(f"{name} is of type {kind.__name__}: it must be {wanted.__name__}")  # it may be secret
    _check_server(config)
    _check_search(config)
    _check_roles(config)
    if not (find_spec("ldap") and find_spec("_ldap")):
        raise Refused("LDAP_URI needs python-ldap: install libldap-dev libsasl2-dev gcc python3-dev, and use "
                      "requirements/ldap.txt instead of requirements/production.txt in requirements.txt")  # fmt: skip


def _check_server(config: Mapping[str, Any]) -> None:
    uri, seconds = config["LDAP_URI"], config["LDAP_TIMEOUT"]
    if not re.fullmatch(r"ldaps?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?/?", uri):
        raise Refused(f"LDAP_URI is {uri!r}: it must be ldap://host or ldaps://host, with :port if it is another")
    if uri.startswith("ldap:") and not config["LDAP_STARTTLS"] and config["ENVIRONMENT"] == "production":
        raise Refused("LDAP_STARTTLS is false with ldap://: passwords would cross the network in clear; "
                      "set it to true, or use ldaps://")  # fmt: skip
    if not 0 < seconds < PATIENCE:
        raise Refused(f"LDAP_TIMEOUT is {seconds}: it must be more than 0 and less than {PATIENCE} seconds")
    if path := config["LDAP_CA_FILE"]:
        try:
            held = Path(path).read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise Refused(f"LDAP_CA_FILE is {path}, which cannot be read: {error.strerror}") from error
        if not Path(path).is_absolute() or "-----BEGIN CERTIFICATE-----" not in held:
            raise Refused(f"LDAP_CA_FILE is {path}: it must be the absolute path of certificates in PEM")


def _check_search(config: Mapping[str, Any]) -> None:
    pattern, base, wanted = config["LDAP_BIND_PATTERN"], config["LDAP_SEARCH_BASE"], config["LDAP_SEARCH_FILTER"]
    if bool(pattern) == bool(base):
        raise Refused("one of LDAP_BIND_PATTERN and LDAP_SEARCH_BASE must be set, and not the other")
    if pattern and not re.search(r"=\{name\}(,|\Z)", pattern):
        raise Refused(f"LDAP_BIND_PATTERN is {pattern!r}: it must be a DN such as uid={{name}},ou=people,dc=example")
    _check_filter("LDAP_SEARCH_FILTER", wanted, "{name}")
    if bool(config["LDAP_SEARCH_DN"]) != bool(config["LDAP_SEARCH_PASSWORD"]):
        raise Refused("LDAP_SEARCH_DN and LDAP_SEARCH_PASSWORD must be set together, or neither of them")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", config["LDAP_NAME_ATTRIBUTE"]):
        raise Refused(f"LDAP_NAME_ATTRIBUTE is {config['LDAP_NAME_ATTRIBUTE']!r}: it must name one attribute, as uid")


def _check_roles(config: Mapping[str, Any]) -> None:
    for group, role in config["LDAP_ROLES"].items():
        if "=" not in group or role not in ROLES:
            raise Refused(f"LDAP_ROLES says {group!r}: {role!r}: it must give a group's DN author or admin")
    if bool(config["LDAP_ROLES"]) != bool(config["LDAP_GROUP_BASE"]):
        raise Refused("LDAP_ROLES and LDAP_GROUP_BASE must be set together, or neither of them")
    _check_filter("LDAP_GROUP_FILTER", config["LDAP_GROUP_FILTER"], "{dn}", "{name}")


def _check_filter(setting: str, value: str, *places: str) -> None:
    closed = value[:1] == "(" and value[-1:] == ")" and value.count("(") == value.count(")")
    used = set(re.findall(r"\{.*?\}", value))
    if not closed or not used or not used <= set(places):
        raise Refused(f"{setting} is {value!r}: it must be a filter in parentheses with {' or '.join(places)}")
