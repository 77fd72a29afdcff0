"""The table of front ends, what each supports, and the samples that its templates render."""

from __future__ import annotations

import jinja2
import pytest

from deploy import frontends
from deploy.adapters import ADAPTERS
from deploy.bundle import frontend
from deploy.commands import samples

RENDERED = {file.name: file.content for file in samples.samples()}


@pytest.mark.parametrize("name", RENDERED)
def test_a_sample_is_what_the_templates_render(name: str) -> None:
    assert (samples.SAMPLES / name).read_text(encoding="utf-8") == RENDERED[name], "run `make samples`"


def test_there_is_a_sample_for_every_adapter_front_end_and_mount() -> None:
    found = {str(path.relative_to(samples.SAMPLES)) for path in samples.SAMPLES.rglob("*.conf")}
    assert found == set(RENDERED)
    assert len(found) == len(ADAPTERS) * len(frontends.FRONTENDS) * 2


@pytest.mark.parametrize("name", RENDERED)
def test_a_template_leaves_no_blanks(name: str) -> None:
    assert [line for line in RENDERED[name].splitlines() if line != line.rstrip() or "\t" in line] == []
    assert "\n\n\n" not in RENDERED[name]


@pytest.mark.parametrize(
    ("name", "protocol", "supported"),
    [
        ("nginx", "http", True), ("nginx", "fastcgi", True), ("nginx", "cgi", True), ("nginx", "wsgi", False),
        ("lighttpd", "http", True), ("lighttpd", "fastcgi", True), ("lighttpd", "cgi", True),
        ("lighttpd", "wsgi", False),
        ("apache", "http", True), ("apache", "fastcgi", True), ("apache", "cgi", True), ("apache", "wsgi", True),
        ("none", "http", True), ("none", "fastcgi", False), ("none", "cgi", False), ("none", "wsgi", False),
        ("caddy", "http", False), ("nginx", "../http", False),
    ],
)  # fmt: skip
def test_supports(name: str, protocol: str, supported: bool) -> None:
    assert frontends.supports(name, protocol) is supported


@pytest.mark.parametrize(
    ("name", "protocols", "chosen"),
    [
        ("apache", ("wsgi", "http"), "wsgi"), ("nginx", ("wsgi", "http"), "http"), ("none", ("wsgi", "http"), "http"),
        ("none", ("fastcgi",), None), ("lighttpd", ("cgi",), "cgi"), ("nginx", (), None),
    ],
)  # fmt: skip
def test_the_first_supported_protocol_is_chosen(name: str, protocols: tuple[str, ...], chosen: str | None) -> None:
    assert frontends.protocol(name, protocols) == chosen


@pytest.mark.parametrize("name", frontends.FRONTENDS)
def test_a_missing_value_is_no_blank(name: str) -> None:
    context = samples.context("gunicorn", "")
    for missing in ("port", "code", "run", "upstream"):
        with pytest.raises(jinja2.UndefinedError, match=missing):
            frontend.render(name, "http", {key: value for key, value in context.items() if key != missing})


@pytest.mark.parametrize("name", frontends.FRONTENDS)
def test_the_module_says_how_to_run_it(name: str) -> None:
    module = frontends.load(name)
    assert module.check("/bin/it", "/a.conf")[0] == module.start("/bin/it", "/a.conf")[0] == "/bin/it"
    assert "/a.conf" in module.check("/bin/it", "/a.conf")
    assert "/a.conf" in module.start("/bin/it", "/a.conf")
    assert frontends.supports(name, "cgi") or not module.cgi
    assert module.debian.available.format(site="blog") != module.debian.enabled.format(site="blog")
