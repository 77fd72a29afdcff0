"""CGI by wsgiref's CGIHandler: `yourapplication.cgi`, which a web server starts anew for every request.

Every import here is paid for by every request: what only some of them need is imported where it is needed.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..options import Options, read
from . import ending

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import WSGIApplication

protocols = ("cgi",)
requires = ()
programs: dict[str, str] = {}
inherits = ()
forks = False
stop_signal = "TERM"


def enter(folder: str) -> None:
    """Answer the one request of this process with the release in `folder`; called by its entry file."""
    from .answer import answer

    ending.apart()
    os.chdir(folder)

    def load() -> tuple[WSGIApplication, int]:
        from ..process import handlers, surroundings
        from ..wsgi.application import find, prepare  # without preflight, which the deployment has done

        options = read(folder)
        ending.finish_within(options)
        surroundings.serving(options)
        with ending.not_kept():
            application = handlers.keep(lambda: prepare(find(options.application), options))
        return application, options.request_timeout

    answer(load)


def serve(load: Callable[[], WSGIApplication], listener: None, options: Options) -> None:
    """Answer the request that the environment and standard input hold."""
    from .answer import answer

    ending.finish_within(options)
    answer(lambda: (load(), options.request_timeout))
