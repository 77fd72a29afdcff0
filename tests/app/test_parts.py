"""The application is a core and parts: who imports whom, how much of it there is, and that each part can be deleted."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from yourapplication.parts import PARTS

from .conftest import PASSWORD, clean

PROJECT = Path(__file__).resolve().parents[2]
PACKAGE = "yourapplication"
LONGEST, CORE = 150, 1880  # lines: of a file, and of the core without migrations, which nobody reads again
COPIED = (PACKAGE, "config", "tests", "deploy", "runserver.py", "pyproject.toml")
VISIT = f"""
from yourapplication import create_app, hooks
from yourapplication.auth.models import User
from yourapplication.data import migrating
from yourapplication.data.database import db
from tests.app.conftest import sign_in, submit, token

app = create_app("testing")
with app.app_context():
    migrating.upgrade(lambda line: None)
    user = User(name="ada")
    user.set_password({PASSWORD!r})
    db.session.add(user)
    db.session.commit()
client = app.test_client()
assert sign_in(client, password="wrong password").status_code == 400
assert sign_in(client).status_code == 303
assert submit(client, "/add", title="T", body="*x*").status_code == 303
for path, status in (("/", 200), ("/entries/1", 200), ("/?q=t", 200), ("/readyz", 200), ("/no-such-page", 404)):
    assert client.get(path).status_code == status, path
assert submit(client, "/sign-out", form="/add").status_code == 303
print("well")
"""


def name_of(path: Path) -> str:
    """The module that a file is."""
    return ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(path): path for path in (PROJECT / PACKAGE).rglob("*.py")}


def part_of(module: str) -> str:
    """The part that a module belongs to; empty for the core."""
    inner = module.removeprefix(f"{PACKAGE}.")
    return next((part for part in PARTS if f"{inner}.".startswith(f"{part}.")), "")


def imports(module: str) -> set[str]:
    """The modules of the package that a module imports, at once or when it needs them; for types alone is none."""
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    package = module if MODULES[module].name == "__init__.py" else module.rpartition(".")[0]
    return {found for node in _executed(tree) for found in _named(node, package) if found in MODULES} - {module}


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield child
            yield from _executed(child)


def _named(node: ast.AST, package: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
        base = ".".join([*above, *([node.module] if node.module else [])])
        inner = [f"{base}.{alias.name}" for alias in node.names]
        yield from (each if each in MODULES else base for each in inner)


GRAPH = {module: imports(module) for module in MODULES}


def test_the_core_imports_no_part_and_no_part_another() -> None:
    wrong = [f"{module} imports {other}" for module, found in GRAPH.items() for other in found
             if part_of(other) not in ("", part_of(module))]  # fmt: skip
    assert wrong == []
    assert {part_of(module) for module in MODULES} == {"", *PARTS}, "a part is a folder and a line"


def test_nobody_imports_in_a_circle() -> None:
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join([*path[path.index(module) :], module])
        if module not in done:
            for other in sorted(GRAPH[module]):
                visit(other, (*path, module))
            done.add(module)

    for module in GRAPH:
        visit(module, ())


def test_it_can_be_read_in_one_sitting() -> None:
    lines = {module: len(path.read_text(encoding="utf-8").splitlines()) for module, path in MODULES.items()}
    assert {module: count for module, count in lines.items() if count > LONGEST} == {}
    core = {module: count for module, count in lines.items() if not part_of(module) and ".migrations." not in module}
    assert sum(core.values()) <= CORE, core


@pytest.fixture(scope="session")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the application and its tests need of the project, once."""
    folder = tmp_path_factory.mktemp("whole")
    for name in COPIED:
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "samples", "hosts"))
        else:
            shutil.copy2(source, folder)
    return folder


@pytest.fixture
def without(copied: Path, tmp_path: Path):
    """without(part, ...) is a copy in which their folders, lines and tests' folders are deleted."""

    def delete(*parts: str) -> Path:
        folder = tmp_path / "copy"
        shutil.copytree(copied, folder)
        file = folder / PACKAGE / "parts.py"
        lines = file.read_text(encoding="utf-8").splitlines()
        for part in parts:
            (line,) = (line for line in lines if line.strip().startswith(f'"{part}",'))
            lines.remove(line)
            inner = part.replace(".", "/")
            shutil.rmtree(folder / PACKAGE / inner)
            shutil.rmtree(folder / "tests" / "app" / inner, ignore_errors=True)
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return folder

    return delete


def python(folder: Path, *words: str, timeout: float) -> subprocess.CompletedProcess[str]:
    environment = clean({"HOME": str(folder)})
    return subprocess.run([sys.executable, *words], cwd=folder, env=environment, timeout=timeout, text=True,
                          capture_output=True, check=False)  # fmt: skip


@pytest.mark.parametrize("parts", [*((part,) for part in PARTS), PARTS], ids=[*PARTS, "all"])
def test_without_a_part_there_is_a_blog(without, parts):
    done = python(without(*parts), "-c", VISIT, timeout=120)
    assert (done.returncode, done.stdout) == (0, "well\n"), done.stderr


@pytest.mark.wide
@pytest.mark.parametrize("parts", [*((part,) for part in PARTS), PARTS], ids=[*PARTS, "all"])
def test_without_a_part_the_tests_of_the_rest_pass(without, parts):
    words = ("-m", "pytest", "tests/app", "-p", "no:cacheprovider", "--deselect", "tests/app/test_parts.py")
    done = python(without(*parts), *words, timeout=1800)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
