"""pins: requirements/ anew, for each environment, each adapter, the supervisor and the tool."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from .. import bundle
from ..adapters import ADAPTERS
from ..cli.progress import Progress
from ..cli.request import Answer, Request
from ..fleet import artifact
from ..machine.files import File, write
from ..machine.run import Local
from ..supervisors import circus

# With hashes; without anything that names the machine or the index they were made from.
COMPILE = (
    "-m", "piptools", "compile", "--quiet", "--generate-hashes", "--strip-extras", "--allow-unsafe", "--no-header",
    "--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host", "--no-emit-options", "--no-annotate",
)  # fmt: skip
QUIET = ("env", "PYTHONWARNINGS=ignore")  # what other projects' builds are warned of is not for whoever pins them
EXTRAS = {
    "production": (),
    "ldap": ("ldap",),
    "development": ("development",),
    "testing": ("ldap", "development", "testing"),
}


def run(request: Request) -> Answer:
    """pip-tools' exit code."""
    with request.progress:
        return Answer(code=pin(request.host, request.project, request.given.upgrade, request.progress))


def pin(host: Local, project: Path, upgrade: bool, progress: Progress) -> int:
    """Write requirements/*.txt from pyproject.toml and the modules' `requires`, a line each; an exit code."""
    wanted: dict[str, list[str]] = {
        name: ["pyproject.toml", *(word for extra in extras for word in ("--extra", extra))]
        for name, extras in EXTRAS.items()
    }
    with tempfile.TemporaryDirectory() as scratch:
        distributions = {f"adapters/{name}": bundle.adapter(name).requires for name in ADAPTERS}
        for name, requires in {**distributions, "supervisor": circus.requires, "tool": artifact.requires}.items():
            if requires:
                write(Path(scratch), [File(f"{name}.in", "\n".join(requires) + "\n")])
                wanted[name] = [f"{scratch}/{name}.in"]
        for name, source in wanted.items():
            output = Path("requirements", f"{name}.txt")
            (project / output).parent.mkdir(exist_ok=True)
            constraint = [] if name == "production" else ["-c", "requirements/production.txt"]
            words = [*source, *constraint, *(["--upgrade"] if upgrade else []), "--output-file", str(output)]
            progress.begin(output.stem)
            began = time.monotonic()
            code = host.attach([*QUIET, sys.executable, *COMPILE, *words], cwd=project)
            if code:
                return code
            progress.done(output.stem, str(output), time.monotonic() - began)
    return 0
