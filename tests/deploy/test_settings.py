"""Settings: what config/<environment>.json and the command line may say, and how a mistake is refused."""

import json
from pathlib import Path

import pytest

from deploy import settings
from deploy.adapters.options import Options
from deploy.errors import Refused
from deploy.settings import Settings, configuration
from deploy.site.release import Release, Root, Target


@pytest.fixture
def project(tmp_path):
    (tmp_path / "config").mkdir()
    write(tmp_path, {"deploy": {"port": 8080}})
    return tmp_path


def write(project, values):
    text = values if isinstance(values, str) else json.dumps(values)
    (project / "config" / "production.json").write_text(text)


def test_a_file_and_an_override_on_top(project):
    found = configuration.load(project, "production", {"mount": "/app", "processes": "3", "buffering": "on"})
    assert (found.port, found.mount, found.prefix, found.processes, found.buffering) == (8080, "/app", "/app", 3, True)
    assert configuration.load(project, "production", {}).prefix == ""


@pytest.mark.parametrize(
    ("key", "text", "allowed"),
    [
        pytest.param("mount", "app", "/ or a path such as /yourapplication", id="mount-without-slash"),
        pytest.param("mount", "/app/", "no slash at its end", id="mount-with-trailing-slash"),
        pytest.param("mount", "/a/../b", "segments of letters", id="mount-with-dots"),
        pytest.param("mount", "//app", "segments of letters", id="mount-with-two-slashes"),
        pytest.param("mount", "/a b", "segments of letters", id="mount-with-space"),
        pytest.param("mount", "/a(.*)", "segments of letters", id="mount-with-pattern"),
        pytest.param("mount", "/a\n", "segments of letters", id="mount-with-newline"),
        pytest.param("mount", "", "segments of letters", id="mount-empty"),
        pytest.param("port", "http", "valid integer", id="port-no-number"),
        pytest.param("port", "0", "greater than or equal to 1", id="port-zero"),
        pytest.param("port", "65536", "less than or equal to 65535", id="port-too-large"),
        pytest.param("processes", "-1", "greater than or equal to 1", id="processes-negative"),
        pytest.param("threads", "1.5", "valid integer", id="threads-fraction"),
        pytest.param("frontend", "iis", "'nginx', 'lighttpd' or 'apache'", id="frontend-unknown"),
        pytest.param("socket", "udp", "'unix' or 'tcp'", id="socket-unknown"),
        pytest.param("buffering", "maybe", "valid boolean", id="buffering-no-boolean"),
        pytest.param("application", "app.py", "module:attribute or module:factory()", id="application-a-file"),
        pytest.param("application", "app:make(1)", "module:attribute or module:factory()", id="application-arguments"),
        pytest.param("server_name", "", "at least one", id="server-name-none"),
        pytest.param("server_name", "www.*", "letters, digits", id="server-name-ends-in-any"),
        pytest.param("server_name", "a;b", "letters, digits", id="server-name-injects"),
        pytest.param("server_name", "http://www.example/", "no scheme, no port", id="server-name-a-url"),
        pytest.param("server_name", "www.example:8080", "no scheme, no port", id="server-name-with-port"),
        pytest.param("root", "/srv/my site", "letters, digits", id="root-with-space"),
        pytest.param("headers", "nosniff", "dictionary", id="headers-a-word"),
        pytest.param("connections", "1", "greater than or equal to 64", id="connections-too-few"),
        pytest.param("keep_releases", "1", "greater than or equal to 2", id="keep-too-few"),
    ],
)
def test_a_wrong_override_is_refused(project, key, text, allowed):
    with pytest.raises(Refused) as refusal:
        configuration.load(project, "production", {key: text})
    message = str(refusal.value)
    assert message.startswith(f"{key.upper()} is ")
    assert allowed in message
    assert repr(text) in message or text in message


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"X-A": "a\nb"}, "printable ASCII"), ({"X-A": "a$b"}, "printable ASCII"), ({"X-A": 'a"'}, "printable ASCII"),
        ({"X A": "a"}, "cannot be set here"), ({"Content-Length": "1"}, "cannot be set here"),
    ],
)  # fmt: skip
def test_headers_that_no_server_could_send_are_refused(project, headers, allowed):
    for key in ("headers", "static_headers"):
        with pytest.raises(Refused, match=allowed):
            configuration.load(project, "production", {key: json.dumps(headers)})
    good = {"Content-Security-Policy": "default-src 'self'; img-src * data:", "X-Frame-Options": ""}
    assert configuration.load(project, "production", {"headers": json.dumps(good)}).headers == good


WRONG_FILES = {  # id: (what config/production.json holds, how the refusal goes on after its name)
    "misspelt": ({"deploy": {"mout": "/"}}, "deploy.mout is not a setting: did you mean mount or timeout?"),
    "unknown": ({"deploy": {"xyzzy": 1}}, "deploy.xyzzy is not a setting: the settings are application"),
    "mistyped": ({"deploy": {"port": "80"}}, "deploy.port is '80': it must be a valid integer"),
    "no-object": ({"deploy": []}, "deploy is []: it must be an object"),
    "no-section": ({"depoly": {}}, "depoly is not a section: there are application and deploy"),
    "list": ([], "holds []: it must be a JSON object"),
    "no-json": ('{\n "deploy": {,}\n}', "not JSON at line 2 column 13"),
    "empty": ("", "not JSON at line 1 column 1"),
}


@pytest.mark.parametrize(("values", "message"), list(WRONG_FILES.values()), ids=WRONG_FILES)
def test_a_wrong_file_is_refused(project, values, message):
    write(project, values)
    with pytest.raises(Refused) as refusal:
        configuration.load(project, "production", {})
    assert str(refusal.value).startswith(f"config/production.json: {message}")


def test_an_unknown_environment_and_a_missing_file_are_refused(project):
    with pytest.raises(Refused, match="ENVIRONMENT is 'staging': it may be development, testing, production"):
        configuration.load(project, "staging", {})
    with pytest.raises(Refused, match=r"config/testing\.json does not exist"):
        configuration.load(project, "testing", {})


def test_the_schema_is_what_the_settings_say(pytestconfig):
    committed = json.loads((pytestconfig.rootpath / "config" / "schema.json").read_text())
    assert committed == configuration.schema(), "make schema"


def test_a_default_stands_in_one_place():
    """Adapters import no settings and need defaults by hand, where these four are the web server's to say."""
    shared = set(Options._fields) & set(Settings.model_fields) - {"release"}
    own = {name: getattr(Options(), name) for name in shared}
    assert {name for name in shared if own[name] != Settings.model_fields[name].default} == {
        "mount", "server_name", "headers", "processes",
    }  # fmt: skip


def test_the_projects_own_files_are_valid(pytestconfig):
    for environment in settings.ENVIRONMENTS:
        configuration.load(pytestconfig.rootpath, environment, {})


@pytest.mark.parametrize(
    ("given", "url"),
    [
        pytest.param({}, "http://127.0.0.1:8000/", id="no-name"),
        pytest.param({"address": "*", "port": 80}, "http://0.0.0.0/", id="everywhere"),
        pytest.param({"server_name": "www.example", "port": 80, "mount": "/app"}, "http://www.example/app/", id="name"),
        pytest.param({"server_name": "*.example"}, "http://www.example:8000/", id="any-name"),
        pytest.param({"server_name": ["localhost", "a.example", "b.example"]}, "http://a.example:8000/", id="names"),
        pytest.param({"server_name": "localhost"}, "http://127.0.0.1:8000/", id="this-machine"),
    ],
)
def test_where_clients_reach_the_site(given, url):
    release = Release("id", Root(Path("/srv/site")), "production", Settings(**given), Target("cgi", "none", "cgi"),
                      Path("/venv"), "", "")  # fmt: skip
    assert release.url == url
