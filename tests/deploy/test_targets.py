"""Targets, the files of a release, and what `render` prints: all without touching anything."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import bundle, frontends, settings
from deploy.adapters import ADAPTERS
from deploy.bundle import build, effective, instance
from deploy.errors import Refused
from deploy.rollout import plan
from deploy.settings import Settings, configuration
from deploy.site import facts
from deploy.site.release import Release, Root

PROJECT = Path(__file__).parents[2]
MOUNTS = ("/", "/yourapplication")


def pairs():
    """Every adapter with every front end that speaks one of its protocols."""
    for name in ADAPTERS:
        for frontend in ("none", *frontends.FRONTENDS):
            if frontends.protocol(frontend, bundle.adapter(name).protocols):
                yield name, frontend


def release(name, frontend, mount="/", **given):
    given = {"frontend": frontend, "mount": mount, **given}
    chosen = configuration.load(PROJECT, "production", given)
    target = bundle.target(name, chosen)
    root = Root(Path("/srv/site"))
    upstream = "" if target.standalone else "/srv/site/run/sockets/x"
    return Release("20260101-000000-abcd", root, "production", chosen, target, root.venvs / "0123", upstream, user="")


def rendered(made):
    return build.files(made, facts.read(made, PROJECT, False))


def test_six_adapters_and_three_front_ends_make_44_targets():
    assert len([(pair, mount) for pair in pairs() for mount in MOUNTS]) == 44


@pytest.mark.parametrize(("name", "frontend"), list(pairs()))
@pytest.mark.parametrize("mount", MOUNTS)
def test_every_target_has_its_files(name, frontend, mount):
    made = release(name, frontend, mount)
    files = {file.name: file for file in rendered(made)}
    serve = json.loads(files["instance/serve.json"].content)
    assert serve["mount"] == ("" if mount == "/" else mount)
    assert serve["adapter"] == name
    assert serve["release"] == made.id
    assert ("frontend/site.conf" in files) == (frontend != "none")
    assert "{{" not in "".join(file.content for file in files.values())
    assert files["yourapplication.cgi"].content.startswith("#!/srv/site/venvs/0123/bin/python\n")
    assert files["yourapplication.cgi"].mode == 0o755


def test_the_same_release_is_rendered_the_same():
    made = release("gunicorn", "nginx", "/yourapplication")
    assert rendered(made) == rendered(made)


def test_a_relative_sqlite_file_is_placed_beside_the_releases():
    files = {file.name: file.content for file in rendered(release("gunicorn", "none"))}
    config = json.loads(files["instance/config.json"])
    assert config["SQLALCHEMY_DATABASE_URI"] == "sqlite:////srv/site/shared/data/yourapplication.sqlite"
    assert config["SECRETS_FILE"] == "/srv/site/shared/secrets.json"
    assert "SECRET_KEY" not in config


def test_an_unconfigured_database_is_placed_there_too(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "production.json").write_text('{"application": {"SQLALCHEMY_DATABASE_URL": "sqlite:///x"}}')
    config = instance.config(release("gunicorn", "none"), configuration.application(tmp_path, "production"))
    assert config["SQLALCHEMY_DATABASE_URI"] == "sqlite:////srv/site/shared/data/yourapplication.sqlite"


@pytest.mark.parametrize(
    ("name", "frontend", "message"),
    [
        pytest.param("uwsgi", "nginx", "'uwsgi' is not an adapter: choose fastcgi, mod_wsgi", id="unknown-adapter"),
        pytest.param("fastcgi", "none", "fastcgi speaks fastcgi, which front end 'none' does not", id="fastcgi-alone"),
        pytest.param("cgi", "none", "FRONTEND=nginx, lighttpd, apache", id="cgi-alone"),
    ],
)
def test_an_impossible_target_is_refused(name, frontend, message):
    with pytest.raises(Refused) as refusal:
        release(name, frontend)
    assert message in str(refusal.value)


def test_mod_wsgi_behind_apache_has_a_choice():
    assert release("mod_wsgi", "apache").target.protocol == "wsgi"
    made = release("mod_wsgi", "apache", protocol="http")
    assert (made.target.protocol, bundle.target("mod_wsgi", Settings(protocol="http")).frontend) == ("http", "apache")
    files = {file.name: file.content for file in rendered(made)}
    assert "WSGI" not in files["frontend/site.conf"]
    assert json.loads(files["instance/serve.json"])["proxied"] is True
    with pytest.raises(Refused, match="PROTOCOL is 'wsgi', but between mod_wsgi and front end 'nginx' it may be http"):
        release("mod_wsgi", "nginx", protocol="wsgi")


NATURAL = {
    "gunicorn": "none", "tornado": "none", "gevent": "none", "fastcgi": "nginx", "cgi": "apache", "mod_wsgi": "apache",
}  # fmt: skip


@pytest.mark.parametrize("name", ADAPTERS)
def test_an_adapter_has_its_natural_front_end(name):
    assert bundle.target(name, configuration.load(PROJECT, "production", {})).frontend == NATURAL[name]


def command(*words):
    return subprocess.run(
        [sys.executable, "-m", "deploy", *words], cwd=PROJECT, text=True, capture_output=True, check=False
    )


def test_render_prints_the_files_and_writes_nothing(tmp_path):
    before = os.stat(PROJECT).st_mtime_ns
    done = command("render", "gunicorn", "--frontend", "nginx", f"ROOT={tmp_path}/site", "MOUNT=/yourapplication")
    assert done.returncode == 0, done.stderr
    assert f"### {tmp_path}/site/releases/release/frontend/site.conf\n" in done.stdout
    assert "location" in done.stdout
    assert list(tmp_path.iterdir()) == []
    assert os.stat(PROJECT).st_mtime_ns == before


def test_render_gives_the_settings_to_other_tools():
    as_json = json.loads(command("render", "gunicorn", "--format", "json", "PORT=8123").stdout)
    assert as_json["deploy"]["port"] == 8123
    assert as_json["application"]["ADAPTER"] == "gunicorn"
    script = command("render", "gunicorn", "--format", "env", "PORT=8123").stdout
    echo = '\necho "$PORT $APPLICATION $FLASK_ADAPTER"'
    shown = subprocess.run(["sh", "-c", script + echo], text=True, capture_output=True, check=True)
    assert shown.stdout == "8123 yourapplication:create_app() gunicorn\n"


def test_no_secret_is_given_to_other_tools():
    section = {
        "SECRET_KEY": "abc", "SECRET_KEY_FALLBACKS": ["def"], "LDAP_SEARCH_PASSWORD": "ghi", "API_TOKEN": "jkl",
        "SQLALCHEMY_DATABASE_URI": "postgresql://app:m/n@o@localhost/site", "SQLALCHEMY_BINDS": {"audit": "x://y:pqr@h/z"},
        "SECRETS_FILE": "/srv/secrets.json", "WTF_CSRF_TIME_LIMIT": None, "SECRET_KEY_EMPTY": "",
        "QUERY": "x://h/z?sslpassword=stu&a=b&password=vwx",
        "LISTED": ["x://y:pqr@h", {"PASSWORD": "abc"}], "DSN": "host=h password=def",
    }  # fmt: skip
    shown = effective.masked(section)
    assert not re.search("abc|def|ghi|jkl|m/n|n@o|pqr|stu|vwx", effective.as_env({"deploy": {}, "application": shown}))
    assert shown["SQLALCHEMY_DATABASE_URI"] == "postgresql://app:***@localhost/site"
    assert shown["SQLALCHEMY_BINDS"] == {"audit": "x://y:***@h/z"}
    assert shown["QUERY"] == "x://h/z?sslpassword=***&a=b&password=***"
    assert shown["LISTED"] == ["x://y:***@h", {"PASSWORD": "***"}]
    assert shown["DSN"] == "host=h password=***"
    assert shown["SECRETS_FILE"] == "/srv/secrets.json"


def test_relative_databases_are_placed_beside_the_releases(tmp_path):
    (tmp_path / "config").mkdir()
    section = {"SQLALCHEMY_DATABASE_URI": "postgresql:///site", "SQLALCHEMY_BINDS": {"audit": "sqlite:///audit.sqlite"}}
    (tmp_path / "config" / "production.json").write_text(json.dumps({"application": section, "deploy": {}}))
    chosen, root = configuration.load(tmp_path, "production", {}), Root(tmp_path / "site")
    drafted = plan.draft(
        root, PROJECT, "production", chosen, bundle.target("gunicorn", chosen), Path("python3"), "", "x"
    )
    made = instance.config(drafted, configuration.application(tmp_path, "production"))
    assert made["SQLALCHEMY_BINDS"] == {"audit": f"sqlite:///{root.data}/audit.sqlite"}
    assert made["SQLALCHEMY_DATABASE_URI"] == "postgresql:///site"
    assert made["DATA_FOLDER"] == f"{root.data}"
    assert made["LOG_FILE"] == f"{root.requests}"


def test_help_names_every_setting_and_exit_code():
    shown = command("up", "--help").stdout
    assert all(f"--{key.replace('_', '-')}" in shown for key in settings.Settings.model_fields)
    assert "Exit codes" in shown
