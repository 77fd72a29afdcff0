"""Where the configuration comes from, and what is refused."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

import pytest

from yourapplication import errors

from .conftest import clean

KEY = os.urandom(32).hex()


@pytest.mark.parametrize("environment", ["development", "testing"])
def test_each_environment_starts_without_any_setting(make, environment):
    app = make(environment)
    assert app.config["ENVIRONMENT"] == environment
    assert app.testing == (environment == "testing")
    assert len(app.config["SECRET_KEY"]) >= 32


def test_the_environment_is_the_argument_then_the_variable_then_the_instance_then_development(
    make, instance, monkeypatch
):
    assert make().config["ENVIRONMENT"] == "development"
    instance(ENVIRONMENT="production", SECRET_KEY=KEY)
    assert make().config["ENVIRONMENT"] == "production"
    monkeypatch.setenv("APPLICATION_CONFIG", "testing")
    assert make().config["ENVIRONMENT"] == "testing"
    assert make("development").config["ENVIRONMENT"] == "development"


def test_a_later_source_wins(make, project, instance, secrets_file, monkeypatch):
    file = project / "config" / "development.json"
    assert make().config["RELEASE"] == ""
    file.write_text('{"application": {"RELEASE": "file", "ADAPTER": "file"}, "deploy": {}}')
    assert make().config["RELEASE"] == "file"
    instance(RELEASE="instance", SECRET_KEY="instance")
    assert make().config["RELEASE"] == "instance"
    assert make().config["ADAPTER"] == "file"
    instance(RELEASE="instance", SECRET_KEY="instance", SECRETS_FILE=str(secrets_file))
    assert make().config["SECRET_KEY"] in secrets_file.read_text()
    monkeypatch.setenv("FLASK_RELEASE", "variable")
    assert make().config["RELEASE"] == "variable"


def test_a_secret_key_of_digits_in_a_variable_stays_text(make, monkeypatch):
    monkeypatch.setenv("FLASK_SECRET_KEY", "31415926535897932384626433832795")
    assert make("production").config["SECRET_KEY"] == "31415926535897932384626433832795"


def test_development_keeps_one_key_per_checkout_and_testing_none(make, project):
    path = project / "instance" / "secret_key"
    key = make("testing").config["SECRET_KEY"]
    assert not path.exists()
    assert make("testing").config["SECRET_KEY"] != key
    key = make("development").config["SECRET_KEY"]
    assert make("development").config["SECRET_KEY"] == key == path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == ["secret_key"]


def test_processes_that_start_together_have_the_same_key(project):
    ask = "from yourapplication import app; print(app.secret_key)"
    options = {"cwd": project, "env": clean(), "stdout": subprocess.PIPE, "text": True}
    started = [subprocess.Popen([sys.executable, "-c", ask], **options) for _ in range(4)]
    keys = {process.communicate(timeout=60)[0] for process in started}
    assert len(keys) == 1
    assert len(keys.pop().strip()) == 64


@pytest.mark.parametrize(
    ("key", "fault"),
    [
        pytest.param(None, "SECRET_KEY is missing", id="missing"),
        pytest.param("", "SECRET_KEY is missing", id="empty"),
        pytest.param(KEY[:31], "only 31 characters", id="short"),
        pytest.param("please-change-me-please-change-me-1", "an example", id="example"),
        pytest.param("x" * 64, "an example", id="monotonous"),
        pytest.param(12345678901234567890123456789012, "a int, not text", id="number"),
    ],
)
def test_production_refuses_a_poor_key(make, instance, key, fault):
    instance(SECRET_KEY=key)
    with pytest.raises(errors.Refused, match=fault):
        make("production")


@pytest.mark.parametrize("name", ["DEBUG", "TESTING"])
def test_production_refuses_to_show_its_insides(make, instance, monkeypatch, name):
    instance(SECRET_KEY=KEY)
    assert make("production").config["DEBUG"] is False
    monkeypatch.setenv(f"FLASK_{name}", "1")
    with pytest.raises(errors.Refused, match=f"{name} is 1: production"):
        make("production")


@pytest.mark.parametrize("source", ["argument", "variable", "instance"])
def test_an_unknown_environment_is_refused(make, instance, monkeypatch, source):
    if source == "variable":
        monkeypatch.setenv("APPLICATION_CONFIG", "prod")
    if source == "instance":
        instance(ENVIRONMENT="prod")
    with pytest.raises(errors.Refused, match="is 'prod': it may be development, testing, production"):
        make("prod" if source == "argument" else None)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param('{"application": {"A": x}}', "not JSON at line 1 column 23", id="not-json"),
        pytest.param("[]", "holds a list: it must be a JSON object", id="not-an-object"),
        pytest.param('{"application": []}', "application is .*: it must be an object", id="section"),
        pytest.param(
            '{"application": {"secret_key": "x"}}', "names are written in capitals, as SECRET_KEY", id="small"
        ),
        pytest.param(None, "does not exist: every environment has its file in config/", id="absent"),
        pytest.param(
            '{"application": {"SQLALCHEMY_DATABSE_URI": "x"}}', "did you mean SQLALCHEMY_DATABASE_URI", id="misspelt"
        ),
        pytest.param('{"application": {"SQLALCHEMY_DATABASE_URI": "nonsense"}}', "not a database URL", id="database"),
    ],
)
def test_a_wrong_configuration_file_is_named(make, project, text, fault):
    path = project / "config" / "development.json"
    path.unlink() if text is None else path.write_text(text)
    with pytest.raises(errors.Refused, match=fault) as caught:
        make("development")
    assert str(path) in caught.value.message or "SQLALCHEMY_DATABASE_URI" in caught.value.message


def test_a_wrong_instance_file_is_named(make, instance):
    path = instance()
    path.write_text("{")
    with pytest.raises(errors.Refused, match=r"config\.json: not JSON at line 1 column 2"):
        make()


@pytest.mark.parametrize(
    ("mode", "text", "fault"),
    [
        pytest.param(0o640, "{}", "has mode 0640: make it 0600", id="group-readable"),
        pytest.param(0o604, "{}", "has mode 0604: make it 0600", id="world-readable"),
        pytest.param(0o600, "{", "not JSON at line 1 column 2", id="not-json"),
        pytest.param(0o600, '"key"', "holds a str: it must be a JSON object", id="not-an-object"),
        pytest.param(0o600, '{"key": 1}', "names are written in capitals", id="small"),
        pytest.param(0o600, None, "does not exist", id="absent"),
    ],
)
def test_a_wrong_secrets_file_is_named(make, instance, secrets_file, mode, text, fault):
    secrets_file.unlink() if text is None else secrets_file.write_text(text)
    if text is not None:
        secrets_file.chmod(mode)
    instance(SECRETS_FILE=str(secrets_file))
    with pytest.raises(errors.Refused, match=fault) as caught:
        make("production")
    assert str(secrets_file) in caught.value.message


def test_a_relative_secrets_file_is_refused(make, instance):
    instance(SECRETS_FILE="secrets.json")
    with pytest.raises(errors.Refused, match=r"SECRETS_FILE is 'secrets\.json': it must be an absolute path"):
        make("production")


def test_a_refusal_is_one_sentence_to_who_runs_a_command(flask):
    result = flask("user", "list", env={"APPLICATION_CONFIG": "production"})
    assert result.returncode == 2
    assert result.stderr.startswith("Error: SECRET_KEY is missing: production needs")
    assert result.stderr.count("\n") == 1


def test_the_application_is_built_on_first_use_and_once(run):
    script = (
        "import yourapplication as package; print('app' in vars(package)); print(hasattr(package, 'other'));"
        "from yourapplication import app as application; print(application is package.app, application.name)"
    )
    result = run("-c", script)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == "False\nFalse\nTrue yourapplication\n"
