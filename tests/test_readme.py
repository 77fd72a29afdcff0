"""What README and docs/ tell a newcomer to type, typed; and that they agree with what was measured."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .release.report import QUOTED, summary

PROJECT = Path(__file__).parents[1]
README = (PROJECT / "README.md").read_text(encoding="utf-8")
PAGES = [PROJECT / "README.md", PROJECT / "deploy" / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
COPIED = ("yourapplication", "config", "requirements", "Makefile", "requirements.txt", "pyproject.toml")
ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}  # of no make around us
MADE = (  # by deployments, by Debian, by whoever follows a page
    *("serve.json", "secrets.json", "ROOT/shared/secrets.json"),
    *("lighttpd.conf", "ports.conf", "mpm_event.conf"),
    "yourapplication/notes/__init__.py",
)
WRITES_A_NOTE = """
from yourapplication import app
from yourapplication.data.database import db
from yourapplication.notes import Note

client = app.test_client()
print(client.get("/notes/add").location)
with app.app_context():
    db.session.add(Note(text="a <note>"))
    db.session.commit()
page = client.get("/notes/")
print(page.status_code, "<li>a &lt;note&gt;</li>" in page.text)
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the project with an environment that is made already."""
    for name in COPIED:
        copy = shutil.copytree if (PROJECT / name).is_dir() else shutil.copy2
        copy(PROJECT / name, tmp_path / name)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    (tmp_path / ".venv" / "complete").touch()
    return tmp_path


def test_a_migration_says_what_it_does(checkout):
    words = ["make", "migration"]
    done = subprocess.run(words, cwd=checkout, env=ENVIRONMENT, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith('say what it does: make migration MESSAGE="where it was"\n')
    assert not (checkout / "instance").exists()


def test_a_page_of_your_own(checkout):
    text = (PROJECT / "docs" / "application.md").read_text(encoding="utf-8").partition("### A page of your own")[2]
    files = re.findall(r"`(yourapplication/[^`]+)`:\n\n```(?:python|jinja)\n(.*?)```", text, re.DOTALL)
    assert len(files) == 3
    for name, content in files:
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text(content, encoding="utf-8")
    line = re.search(r'^    "notes",.*$', text, re.MULTILINE)[0]
    parts = checkout / "yourapplication" / "parts.py"
    before = parts.read_text(encoding="utf-8")
    parts.write_text(before.replace("PARTS = (\n", f"PARTS = (\n{line}\n"), encoding="utf-8")

    def run(*words, **options):
        done = subprocess.run(
            words, cwd=checkout, env=ENVIRONMENT, text=True, capture_output=True, check=False, **options
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    typed = re.search("```sh\n(.*?)```", text, re.DOTALL)[1]
    assert "0004_notes.py: read it before you run it" in run("sh", "-e", "-c", typed)
    flask = (sys.executable, "-m", "flask", "--app", "yourapplication")
    assert "default 0004 (was 0003)" in run(*flask, "init-db")
    assert run(sys.executable, "-c", WRITES_A_NOTE).splitlines() == ["/sign-in?next=/notes/add", "200 True"]
    assert "nothing to do: the models are as the databases" in run(*flask, "db", "migrate", "-m", "again")
    run(*flask, "db", "downgrade", "--bind", "default")
    assert "default\t0003\tneeds 0004" in run(*flask, "db", "current")
    run(sys.executable, "-m", "ruff", "check", "--config", str(PROJECT / "pyproject.toml"), "yourapplication/notes")


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 90


def test_figures_of_swaps_are_those_of_the_page_that_was_written_of_them():
    measured = summary((PROJECT / "docs" / "swaps.md").read_text(encoding="utf-8"))
    for name in QUOTED:
        assert summary((PROJECT / name).read_text(encoding="utf-8")) == measured, f"{name}: make swaps"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_links_lead_somewhere(page):
    text = re.sub("```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)]+)\)", text):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), f"{page.name}: {link}"
        if anchor:
            heads = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", head).lower().replace(" ", "-") for head in heads}, link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_make_knows_what_is_typed(page):
    rules = re.findall(r"^([a-z][\w.%-]*):", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    typed = re.findall(r"`[^`\n]+`|^    .*$", page.read_text(encoding="utf-8"), re.MULTILINE)
    for word in re.findall(r"\bmake ([a-z][\w.-]*)", "\n".join(typed)):
        assert word in rules or re.sub("-.*", "-%", word) in rules, f"make {word}"


def test_files_that_pages_name_are_there():
    below = ("", "deploy", "deploy/adapters", "deploy/adapters/wsgi", "deploy/adapters/loop", "deploy/frontends/nginx",
             "yourapplication", "tests/contract")  # fmt: skip
    for page in (PROJECT / "docs" / name for name in ("extend.md", "operate.md", "application.md")):
        text = re.sub("```.*?```|^    .*?$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
        for name in re.findall(r"`([\w./-]+\.(?:py|c|conf|json|md))`", text):
            made = name.startswith(("instance/", "shared/", "/")) or name in MADE
            assert made or any((PROJECT / each / name).exists() for each in below), f"{page.name}: {name}"
