"""flask: a Flask command with the live release's settings."""

from __future__ import annotations

from ..cli.request import Answer, Request
from ..errors import Refused
from ..machine.run import Local
from ..rollout import release_commands
from ..site.application import describe


def run(request: Request) -> Answer:
    """Its exit code; it uses the caller's terminal. Raises Refused when the application offers no commands."""
    _, release = request.live()
    host = Local(request.host.environ, release.user)
    if describe(host, release, release.folder).commands is None:
        raise Refused(
            f"{release.settings.application} has no Flask commands: it is a WSGI application that is not Flask's"
        )
    words = release_commands.argv(release, "flask", *request.rest)
    return Answer(code=host.attach(words, cwd=release.folder, as_user=True))
