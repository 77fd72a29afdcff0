"""The feed: XML that any reader takes, and names that stay."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import datetime

import pytest

from ..conftest import sign_in, submit
from ..started import LAZY

ATOM = "{http://www.w3.org/2005/Atom}"
BASE = "{http://www.w3.org/XML/1998/namespace}base"
HOSTILE = "]]></summary><x a=\"'&amp;&lt;\u2028\u00a0\U0001f600<script>&#12;&#x0c;&#1;&#0;&#xfffe;&#xd800;"


def feed(client, **options):
    response = client.get("/feed.atom", **options)
    return ET.fromstring(response.data)


@pytest.mark.parametrize(
    "body", [HOSTILE, "a&#12;b", f"`{HOSTILE}`\n\n[x](</{HOSTILE}>)"], ids=["text", "word", "code"]
)
def test_whatever_is_written_the_feed_is_xml(client, body):
    sign_in(client)
    assert submit(client, "/add", title=HOSTILE, body=body).status_code == 303
    (entry,) = feed(client).findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == HOSTILE
    assert "<script" not in entry.findtext(f"{ATOM}content")
    assert "\f" not in client.get("/").text


def test_names_stay_when_there_is_tls_and_tell_mounts_apart(client):
    sign_in(client)
    submit(client, "/add", title="T", body="x")

    def names(base):
        return [each.text for each in feed(client, base_url=base).iter(f"{ATOM}id")]

    plain = names("http://example.org/blog")
    assert plain == names("https://example.org/blog") == names("https://example.org:443/blog")
    assert all(name.startswith("urn:uuid:") for name in plain)
    assert len({*plain, *names("http://example.org/"), *names("http://example.com/blog")}) == 6


def test_links_within_an_entry_mean_what_they_mean_on_its_page(client):
    sign_in(client)
    submit(client, "/add", title="T", body="[next](2)")
    (entry,) = feed(client, base_url="https://example.org/blog").findall(f"{ATOM}entry")
    assert entry.get(BASE) == entry.find(f"{ATOM}link").get("href") == "https://example.org/blog/entries/1"


def test_its_times_are_times_with_a_zone_and_it_is_not_sent_twice(client):
    sign_in(client)
    submit(client, "/add", title="T", body="x")
    found = feed(client)
    for name in ("updated", "published"):
        for each in found.iter(f"{ATOM}{name}"):
            assert datetime.fromisoformat(each.text).tzinfo
    response = client.get("/feed.atom")
    assert client.get("/feed.atom", headers={"If-None-Match": response.headers["ETag"]}).status_code == 304


def test_it_imports_what_it_uses_and_no_more(modules):
    assert modules("/feed.atom") & LAZY == {"markdown_it", "nh3"}
