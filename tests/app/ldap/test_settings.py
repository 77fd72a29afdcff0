"""Which settings of a directory are refused, and that there need not be any."""

from __future__ import annotations

import re

import pytest

from yourapplication import errors
from yourapplication.ldap import settings

PATTERN = {"LDAP_BIND_PATTERN": "uid={name},ou=people,dc=example,dc=org"}
EDITORS, ROOT = "cn=editors,dc=example,dc=org", "dc=example,dc=org"


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"LDAP_URI": "directory.example.org"}, "LDAP_URI is 'directory.example.org': it must be ldap://host or"),
        ({"LDAP_URI": "LDAP://host"}, "LDAP_URI is 'LDAP://host'"),
        ({"LDAP_URI": "ldapi:///"}, "LDAP_URI is 'ldapi:///'"),
        ({"LDAP_URI": "ldap://name:secret@host"}, "LDAP_URI is"),
        ({"LDAP_URI": "ldap://a ldap://b"}, "LDAP_URI is"),
        ({"LDAP_URI": ["ldap://a"]}, "LDAP_URI is of type list: it must be str"),
        ({"LDAP_STARTTLS": "no"}, "LDAP_STARTTLS is of type str: it must be bool"),
        ({"LDAP_TIMEOUT": "5"}, "LDAP_TIMEOUT is of type str: it must be int"),
        ({"LDAP_TIMEOUT": True}, "LDAP_TIMEOUT is of type bool"),
        ({"LDAP_TIMEOUT": 0}, "LDAP_TIMEOUT is 0: it must be more than 0 and less than 20 seconds"),
        ({"LDAP_TIMEOUT": -1}, "LDAP_TIMEOUT is -1"),
        ({"LDAP_TIMEOUT": 20}, "LDAP_TIMEOUT is 20"),
        ({"LDAP_CA_FILE": "/nowhere/ca.pem"}, "LDAP_CA_FILE is /nowhere/ca.pem, which cannot be read: No such file"),
        ({"LDAP_CA_FILE": "/etc/passwd"}, "LDAP_CA_FILE is /etc/passwd: it must be the absolute path of certificates"),
        ({"LDAP_SEARCH_BASE": ""}, "one of LDAP_BIND_PATTERN and LDAP_SEARCH_BASE must be set"),
        (PATTERN, "one of LDAP_BIND_PATTERN and LDAP_SEARCH_BASE must be set"),
        ({"LDAP_SEARCH_BASE": "", "LDAP_BIND_PATTERN": "uid=name,dc=x"}, "LDAP_BIND_PATTERN is 'uid=name,dc=x'"),
        ({"LDAP_SEARCH_BASE": "", "LDAP_BIND_PATTERN": "{name}@example.org"}, "it must be a DN such as uid={name},"),
        ({"LDAP_SEARCH_FILTER": "(uid=name)"}, "LDAP_SEARCH_FILTER is .* in parentheses with {name}"),
        ({"LDAP_SEARCH_FILTER": "uid={name}"}, "LDAP_SEARCH_FILTER is 'uid={name}'"),
        ({"LDAP_SEARCH_FILTER": "(uid={name})("}, "LDAP_SEARCH_FILTER is"),
        ({"LDAP_SEARCH_FILTER": "(uid={user})"}, "LDAP_SEARCH_FILTER is"),
        ({"LDAP_SEARCH_FILTER": "(&(uid={name})(cn={dn}))"}, "LDAP_SEARCH_FILTER is"),
        ({"LDAP_SEARCH_DN": "cn=x,dc=x"}, "LDAP_SEARCH_DN and LDAP_SEARCH_PASSWORD must be set together"),
        ({"LDAP_SEARCH_PASSWORD": 12345}, "LDAP_SEARCH_PASSWORD is of type int: it must be str$"),
        ({"LDAP_NAME_ATTRIBUTE": "uid,mail"}, "LDAP_NAME_ATTRIBUTE is 'uid,mail': it must name one attribute"),
        ({"LDAP_GROUP_FILTER": "(member=x)"}, "LDAP_GROUP_FILTER is .* in parentheses with {dn} or {name}"),
        ({"LDAP_ROLES": {EDITORS: "author"}}, "LDAP_ROLES and LDAP_GROUP_BASE must be set together"),
        ({"LDAP_GROUP_BASE": ROOT}, "LDAP_ROLES and LDAP_GROUP_BASE must be set together"),
        ({"LDAP_ROLES": {EDITORS: "owner"}, "LDAP_GROUP_BASE": ROOT}, "'owner': it must give a group's DN author or"),
        ({"LDAP_ROLES": {"editors": "author"}, "LDAP_GROUP_BASE": ROOT}, "LDAP_ROLES says 'editors': 'author'"),
        ({"LDAP_ROLES": {EDITORS: ["author"]}, "LDAP_GROUP_BASE": ROOT}, "LDAP_ROLES says"),
        ({"LDAP_FILTER": "(uid={name})"}, "LDAP_FILTER is not a setting: those of a directory are LDAP_URI, "),
    ],
)
def test_settings_that_cannot_be_right_are_refused(make, instance, changed, fault):
    right = {"LDAP_URI": "ldap://directory.example.org:389", "LDAP_SEARCH_BASE": "dc=example,dc=org"}
    instance(**right)
    assert make("testing").config["LDAP_URI"] == right["LDAP_URI"]
    instance(**(right | changed))
    with pytest.raises(errors.Refused, match=fault):
        make("testing")


def test_production_refuses_passwords_in_clear(make, instance):
    clear = {"LDAP_URI": "ldap://127.0.0.1", "LDAP_STARTTLS": False, **PATTERN, "SECRET_KEY": "0123456789abcdef" * 4}
    instance(**clear)
    assert make("development").config["LDAP_STARTTLS"] is False
    with pytest.raises(errors.Refused, match="LDAP_STARTTLS is false with ldap://: passwords would cross the network"):
        make("production")
    instance(**{**clear, "LDAP_URI": "ldaps://127.0.0.1"})
    assert make("production").config["LDAP_STARTTLS"] is False
    instance(**{**clear, "LDAP_STARTTLS": True})
    assert make("production").config["LDAP_STARTTLS"] is True


def test_a_directory_without_its_library_is_refused(make, instance, monkeypatch):
    make("testing")
    monkeypatch.setattr(settings, "find_spec", lambda name: None)
    instance(LDAP_URI="ldaps://directory.example.org", **PATTERN)
    needs = "install libldap-dev libsasl2-dev gcc python3-dev, and use requirements/ldap.txt instead of"
    with pytest.raises(errors.Refused, match=re.escape(needs)):
        make("testing")


def test_without_a_directory_nothing_of_it_is_imported(run):
    seen = "print(sorted(name for name in sys.modules if 'ldap' in name))"
    done = run("-c", f"import sys; from yourapplication import app; {seen}")
    assert done.stdout == "['yourapplication.ldap']\n", done.stderr
