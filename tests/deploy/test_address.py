"""A site moves to an address that overlaps with its own; what somebody else has is refused before anything changes."""

import contextlib
import os
import socket

import pytest

from .small import current


@pytest.mark.parametrize("frontend", ["none", "nginx", "lighttpd", "apache"])
def test_a_site_moves_to_an_address_that_it_has_in_part(site, frontend):
    first = site.live("gevent", FRONTEND=frontend)
    failed = site.up("gevent", "tests.deploy.sites:broken_pages", FRONTEND=frontend, ADDRESS="0.0.0.0")
    assert (failed.returncode, failed.stderr.splitlines()[-1]) == (1, f"still live: release {first}, adapter gevent")
    assert site.get()[:2] == (200, first)
    second = site.live("gevent", FRONTEND=frontend, ADDRESS="0.0.0.0")
    assert site.get()[:2] == (200, second)
    assert "ok       port" in site.run("doctor", "ADDRESS=127.0.0.1", f"PORT={site.port}").stdout
    third = site.live("gevent", FRONTEND=frontend)
    assert site.get()[:2] == (200, third)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", site.port))


def test_what_somebody_else_has_of_it_is_refused(site):
    release = site.live("gevent")
    with contextlib.closing(socket.create_server(("127.0.0.2", site.port))):
        done = site.up("gevent", ADDRESS="0.0.0.0")
        doctor = site.run("doctor", "ADDRESS=0.0.0.0", f"PORT={site.port}")
    assert done.returncode == 2
    assert done.stderr.startswith(
        f"deploy: PORT is {site.port}, which cannot be listened on at 0.0.0.0 (Address already"
    )
    assert (current(site), *site.get()[:2]) == (release, 200, release)
    assert f"wrong    port         0.0.0.0:{site.port} is held by process {os.getpid()} (" in doctor.stdout
