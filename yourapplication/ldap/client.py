"""The conversation with a directory, as a program: a JSON question on standard input, a JSON answer on standard output.

Only directory.py runs it. It imports nothing of the application, so that it starts soon.
"""

from __future__ import annotations

import json
import re
import signal
import sys
from typing import Any

Answer = dict[str, Any]
AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"  # Debian's, where ldap.conf names no others
WRONG = ("INVALID_CREDENTIALS", "INAPPROPRIATE_AUTH", "INVALID_DN_SYNTAX", "NO_SUCH_OBJECT")
DOWN = ("SERVER_DOWN", "CONNECT_ERROR", "TIMEOUT", "BUSY", "UNAVAILABLE")


def main() -> None:
    """Answer one question; the kernel ends this process when its time is over, even if nobody waits for it any more."""
    question = json.load(sys.stdin)
    signal.setitimer(signal.ITIMER_REAL, question["LDAP_TIMEOUT"])
    sys.path.append(sys.argv[1])
    import ldap

    try:
        answer = ask(question, question["name"], question["password"])
    except ldap.LDAPError as error:
        down = isinstance(error, tuple(getattr(ldap, name) for name in DOWN))
        answer = {"unavailable": f"{question['LDAP_URI']}: {said(error)}", "down": down}
    print(json.dumps(answer))  # noqa: T201


def ask(settings: Answer, name: str, password: str) -> Answer:
    """The name and the role of the user with that name and password, or why there is none. Raises ldap.LDAPError."""
    import ldap

    server, attribute = connect(settings), settings["LDAP_NAME_ATTRIBUTE"]
    if settings["LDAP_BIND_PATTERN"]:
        dn = filled(settings["LDAP_BIND_PATTERN"], ldap.dn.escape_dn_chars, name=name)
        base, scope, wanted = dn, ldap.SCOPE_BASE, "(objectClass=*)"
    else:
        search_account(server, settings)
        base, scope = settings["LDAP_SEARCH_BASE"], ldap.SCOPE_SUBTREE
        wanted = filled(settings["LDAP_SEARCH_FILTER"], ldap.filter.escape_filter_chars, name=name)
        found = entries(server, base, scope, wanted, attribute)
        if len(found) != 1:
            return {"refused": f"LDAP_SEARCH_FILTER finds {len(found)} entries"} if found else {}
        dn = found[0][0]
    try:
        server.simple_bind_s(dn, password)
    except tuple(getattr(ldap, each) for each in WRONG):
        return {}
    if settings["LDAP_BIND_PATTERN"]:
        found = entries(server, base, scope, wanted, attribute)
    names = [value.decode() for _, values in found for each in values.values() for value in each]
    if len(names) != 1:
        return {"refused": f"{dn} must have one {attribute} (LDAP_NAME_ATTRIBUTE) that can be read, not {len(names)}"}
    role = role_of(server, settings, found[0][0], names[0])
    return {"name": names[0], "role": role} if role else {"refused": f"{dn} is in no group that LDAP_ROLES names"}


def connect(settings: Answer) -> Any:
    """A connection, encrypted unless LDAP_STARTTLS says otherwise, to the server that the certificate names."""
    import ldap
    import ldap.dn
    import ldap.filter

    server = ldap.initialize(settings["LDAP_URI"])
    server.set_option(ldap.OPT_REFERRALS, 0)  # they would take the password to servers that nobody named
    server.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_DEMAND)
    # A new context has not even those that ldap.conf names.
    authorities = settings["LDAP_CA_FILE"] or ldap.get_option(ldap.OPT_X_TLS_CACERTFILE) or AUTHORITIES
    server.set_option(ldap.OPT_X_TLS_CACERTFILE, authorities)
    server.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
    if settings["LDAP_STARTTLS"] and not settings["LDAP_URI"].startswith("ldaps:"):
        server.start_tls_s()
    return server


def search_account(server: Any, settings: Answer) -> None:
    """Become the account that searches; without one, remain a guest or the user."""
    import ldap

    try:
        if settings["LDAP_SEARCH_DN"]:
            server.simple_bind_s(settings["LDAP_SEARCH_DN"], settings["LDAP_SEARCH_PASSWORD"])
    except ldap.INVALID_CREDENTIALS as error:
        raise ldap.INVALID_CREDENTIALS({"desc": "of LDAP_SEARCH_DN and LDAP_SEARCH_PASSWORD"}) from error


def role_of(server: Any, settings: Answer, dn: str, name: str) -> str:
    """The highest role of the user's groups, or none; without LDAP_ROLES everybody is an author."""
    import ldap

    if not settings["LDAP_ROLES"]:
        return "author"
    search_account(server, settings)
    wanted = filled(settings["LDAP_GROUP_FILTER"], ldap.filter.escape_filter_chars, name=name, dn=dn)
    groups = entries(server, settings["LDAP_GROUP_BASE"], ldap.SCOPE_SUBTREE, wanted, "1.1", most=0)
    mine = {normal(group) for group, _ in groups}
    roles = {role for group, role in settings["LDAP_ROLES"].items() if normal(group) in mine}
    return "admin" if "admin" in roles else "author" if roles else ""


def entries(server: Any, base: str, scope: int, wanted: str, attribute: str, most: int = 2) -> list[Any]:
    """The DNs and the attribute of those that the filter finds, without referrals; no more than `most`, 0 for all."""
    import ldap

    try:
        found = server.search_ext_s(base, scope, wanted, [attribute], sizelimit=most)
    except ldap.SIZELIMIT_EXCEEDED:
        if not most:
            raise
        found = [("", {})] * (most + 1)
    return [(dn, values) for dn, values in found if dn is not None]


def filled(template: str, escape: Any, **values: str) -> str:
    """`template` with {name} and {dn} replaced, once, by what cannot become more than a value."""
    return re.sub(r"\{(name|dn)\}", lambda match: str(escape(values[match[1]])), template)


def normal(dn: str) -> object:
    """A DN such that equal ones compare equal, however they are written. Raises ldap.DECODING_ERROR."""
    import ldap

    return tuple(tuple(sorted((kind.lower(), value.casefold()) for kind, value, _ in part)) for part in
                 ldap.dn.str2dn(dn))  # fmt: skip


UNTRUSTED = ("(unknown error code)", "certificate verify failed", "hostname does not match")  # GnuTLS's and OpenSSL's


def said(error: Any) -> str:
    """An LDAPError in one line."""
    details = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    parts = [str(details[key]) for key in ("desc", "info") if details.get(key)]
    if parts and any(word in parts[-1] for word in UNTRUSTED):
        parts[-1] = "is the certificate signed by LDAP_CA_FILE, and for this host?"
    return " ".join(": ".join([type(error).__name__, *parts]).split())


if __name__ == "__main__":
    main()
