"""The second names of static files."""

import pytest

from deploy.site import static
from yourapplication import assets as own

FILES = {"style.css": "a", "sub/icon.svg": "b", "no-suffix": "c", ".hidden.css": "d", "a.min.js": "e"}


@pytest.fixture
def release(tmp_path):
    """release(name, **changed) makes the static folder of a release; a change to None leaves the file out."""

    def make(name, **changed):
        folder = tmp_path / name
        for path, text in (FILES | {key.replace("_", "."): value for key, value in changed.items()}).items():
            if text is not None:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_text(text)
        static.add_names(folder)
        return folder

    return make


def names(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_each_file_has_the_name_that_the_application_links_to(release):
    folder = release("one")
    for name in ("style.css", "sub/icon.svg", "a.min.js"):
        stem, _, suffix = name.rpartition(".")
        linked = folder / f"{stem}.{own.digest(str(folder), name)}.{suffix}"
        assert linked.read_text() == FILES[name]
        assert linked.stat().st_mtime_ns == (folder / name).stat().st_mtime_ns
    before = names(folder)
    static.add_names(folder)
    assert names(folder) == before
    assert (static.DIGITS, static.HASHED.pattern) == (own.DIGITS, own.HASHED.pattern)


def test_what_the_release_before_linked_to_is_kept_for_one_release(release):
    one, two = release("one"), release("two", style_css="changed")
    three = release("three", style_css="changed again")
    (first,) = {name for name in names(one) if name.startswith("style.")} - {"style.css"}
    (second,) = {name for name in names(two) if name.startswith("style.")} - {"style.css"}
    static.keep_names(two, one)
    static.keep_names(three, two)
    assert (two / first).read_text() == "a"
    assert second in names(three)
    assert first not in names(three)
    assert (two / "style.css").read_text() == "changed"
