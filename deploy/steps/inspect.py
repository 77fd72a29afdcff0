"""inspect: the application is imported once, in the release's environment, to see that it is one and what it offers."""

from __future__ import annotations

import json

from ..context import Context
from ..errors import Failed, Refused
from ..hosts import tail


def do(ctx: Context) -> str:
    """Learn the application's Flask commands; raises Refused when it cannot be imported or is not callable."""
    seconds = ctx.release.settings.start_timeout
    try:
        done = ctx.host.run([ctx.release.python, "-m", "deploy.adapters", "describe"], cwd=ctx.release.folder,
                            as_user=True, timeout=seconds, check=False)  # fmt: skip
    except Failed as error:
        raise Failed(f"the application was not imported within {seconds} s: it waits for something, or needs a longer "
                     "START_TIMEOUT") from error  # fmt: skip
    if done.returncode:
        printed, found, said = done.stdout.rpartition("describe: ")
        if not found:  # it was killed, perhaps
            raise Failed(f"the application could not be imported (exit code {done.returncode}): {tail(said, 40)}")
        text = tail(said, 40) + (f"\nbefore that it printed:\n{tail(printed)}" if printed.strip() else "")
        # What it says of the release is true of the project, which is still there when the release is gone.
        raise Refused(text.replace(str(ctx.release.folder), str(ctx.project)))
    ctx.commands = json.loads(done.stdout.splitlines()[-1])
    return ctx.release.settings.application
