"""What is given on the command line stays with the site, and a deployment that changes where it is says so at first."""

import json
import re

from deploy.machine.sockets import free_port

PLAIN = "tests.deploy.sites:plain"


def deployed(site, *words):
    """What a deployment says that goes well, and the notes in it."""
    done = site.run("up", "gevent", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, re.findall("^note: (the live site .*)$", done.stdout, re.M)


def test_what_was_given_counts_until_it_is_given_anew_or_forgotten(site):
    site.live("gevent", MOUNT="/shop", KEEP_RELEASES=3)
    told, notes = deployed(site)
    assert f"live: http://127.0.0.1:{site.port}/shop/ " in told
    assert notes == []
    given = {"application": "tests.deploy.sites:plain", "port": str(site.port), "mount": "/shop", "processes": "1",
             "keep_releases": "3"}  # fmt: skip
    assert json.loads(site.run("status", "JSON=1").stdout)["given"] == given
    assert "MOUNT=/shop" in re.search("^given .*$", site.run("status").stdout, re.M)[0]
    told, notes = deployed(site, "MOUNT=", "KEEP_RELEASES=")
    assert f"live: http://127.0.0.1:{site.port}/ " in told
    assert notes == ["the live site is changed: MOUNT was /shop and will be /"]
    assert told.index("MOUNT was /shop") < told.index("lock ")
    assert "mount" not in json.loads(site.run("status", "JSON=1").stdout)["given"]


def test_a_move_is_said_before_anything_is_done_and_a_failed_one_is_not_remembered(site):
    site.live("gevent")
    port = free_port("127.0.0.1")
    done = site.run("up", "gevent", f"PORT={port}", "APPLICATION=tests.deploy.sites:unready")
    assert done.returncode == 1
    assert done.stdout.splitlines()[:2] == [
        f"note: the live site is changed: PORT was {site.port} and will be {port}",
        f"note: the live site is changed: APPLICATION was {PLAIN} and will be tests.deploy.sites:unready",
    ]
    assert deployed(site)[1] == []
    assert site.get()[0] == 200


def test_commands_are_for_one_deployment(site):
    site.live("gevent", RELEASE="echo for once")
    assert "for once" in site.output
    assert "for once" not in deployed(site)[0]


def test_a_refusal_names_what_was_given_before(site):
    site.live("gevent", FRONTEND="none")
    done = site.run("up", "cgi")
    assert done.returncode == 2
    assert "cgi speaks cgi, which front end 'none' does not" in done.stderr
    assert re.search(
        "given for the live release, and so for this one: .*FRONTEND=none.*; NAME= forgets one", done.stderr
    )
    assert site.run("up", "cgi", "FRONTEND=").returncode == 0


def test_what_is_said_to_a_host_is_what_was_given_and_counts_where_nothing_was_for_the_rest():
    """What the host remembers comes before what an artifact says for any host, and after what is given."""
    from deploy.cli import arguments
    from deploy.fleet.artifact import Words
    from deploy.site import remembered

    said = Words("/srv/shop", {"port": "8080", "mount": ""}, {"address": "0.0.0.0", "port": "80"}).spelled()
    assert said == ["--default=ADDRESS=0.0.0.0", "--default=PORT=80", "PORT=8080", "MOUNT=", "ROOT=/srv/shop"]
    given = arguments.parse(["up", "gunicorn", *said])
    assert (given.default, given.port, given.mount) == (["ADDRESS=0.0.0.0", "PORT=80"], "8080", "")
    before = {"address": "192.0.2.1", "mount": "/shop", "no_setting_any_more": "1"}
    live = type("Live", (), {"given": before})
    assert remembered.words(live, {"port": "8080", "mount": ""}) == {"address": "192.0.2.1", "port": "8080"}
