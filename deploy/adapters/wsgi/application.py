"""Load the application, mount it, tell it who its client is, limit its bodies: the same for every adapter.

Every adapter serves what `load` returns, so what differs between servers is evened out here and in request.py.
"""

from __future__ import annotations

import gc
import importlib
import re
import sys
from types import FunctionType
from typing import TYPE_CHECKING, Any

from ..options import Options, Unservable
from .naming import judge
from .request import ask, believe, bound, place
from .response import Response, answer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from .response import Refusal

TARGET = re.compile(r"(?P<module>[A-Za-z_]\w*(?:\.\w+)*):(?P<attribute>[A-Za-z_]\w*)(?P<call>\(\))?", re.ASCII)
DEPENDENCY = "a dependency of its own is named in pyproject.toml: add it there, then run make requirements"
UNINSTALLED = ("a release runs the project from its folder and does not install it, so importlib.metadata knows its "
               "dependencies only: write the project's own version into its code")  # fmt: skip
TOKEN = "HTTP_X_RELEASE_TOKEN"
FAILED: Refusal = ("500 Internal Server Error", [])


def load(options: Options) -> WSGIApplication:
    """The application as every adapter serves it: found, prepared and found ready.

    Raises Unservable when it cannot be imported, is not callable or is not ready.
    """
    from .preflight import preflight  # CGI, which starts anew for every request, does without it

    served = prepare(find(options.application), options)
    preflight(served, options)
    gc.collect()
    gc.freeze()  # what has been loaded stays: looking for garbage in it would cost each request some percent
    return served


def find(name: str) -> Any:
    """The application named `module:attribute` or `module:factory()`; raises Unservable."""
    match = TARGET.fullmatch(name)
    if match is None:
        raise Unservable(f"application {name!r} is not of the form module:attribute or module:factory()")
    try:
        module = importlib.import_module(match["module"])
        if not hasattr(module, match["attribute"]):
            raise Unservable(f"application {name!r}: the module {match['module']} has no {match['attribute']}")
        found = getattr(module, match["attribute"])
        found = found() if match["call"] else found
    except Unservable:
        raise
    except (Exception, SystemExit) as error:
        raise _unloaded(name, match["module"], error) from error
    if isinstance(found, FunctionType) and not match["call"] and not _takes_a_request(found):
        raise Unservable(f"application {name!r} is a function, but not of environ and start_response (PEP 3333): a "
                         f"factory is written {name}()")  # fmt: skip
    if not callable(found):
        raise Unservable(f"application {name!r} is a {type(found).__name__}, not a WSGI callable (PEP 3333)")
    return found


def _unloaded(name: str, module: str, error: BaseException) -> Unservable:
    """Why it cannot be loaded, and what would be right."""
    from importlib.metadata import PackageNotFoundError

    if hasattr(error, "format_message"):  # Click's way of refusing: a sentence for the user
        return Unservable(f"application {name!r}: {error.format_message()}")
    advice = ""
    if isinstance(error, PackageNotFoundError):  # a ModuleNotFoundError, but of no module
        advice = f"\n{UNINSTALLED}"
    elif isinstance(error, ModuleNotFoundError):
        if f"{module}.".startswith(f"{error.name}."):
            return Unservable(f"application {name!r}: there is no module {error.name} in {sys.path[0] or '.'}")
        advice = f"\n{DEPENDENCY}"
    from .preflight import explained

    return Unservable(f"application {name!r} cannot be loaded: {explained(error)}{advice}")


def _takes_a_request(function: FunctionType) -> bool:
    """Whether it can be called with two arguments, and not with none as a factory can."""
    code, optional = function.__code__, len(function.__defaults__ or ())
    more = bool(code.co_flags & 0x04)  # inspect.CO_VARARGS: *arguments
    required = code.co_argcount - optional
    return required <= 2 and (more or required == 2)


def prepare(application: WSGIApplication, options: Options) -> WSGIApplication:
    """`application` under its mount, with a true client and a bounded body.

    To who has the site's token, the release is named in X-Release: strangers are not told when there is a new one.
    """
    mount, limit, proxied, named = options.mount, options.body_limit, options.proxied, options.named
    default = [header for header in options.headers.items() if header[1]]
    name, token = [("X-Release", options.release)], options.token.encode()
    hosts, unnamed = judge(options.server_name), (options.server_name or ["localhost"])[0].replace("*", "www")

    def served(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        head = environ["REQUEST_METHOD"] == "HEAD"
        added = name if TOKEN in environ and token and _knows(environ, token) else []
        response = Response(start_response, added, default, head, environ)
        believe(environ, proxied, named)
        refusal = ask(environ, hosts, unnamed) or place(environ, mount) or bound(environ, limit, proxied)
        if refusal:
            return answer(response, refusal)
        try:
            body = application(environ, response.start)
            response.hand_over()
            return response.body(body)
        except Exception:
            if response.handed_over:
                raise  # the server logs it, and ends the response as its protocol allows
            from traceback import print_exc

            print_exc(file=environ["wsgi.errors"])
            return answer(Response(start_response, added, default, head), FAILED)

    return served


def _knows(environ: WSGIEnvironment, token: bytes) -> bool:
    """Whether a request has the site's token, which the application then does not see."""
    from hmac import compare_digest  # CGI, which starts anew for every request, seldom needs it

    known = compare_digest(environ[TOKEN].encode("latin-1"), token)
    if known:
        del environ[TOKEN]
    return known
