"""What clients have begun before a swap is finished after it."""

import http.client
import os
import threading
import time

import pytest

HALF = b"x" * 65536


@pytest.mark.parametrize("other", ["gunicorn", "fastcgi"])
@pytest.mark.parametrize("frontend", ["nginx", "lighttpd", "apache"])
def test_an_upload_that_began_before_the_swap_is_answered(site, frontend, other):
    """Front ends read it to its end before they pass it on: to the release that they knew when it began."""
    first = site.live("gevent", FRONTEND=frontend, GRACEFUL_TIMEOUT=20)
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    connection.putrequest("POST", "/upload")
    connection.putheader("Content-Length", str(2 * len(HALF)))
    connection.endheaders(HALF)
    time.sleep(0.3)  # until the front end has read that
    live = []
    deployment = threading.Thread(target=lambda: live.append(site.live(other, FRONTEND=frontend, GRACEFUL_TIMEOUT=20)))
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
