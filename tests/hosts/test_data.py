"""A host's own PostgreSQL, reached by its socket as the site's user; a directory on the network, to sign in with."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, ProxyHandler, Request, build_opener

import pytest

from tests.directory import EDITORS, OWNERS, PEOPLE, ROOT, SEARCHER, Directory, directory
from tests.migrations import ADDS_A_COLUMN

from . import lab
from .sites import Site, equip

DATABASES = ("diary", "diary_audit")
# What an administrator does for a site in /srv/diary: its role has no password, and the host trusts the authority.
PREPARE = """
systemctl enable -q --now nginx postgresql
cd / && runuser -u postgres -- psql -X -q -c "CREATE ROLE diary LOGIN" -c "CREATE DATABASE diary OWNER diary" \
    -c "CREATE DATABASE diary_audit OWNER diary"
cat >> /etc/ssl/certs/ca-certificates.crt
sed -i s/production.txt/ldap.txt/ /opt/project/requirements.txt
install -d /srv/diary/shared
"""
LIVE = {"FRONTEND": "nginx", "PROCESSES": 1}
MIGRATION = "/opt/project/yourapplication/migrations/default/0004_place.py"


@pytest.fixture(scope="module")
def slapd(host: lab.Host) -> Iterator[Directory]:
    with directory(host.gateway) as running:
        yield running


@pytest.fixture(scope="module")
def site(host: lab.Host, slapd: Directory) -> Site:
    equip(host)
    host.run(PREPARE, given=Path(slapd.authority).read_text())
    settings = {
        "SECRET_KEY": secrets.token_hex(32),
        "SQLALCHEMY_DATABASE_URI": f"postgresql:///{DATABASES[0]}",
        "SQLALCHEMY_BINDS": {"audit": f"postgresql:///{DATABASES[1]}"},
        "LDAP_URI": slapd.plain,
        "LDAP_SEARCH_BASE": PEOPLE,
        "LDAP_SEARCH_DN": SEARCHER,
        "LDAP_SEARCH_PASSWORD": slapd.password,
        "LDAP_GROUP_BASE": ROOT,
        "LDAP_ROLES": {EDITORS: "author", OWNERS: "admin"},
    }
    host.run("umask 077; cat > /srv/diary/shared/secrets.json", given=json.dumps(settings))
    return Site(host, "diary", 8000)


@pytest.fixture(scope="module")
def release(site: Site) -> str:
    """What is live, before and after each test."""
    return site.live("gunicorn", **LIVE)


def asked(site: Site, database: str, statement: str) -> str:
    """What a database answers to its administrator."""
    words = f'runuser -u postgres -- psql -X -A -t -c "{statement}" {database}'
    return site.host.run(f"cd / && {words}").stdout.strip()


def sign_in(site: Site, name: str, password: str) -> tuple[int, str]:
    """The answer to somebody who fills in the form."""
    opener = build_opener(ProxyHandler({}), HTTPCookieProcessor())
    address = f"http://{site.host.address}:{site.port}/sign-in"
    named = {"Host": f"{site.name}.test"}
    with opener.open(Request(address, headers=named)) as page:
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.read().decode())
    assert token
    form = urlencode({"csrf_token": token[1], "name": name, "password": password}).encode()
    try:
        with opener.open(Request(address, form, named)) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


@pytest.mark.parametrize("database", DATABASES)
def test_the_sites_user_is_its_role_in_the_databases(site, release, database):
    owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
    assert asked(site, database, owners) == "diary"
    assert site.get("/readyz")[:2] == (200, release)


def test_a_migration_is_backed_up_and_taken_back(site, release):
    columns = "SELECT count(*) FROM information_schema.columns WHERE table_name = 'entry' AND column_name = 'place'"
    adds = ADDS_A_COLUMN.replace("expands = {}", "expands = True")
    site.host.run(f"cat > {MIGRATION}", given=adds)
    try:
        done = site.up("gunicorn", **LIVE)
    finally:
        site.host.run(f"rm {MIGRATION}")
    assert done.returncode == 0, done.stderr
    backup = re.search(r"backup: (\S+);", done.stdout)
    assert backup, done.stdout
    members = site.host.run(f"tar -tf {backup[1]}").stdout.split()
    assert {*members} == {"contents.json", "default.pgdump", "audit.pgdump"}
    assert asked(site, DATABASES[0], columns) == "1"
    done = site.run("rollback", "DOWNGRADE=yes")
    assert done.returncode == 0, done.stderr
    assert asked(site, DATABASES[0], columns) == "0"
    assert site.get()[:2] == (200, release)


def test_people_of_the_directory_sign_in(site, release, slapd):
    """The host trusts whoever signed the directory's certificate; no setting says so."""
    assert release
    status, page = sign_in(site, "alan", slapd.password)
    assert (status, '<span class="who">alan</span>' in page) == (200, True), page
    status, page = sign_in(site, "grace", f"not {slapd.password}")
    assert (status, "The name or the password is not right." in page) == (400, True), page
    assert re.search(r"^alan\s+admin\s+directory$", site.run("flask", "--", "user", "list").stdout, re.M)


def test_after_a_reboot_the_site_waits_for_its_databases(site, release):
    site.host.reboot()
    (target,) = site.units("*.target")
    assert release in target
    when = "systemctl show --value -p {}TimestampMonotonic {}"  # microseconds
    ready = site.host.run(when.format("ActiveEnter", "postgresql@*-main.service")).stdout
    begun = site.host.run(when.format("InactiveExit", f"{target.removesuffix('.target')}@1")).stdout
    assert 0 < int(ready) < int(begun)
    assert site.get()[:2] == (200, release)
