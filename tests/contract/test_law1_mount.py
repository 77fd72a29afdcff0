"""Law 1: SCRIPT_NAME + PATH_INFO is the decoded path, split at the mount and nowhere else."""

from __future__ import annotations

from . import client
from .client import Request
from .site import Site

LAW = "1"

INNER = (
    "/", "/x", "/x/y/", "/.hidden", "/x.php/y", "/yourapplication.cgi/x", "/team/my.app/x", "/static", "/index.html",
)  # fmt: skip
NEARLY = (
    "/team/my.appx", "/team/my.appx/y", "/team/my.app%0a", "/team/my.app%0a/x", "/team/myxapp/", "/team/my.app;/",
    "/team/my.app%20/", "/team/my.ap", "/team", "/team/", "/TEAM/my.app/", "/team//my.app/", "/other/team/my.app/",
    "/team/my.app%5c/", "/", "/x",
)  # fmt: skip
ENCODED = {  # and what is left below the mount
    "/%74eam/my.app/x": "/x",
    "/team/my%2Eapp/x": "/x",
    "/team/my%2eapp/": "/",
    "/team%2Fmy.app/x": "/x",
    "/%74%65%61%6D/my.app/%78?%74=1": "/x?%74=1",
}


def test_splits_the_path_at_the_mount(site: Site) -> None:
    site.check(*(Request(target=path) for path in INNER))


def test_nothing_else_is_the_mount(site: Site) -> None:
    """At / every path is the application's; below a prefix none of these is."""
    if not site.mount:
        site.check(*(Request(target=path) for path in NEARLY))
        return
    answers = {path: client.ask(site.port, Request(target=path)) for path in NEARLY}
    assert {path: answer for path, answer in answers.items() if answer.status != 404 or b"environ" in answer.body} == {}


def test_encoded_letters_are_the_letters(site: Site) -> None:
    for path, inner in ENCODED.items():
        answer = client.ask(site.port, Request(target=path))
        assert (answer.status, answer.body) == (200, site.rule(Request(target=inner if site.mount else path))), path


def test_the_bare_prefix_redirects(site: Site) -> None:
    """With the query as it was and to the host that the client asked; at / there is no such thing."""
    if not site.mount:
        assert site.get("/").status == 200
        return
    for path in (site.mount, site.mount.replace("t", "%74", 1)):
        for asked in ("", "?", "?a=%2F&b=1+2&a=%c3%a9"):
            for host in ("site.test", "other.test:81"):
                answer = client.ask(site.port, Request(target=path + asked, host=host))
                assert answer.status == 308
                place = answer.get("Location").removeprefix(f"http://{host}")
                assert place.removesuffix("?") == site.mount + "/" + asked.removesuffix("?"), (path, asked, host)


def test_the_bare_prefix_redirects_every_method(site: Site) -> None:
    for method in ("HEAD", "POST", "PUT", "DELETE"):
        body = b"x" if method in ("POST", "PUT") else b""
        answer = client.ask(site.port, Request(method, site.mount or "/", body=body))
        assert answer.status == (308 if site.mount else 200), (method, answer)
