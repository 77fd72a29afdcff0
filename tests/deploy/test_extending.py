"""An adapter is a file and a line, a front end a folder and a line, a setting a field: added in a copy and deployed."""

import http.client
import json
import shutil
from pathlib import Path

import pytest

from deploy import adapters, frontends, settings
from tests import environments
from tests.project import PROJECT

from . import small

OWN = Path(__file__).parent / "extending"
FIELD = '    greeting: Text = Field("", description="what is said with each answer")\n'


@pytest.fixture(scope="module")
def site():
    """Where the three are added to a copy of the project."""
    site = small.make()
    for name in ("cgi", "tornado"):  # as the new one, the former needs no library
        environments.bring(site.root, site.project, name)
    shutil.copy(OWN / "plain.py", site.project / "deploy/adapters")
    shutil.copytree(OWN / "relay", site.project / "deploy/frontends/relay")
    add(site, adapters, '    "plain": "deploy.adapters.plain",\n', "ADAPTERS = {\n")
    add(site, frontends, '    "relay": "deploy.frontends.relay",\n', "FRONTENDS = {\n")
    add(site, settings, FIELD, "frozen=True)\n\n")
    yield site
    small.remove(site)


def add(site, module, line, after):
    file = site.project / Path(module.__file__).relative_to(PROJECT)
    text = file.read_text()
    assert text.count(after) == 1
    file.write_text(text.replace(after, after + line))


def live(site, adapter, **settings):
    """The id of a new release that is live now."""
    done = site.up(adapter, "sites:plain", **settings)
    assert done.returncode == 0, done.stdout + done.stderr
    return small.current(site)


def asked(site):
    """A header of the front end's, and what is behind it."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    connection.request("GET", "/a")
    response = connection.getresponse()
    found = response.getheader("X-Greeting"), response.status, response.read().decode().partition("|/a|")[0]
    connection.close()
    return found


def test_the_three_are_deployed_together(site):
    first = live(site, "plain", FRONTEND="relay", GREETING="hello", MOUNT="/m")
    assert site.get("/m/")[:2] == (200, first)
    second = live(site, "plain", FRONTEND="relay", GREETING="good-day")
    assert site.get()[:2] == (200, second)
    assert asked(site) == ("good-day", 200, "")


@pytest.mark.wide
def test_each_is_with_all_that_is_there(site):
    before = live(site, "tornado", FRONTEND="relay", SOCKET="tcp", GREETING="hello")
    assert (site.get()[:2], asked(site)[0]) == ((200, before), "hello")
    for frontend in ("nginx", "none"):
        behind = live(site, "plain", FRONTEND=frontend)
        assert site.get()[:2] == (200, behind)


def test_it_is_listed_wherever_there_is_a_list(site):
    shown = site.run("up", "--help").stdout
    assert "plain" in shown
    assert "--greeting GREETING" in shown
    refused = site.run("up", "plain", "FRONTEND=caddy").stderr
    assert "'relay'" in refused
    assert "greeting" in json.loads(site.run("schema").stdout)["properties"]["deploy"]["properties"]
    assert site.run("samples").returncode == 0
    made = site.project / "deploy" / "samples"
    assert {path.name for path in (made / "plain").iterdir()} >= {"nginx.conf", "nginx-prefix.conf", "relay.conf"}
    assert {path.name for path in made.iterdir()} == {*adapters.ADAPTERS, "plain"}
    assert not (made / "fastcgi" / "relay.conf").exists(), "it speaks http only"


def test_without_the_pins_that_it_needs_it_is_refused_at_once(site):
    file = site.project / "deploy/adapters/plain.py"
    text = file.read_text()
    file.write_text(text.replace("requires = ()", 'requires = ("waitress",)'))
    done = site.run("up", "plain", "APPLICATION=sites:plain", f"PORT={site.port}")
    file.write_text(text)
    assert done.returncode == 2
    assert "requirements/adapters/plain.txt does not exist" in done.stderr
    assert "'make requirements' writes it" in done.stderr
