"""Signing in with a directory (LDAP): a process for each sign-in asks it, and is ended when its time is over.

libldap keeps no time-out while TLS begins (2.5 with GnuTLS waits there for ever), nor while it looks up a name, and
stops all of gevent's greenlets meanwhile; a process can be waited for, and ended, under every server.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from importlib.util import find_spec
from typing import Any, NamedTuple

from flask import current_app
from werkzeug.exceptions import ServiceUnavailable

from ..auth.attempts import Unavailable
from ..auth.models import folded
from ..auth.turns import Turns

CLIENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "client.py")
CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")  # a feed carries names too
LONGEST = 64  # characters of a name
AT_ONCE = 2  # processes that ask for one of ours: a slow directory must keep neither memory nor all threads


class State:
    """What is known of the directory, and who may ask it."""

    def __init__(self) -> None:
        self.rests_until = 0.0  # (monotonic) nobody waits for a server that was just found dead
        self.turns = Turns(AT_ONCE)


class Person(NamedTuple):
    """A person whom the directory knows: their name here, and their role."""

    name: str
    role: str


def sign_in(name: str, password: str) -> Person | None:
    """The user with that name and password in the directory, or None. Raises Unavailable.

    It takes LDAP_TIMEOUT at most. No password is none: servers take it for a guest's and say yes (RFC 4513 5.1.2).
    """
    if not _usable(name) or not password:
        return None
    state, seconds = current_app.extensions["ldap"], current_app.config["LDAP_TIMEOUT"]
    deadline = time.monotonic() + seconds
    if time.monotonic() < state.rests_until:
        raise _unavailable()
    try:
        with state.turns.turn():
            if time.monotonic() < state.rests_until:  # those before have found out
                raise _unavailable()
            answer = _ask(name, password, deadline - time.monotonic())
    except ServiceUnavailable as error:
        raise _unavailable() from error
    if "unavailable" in answer:
        current_app.logger.error("The directory cannot be used: %s", answer["unavailable"])
        if answer["down"]:
            state.rests_until = time.monotonic() + seconds
        raise _unavailable()
    if "refused" in answer:
        current_app.logger.warning("%r may not sign in with the directory: %s", name, answer["refused"])
    found = folded(answer.get("name", ""))
    return Person(found, answer["role"]) if _usable(found) else None


def _usable(name: str) -> bool:
    return 0 < len(name) <= LONGEST and not CONTROL.search(name)


def _unavailable() -> Unavailable:
    return Unavailable("The directory does not answer. Accounts of this site can sign in as ever.")


def _ask(name: str, password: str, seconds: float) -> dict[str, Any]:
    """What client.py says; its environment is empty, so that only settings and the system's ldap.conf count."""
    config, library = current_app.config, find_spec("ldap")
    settings = {key: value for key, value in config.items() if key.startswith("LDAP_")}
    question = json.dumps({**settings, "name": name, "password": password})
    packages = os.path.dirname(os.path.dirname(str(library and library.origin)))
    # An embedding server has no Python of its own: sys.executable is then that server, or nothing.
    command = [os.path.join(sys.prefix, "bin", "python3"), "-I", CLIENT, packages]
    try:
        done = subprocess.run(command, input=question, timeout=seconds, cwd="/", env={},
                              text=True, capture_output=True, check=False)  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"unavailable": f"{config['LDAP_URI']} gave no answer in {config['LDAP_TIMEOUT']} s", "down": True}
    if not done.stdout:
        last = done.stderr.strip().rpartition("\n")[2]
        return {"unavailable": f"{CLIENT} ended without an answer: {last}", "down": False}
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
