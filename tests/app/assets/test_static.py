"""Static files: linked to by a name with the hash of their content, which browsers may keep for ever."""

from __future__ import annotations

import re

import pytest

FOR_EVER = "max-age=31536000, immutable"


@pytest.fixture
def linked(make, instance):
    """The stylesheet's URL as a page links to it, and a client."""
    instance()
    client = make("testing").test_client()
    found = re.search(
        r'href="([^"]+/style\.[0-9a-f]{12}\.css)"', client.get("/sign-in", base_url="http://x/prefix").text
    )
    return client, found[1].removeprefix("/prefix")


def get(client, path):
    with client.get(path, buffered=True) as response:
        return response


def test_a_page_links_to_hashed_names_below_its_mount(linked):
    client, url = linked
    response = get(client, url)
    assert (response.status_code, response.mimetype) == (200, "text/css")
    assert response.headers["Cache-Control"] == FOR_EVER
    assert response.data == get(client, "/static/style.css").data
    assert "Set-Cookie" not in response.headers


def test_the_plain_name_is_asked_for_again_each_time(linked):
    client, _ = linked
    assert get(client, "/static/style.css").headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("name", ["style.000000000000.css", "none.000000000000.css", "none.css", "../config.json",
                                  "style.000000000000", "%00.000000000000.css"])  # fmt: skip
def test_what_is_not_there_is_not_kept_for_ever(linked, name):
    client, _ = linked
    response = get(client, f"/static/{name}")
    assert response.status_code == 404
    assert "immutable" not in response.headers.get("Cache-Control", "")


def test_another_content_has_another_name(linked, project):
    client, url = linked
    with (project / "yourapplication/static/style.css").open("a") as file:
        file.write("/* changed */\n")
    client.application.static_folder = str(project / "yourapplication/static")
    assert get(client, url).status_code == 404
    with client.application.test_request_context():
        assert client.application.url_for("static", filename="style.css") not in (url, "/static/style.css")
        assert client.application.url_for("static", filename="none.css") == "/static/none.css"
