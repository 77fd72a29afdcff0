"""Law 1: SCRIPT_NAME + PATH_INFO is the decoded path, split at the mount and nowhere else."""

from __future__ import annotations

from urllib.parse import unquote

from . import client
from .client import Request
from .site import Site

LAW = "1"

INNER = ("/", "/x", "/x/y/", "/.hidden", "/x.php/y", "/yourapplication.cgi/x", "/team/my.app/x", "/static", "/index.html")
NEARLY = (
    "/team/my.appx", "/team/my.appx/y", "/team/my.app%0a", "/team/my.app%0a/x", "/team/myxapp/", "/team/my.app;/",
    "/team/my.app%20/", "/team/my.ap", "/team", "/team/", "/TEAM/my.app/", "/team//my.app/", "/other/team/my.app/",
    "/team/my.app%5c/", "/", "/x",
)  # fmt: skip
ENCODED = ("/%74eam/my.app/x", "/team/my%2Eapp/x", "/team/my%2eapp/", "/team%2Fmy.app/x", "/%74%65%61%6D/my.app/x?%74=1")


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
    for path in ENCODED:
        answer = client.ask(site.port, Request(target=path))
        below = Request(target=path) if not site.mount else Request(target=unquote(path.partition("?")[0])[12:] + query(path))
        assert (answer.status, answer.body) == (200, site.rule(below)), path


def query(path: str) -> str:
    return "".join(path.partition("?")[1:])


def test_the_bare_prefix_redirects(site: Site) -> None:
    """With the query as it was and to the host that the client asked; at / there is no such thing."""
    if not site.mount:
        assert site.get("/").status == 200
        return
    for path in (site.mount, site.mount.replace("t", "%74", 1)):
        for asked in ("", "?", "?a=%2F&b=1+2&a=%c3%a9"):
            for host in ("site.test", "other.test:81"):
                answer = client.ask(site.port, Request(target=path + asked, host=host))
                place = site.mount + "/" + (asked if asked != "?" else "")
                wanted = {place, f"http://{host}{place}"} | ({place + "?", f"http://{host}{place}?"} if asked == "?" else set())
                assert answer.status == 308 and answer.get("Location") in wanted, (path, asked, host, answer)


def test_the_bare_prefix_redirects_every_method(site: Site) -> None:
    for method in ("HEAD", "POST", "PUT", "DELETE"):
        answer = client.ask(site.port, Request(method, site.mount or "/", body=b"x" if method in ("POST", "PUT") else b""))
        assert answer.status == (308 if site.mount else 200), (method, answer)
