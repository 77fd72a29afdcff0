"""What front ends are told of static files: types, encodings, and names that bundlers have given."""

import json
import os
from pathlib import Path

import pytest
from flask import Flask

from deploy.site import assets, bundlers, static

NAMES = ("a.css", "A.JPG", "a.tar.gz", "a.css.gz", "a.unknown.gz", "a.svgz", "a.tgz", "a.unknown", "a", "a.html.bak",
         "a.sql", "a.xhtml", "a.js", "a.csv")  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_type_is_flasks(name, tmp_path):
    (tmp_path / name).write_text("x")
    with (
        Flask(__name__, static_folder=str(tmp_path), static_url_path="/static")
        .test_client()
        .get(f"/static/{name}") as own
    ):
        expected = own.headers["Content-Type"], own.headers.get("Content-Encoding", "")
    assert assets.content_type(name) == expected


def test_the_tables_know_what_is_there(tmp_path):
    for name in ("a.css", "sub/B.CSS", "c.tar.gz", "d.svgz", "e.gz", "f.none", "noext", "g.html.de"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "link.png").symlink_to("/etc/hostname")
    found = assets.survey(tmp_path)
    assert found.types == {"text/css; charset=utf-8": "css"}
    assert found.encoded == {
        "tar.gz": ("application/x-tar", "gzip"), "gz": ("application/octet-stream", "gzip"),
        "svgz": ("image/svg+xml; charset=utf-8", "gzip"),
    }  # fmt: skip
    assert found.parts == "css de gz html none svgz tar"
    assert found.immutable == (assets.OURS,)


BUNDLES = {  # what a folder holds, and which of it are a bundler's
    "vite": (("assets/index-BX2k3f9Q.js", "assets/index-DfRzpWqa.css", "assets/logo-D8Fq-_3z.svg", "index.html"), 3),
    "vite-map": (("index-BX2k3f9Q.js", "index-BX2k3f9Q.js.map", "main.js"), 2),
    "webpack": (("js/main.8e0d62a3.js", "js/12.0123abcd.chunk.js", "js/main.8e0d62a3.js.LICENSE.txt"), 3),
    "esbuild": (("app-IVCCKQKR.js", "app-UQ3H5W2A.js"), 2),
    "words": (("js/jquery-validate.js", "js/lib-Version2.js", "js/a.min.js", "js/slide-fileUtil.js"), 0),
    "pictures": (("hero-1920x1080.jpg", "photo-DSC04567.JPG", "IMG-20240131.png", "logo-BX2k3f9Q.png"), 0),
    "elsewhere": (("assets/index-BX2k3f9Q.js", "js/plugin-fileUtil.js"), 1),
}


@pytest.mark.parametrize("name", BUNDLES)
def test_names_of_bundlers(name):
    import re

    paths, count = BUNDLES[name]
    patterns = [re.compile(each) for each in bundlers.patterns(map(Path, paths))]
    assert sum(any(pattern.fullmatch(path) for pattern in patterns) for path in paths) == count


def test_what_bundlers_made_of_kept_releases_stays(tmp_path):
    """Of each release its own, and not what it had taken over, or nothing would ever go."""

    def release(number, *kept, **files):
        folder = tmp_path / str(number)
        (folder / "static" / "assets").mkdir(parents=True)
        for name, text in files.items():
            (folder / "static" / "assets" / f"index-{name}.js").write_text(text)
        static.keep_bundled(folder, folder / "static", [(each, each / "static") for each in kept])
        return folder

    one = release(1, BX2k3f9Q="one")
    two = release(2, one, CY3l4g0R="two")
    three = release(3, one, two, DZ4m5h1S="three")
    four = release(4, two, three, EA5n6i2T="four")  # one has been pruned
    shown = {each.name: sorted(os.listdir(each / "static" / "assets")) for each in (two, three, four)}
    first, second, third, fourth = (f"index-{name}.js" for name in ("BX2k3f9Q", "CY3l4g0R", "DZ4m5h1S", "EA5n6i2T"))
    assert shown == {"2": [first, second], "3": [first, second, third], "4": [second, third, fourth]}
    assert json.loads((four / static.TAKEN).read_text()) == [f"assets/{second}", f"assets/{third}"]
    assert (four / "static" / "assets" / second).read_text() == "two"
