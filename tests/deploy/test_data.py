"""Deployments of the application with its data: PostgreSQL, migrations, files that browsers keep."""

import json
import re
import shutil

import pytest

from tests.migrations import ADDS_A_COLUMN
from tests.services import postgresql

from .conftest import make_site, remove_site
from .test_local import copy_of_the_project

OURS = "yourapplication:create_app()"
MIGRATION = "yourapplication/migrations/default/0004_place.py"


@pytest.fixture
def changing():
    """A site and a copy of the project that a test may change."""
    project = copy_of_the_project()
    site = make_site(project)
    yield site, project
    remove_site(site)
    shutil.rmtree(project.parent)


def test_a_site_on_postgresql(fresh_site):
    site, secrets = fresh_site, fresh_site.root / "shared" / "secrets.json"
    with postgresql() as server, server.database() as uri:
        secrets.parent.mkdir(parents=True)
        secrets.write_text(json.dumps({"SECRET_KEY": server.password * 2, "SQLALCHEMY_DATABASE_URI": uri}))
        secrets.chmod(0o600)
        site.live("gunicorn", OURS, FRONTEND="nginx")
        assert "the databases are at revision: default 0003, audit 0001" in site.output
        assert site.run("flask", "--", "user", "add", "ada", text="correct horse\n").returncode == 0
        assert server.run(uri.rpartition("/")[2], 'SELECT name FROM "user"') == "ada"
        assert site.get("/readyz")[0] == 200
        shown = site.run("flask", "--", "config").stdout
        assert json.loads(shown)["SQLALCHEMY_DATABASE_URI"].endswith(
            f":***@127.0.0.1:{server.port}/{uri.rpartition('/')[2]}"
        )
        assert server.password not in shown
        files = [path for path in (site.root / "releases").rglob("*") if path.is_file()]
        assert not [path for path in files if server.password.encode() in path.read_bytes()]
        assert list((site.root / "shared" / "data").iterdir()) == []
        assert site.run("stop").returncode == 0


@pytest.mark.parametrize("expands", [True, False], ids=["adds", "removes"])
def test_a_migration_goes_live_after_a_backup_and_a_rollback_knows_it(changing, expands):
    site, project = changing
    first = site.live("gevent", OURS)
    (project / MIGRATION).write_text(ADDS_A_COLUMN.format(expands))
    second = site.live("gevent", OURS)
    backup = re.search(r"backup: (\S+); the databases are at revision: default 0004 \(was 0003\)", site.output)
    assert backup
    assert list((site.root / "shared" / "backups").iterdir()) == [
        site.root / "shared" / "backups" / backup[1].rpartition("/")[2]
    ]
    done = site.run("rollback")
    if expands:
        assert done.returncode == 0, done.stderr
        assert site.get("/")[:2] == (200, first)
    else:
        assert done.returncode == 1
        assert "is at revision 0004, which this release does not know: it needs 0003" in done.stderr
        assert "DOWNGRADE=yes" in done.stderr
        assert site.get("/")[:2] == (200, second)
        back = site.run("rollback", "DOWNGRADE=yes")
        assert back.returncode == 0, back.stderr
        assert re.search(
            r"downgrade .*backup: \S+\.backup; the database of bind default is at revision 0003", back.stdout
        )
        assert site.get("/")[:2] == (200, first)


def test_a_migration_that_fails_and_one_that_the_release_before_cannot_serve(changing):
    """PostgreSQL is left as it was, and the message names the backup; what it says to do in the second case works."""
    site, project = changing
    secrets, migration = site.root / "shared" / "secrets.json", project / MIGRATION
    with postgresql() as server, server.database() as uri, server.database() as empty:
        key = {"SECRET_KEY": server.password * 2}
        secrets.parent.mkdir(parents=True)
        secrets.touch(0o600)
        secrets.write_text(json.dumps({**key, "SQLALCHEMY_DATABASE_URI": uri}))
        first = site.live("gevent", OURS)
        half = "def upgrade():\n    op.execute('CREATE TABLE half (id integer)')\n    op.execute('SELECT nonsense')"
        migration.write_text(ADDS_A_COLUMN.format(True).replace("def upgrade():", half))
        done = site.up("gevent", OURS)
        assert done.returncode == 1, done.stderr
        assert "the backup made before is /" in done.stderr
        assert server.run(uri.rpartition("/")[2], "SELECT to_regclass('half')") == ""
        assert site.get("/")[:2] == (200, first)
        migration.write_text(ADDS_A_COLUMN.format(False))
        health = project / "yourapplication" / "health.py"
        health.write_text(health.read_text().replace("schema.unready()", "'the coffee is cold'"))
        done = site.up("gevent", OURS)
        assert done.returncode == 4, done.stderr
        assert f"release {first}, adapter gevent, but it is not ready: GET /readyz was answered 503" in done.stderr
        backup = re.search(r"the backup made before is (\S+)\. To go back to it", done.stderr)[1]
        assert f"CMD='restore {backup}' ROOT={site.root}" in done.stderr
        assert site.run("stop").returncode == 0
        secrets.write_text(json.dumps({**key, "SQLALCHEMY_DATABASE_URI": empty}))
        assert site.run("flask", "--", "restore", backup).returncode == 0
        assert site.run("start").returncode == 0
        assert site.get("/")[:2] == (200, first)
        assert site.run("stop").returncode == 0


@pytest.mark.parametrize("frontend", ["none", "nginx"])
def test_files_that_open_pages_link_to_are_there_after_a_deployment(changing, frontend):
    site, project = changing
    site.live("gevent", OURS, FRONTEND=frontend)
    link = re.search(r'href="(/static/style\.[0-9a-f]{12}\.css)"', site.get("/")[2])[1]
    before = site.get(link)[2]
    style = project / "yourapplication" / "static" / "style.css"
    style.write_text(style.read_text() + "/* changed */\n")
    site.live("gevent", OURS, FRONTEND=frontend)
    assert link not in site.get("/")[2]
    assert site.get(link)[0::2] == (200, before)
    assert site.get("/static/style.css")[2].endswith("/* changed */\n")
