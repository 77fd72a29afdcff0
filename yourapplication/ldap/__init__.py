"""Signing in with a directory (LDAP); without LDAP_URI there is none, and nothing of this is imported."""

from __future__ import annotations

from typing import Any

from flask import Flask

from .. import hooks

SETTINGS: dict[str, Any] = {
    "LDAP_URI": "",  # ldap://host or ldaps://host, with :port if it is not 389 or 636
    "LDAP_STARTTLS": True,  # on ldap://; False sends passwords in clear, and is refused in production
    "LDAP_CA_FILE": "",  # the certificates to trust, in PEM; empty: those of /etc/ldap/ldap.conf, else the system's
    "LDAP_TIMEOUT": 5,  # seconds for a whole sign-in; and as long is a server left alone that was found dead
    "LDAP_BIND_PATTERN": "",  # the DN of a user, uid={name},ou=people,dc=example,dc=org; or else a search:
    "LDAP_SEARCH_BASE": "",  # where users are, at any depth
    "LDAP_SEARCH_FILTER": "(uid={name})",  # must find exactly one
    "LDAP_SEARCH_DN": "",  # who searches; empty: a guest, and the user for their groups
    "LDAP_SEARCH_PASSWORD": "",  # belongs into the secrets file
    "LDAP_NAME_ATTRIBUTE": "uid",  # what a user is called here, in small letters; users must not be able to change it
    "LDAP_GROUP_BASE": "",  # where groups are, at any depth
    "LDAP_GROUP_FILTER": "(member={dn})",  # those of a user, by {dn} or by {name}
    "LDAP_ROLES": {},  # a group's DN -> author or admin, others may not sign in; empty: everybody is an author
}


def init_app(app: Flask) -> None:
    """Ask the directory for those that have no password here. Raises Refused."""
    if app.config["LDAP_URI"]:
        from . import directory, people, settings

        settings.check(app.config, SETTINGS)
        app.extensions["ldap"] = directory.State()
        hooks.of(app).authenticators.append(people.authenticate)
