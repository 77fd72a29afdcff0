"""Two releases of a case, as the deployment's own steps make them: ours, and the sample in ours' place."""

from __future__ import annotations

import dataclasses
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from deploy import bundle, checks, supervisors
from deploy.checks import users
from deploy.checks.subject import Subject
from deploy.errors import Refused
from deploy.machine.accounts import WEB_SERVER
from deploy.machine.files import write
from deploy.machine.run import Local
from deploy.machine.sockets import free_port
from deploy.rollout import plan
from deploy.rollout.context import Context
from deploy.rollout.steps import folders, render
from deploy.rollout.steps import release as copy
from deploy.settings import Settings
from deploy.site import environments
from deploy.site.release import Root

from . import samples
from .cases import Case

VENVS = Path("build", "bench-venv")
BODY_LIMIT = 128 * 1024 * 1024


def wrk() -> str:
    """The path of the load generator; raises Refused."""
    found = shutil.which("wrk")
    if found is None:
        raise Refused("wrk, which makes the load, is not on this machine: apt-get install wrk")
    return found


def context(project: Path, folder: Path, case: Case, application: str, threads: int) -> Context:
    """A deployment of `application` for a case below `folder`; raises Refused where this machine cannot."""
    values: dict[str, Any] = {
        "frontend": case.frontend, "port": free_port("127.0.0.1"), "application": application, "threads": threads,
        "processes": case.processes, "body_limit": BODY_LIMIT, "root": str(folder),
        "user": "" if os.geteuid() else WEB_SERVER,  # nobody is made for a measurement
    }  # fmt: skip
    given = Settings(**values)
    target = bundle.target(case.adapter, given)
    host = Local(os.environ)
    root = Root(folder)
    subject = Subject(host, project, root, given, target, users.who(host, root, given), None)
    checks.refuse(subject, "user", "interpreter", "programs")
    python, _ = subject.interpreter
    assert python  # else refused
    host = dataclasses.replace(host, user=subject.user)
    release = plan.draft(root, project, "production", given, target, python, host.user, "bench")
    venv = project / VENVS / release.venv.name
    if host.run(["test", "-x", project], as_user=True, check=False).returncode:
        raise Refused(f"{host.user} cannot enter {project}: measure in a folder that every user can enter")
    release = dataclasses.replace(release, venv=venv)
    supervisor = supervisors.of(host, root, given.supervisor)
    return Context(project, host, root, python, release, None, supervisor, None, plan.frontend_binary(host, target))


def make(ctx: Context) -> None:
    """Put the release on disk, and its environment when no earlier run has made it."""
    ctx.root.path.mkdir()
    folders.do(ctx)
    locks = environments.release_locks(ctx.project, ctx.release.target.adapter)
    ctx.release.venv.parent.mkdir(parents=True, exist_ok=True)
    if not (ctx.release.venv / environments.COMPLETE).exists():
        sys.stderr.write(f"making {VENVS / ctx.release.venv.name} for {ctx.release.target.adapter}\n")
    environments.make(ctx.host, ctx.python, ctx.release.venv, locks)
    copy.do(ctx)
    render.do(ctx)
    ctx.host.run([ctx.release.python, "-m", "compileall", "-q", "-x", "tests", ctx.release.folder], check=False)


def put_sample(ctx: Context) -> list[str]:
    """Replace what serves a release by the sample; its argv, empty when the front end serves it."""
    file, argv = samples.render(ctx.release)
    write(ctx.release.folder, [file])
    return argv
