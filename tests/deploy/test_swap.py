"""What clients have begun before a swap is finished after it."""

import http.client
import os
import threading
import time

import pytest

HALF = b"x" * 65536


@pytest.mark.parametrize(("old", "new"), [("gevent", "gunicorn"), ("gunicorn", "fastcgi")])
@pytest.mark.parametrize("frontend", ["nginx", "lighttpd", "apache"])
def test_an_upload_that_began_before_the_swap_is_answered(site, frontend, old, new):
    """Front ends read it to its end before they pass it on: to the release that they knew when it began."""
    first = site.live(old, FRONTEND=frontend, GRACEFUL_TIMEOUT=20)
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    connection.putrequest("POST", "/upload")
    connection.putheader("Content-Length", str(2 * len(HALF)))
    connection.putheader("X-Release-Token", site.token)
    connection.endheaders(HALF)
    time.sleep(0.3)  # until the front end has read that
    live = []
    deployment = threading.Thread(target=lambda: live.append(site.live(new, FRONTEND=frontend, GRACEFUL_TIMEOUT=20)))
    deployment.start()
    while os.readlink(site.root / "current") == f"releases/{first}" and deployment.is_alive():
        time.sleep(0.05)
    time.sleep(2)
    connection.send(HALF)
    response = connection.getresponse()
    assert (response.status, response.getheader("X-Release")) == (200, first)
    response.read()
    connection.close()
    deployment.join()
    assert site.get("/x")[:2] == (200, live[0])


def test_who_fails_at_the_address_of_a_front_end_gives_it_back(site):
    first = site.live("gevent", FRONTEND="nginx")
    done = site.up("gevent", "tests.deploy.sites:broken_pages", FRONTEND="none")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, f"still live: release {first}, adapter gevent")
    assert site.get()[:2] == (200, first)
