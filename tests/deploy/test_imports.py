"""Who may import whom, read from the source."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.adapters import ADAPTERS

PROJECT = Path(__file__).parents[2]
FORBIDDEN = {  # folder -> modules that nothing in it may import
    "yourapplication": ("deploy",),
    "deploy/adapters": ("deploy.", "yourapplication"),
    "deploy/frontends": ("deploy.adapters", "deploy.supervisors", "deploy.rollout", "yourapplication"),
    "deploy/supervisors": ("deploy.adapters", "deploy.rollout", "yourapplication"),
    "deploy/rollout/steps": ("deploy.adapters", "yourapplication"),
}
EXCEPT = {"deploy/adapters": ("deploy.adapters",)}


def imports(path: Path) -> set[str]:
    """The absolute names of all that a file imports."""
    package = list(path.relative_to(PROJECT).parent.parts)
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            found |= {f"{base}.{alias.name}" for alias in node.names}
    return found


def sources(folder: str) -> list[Path]:
    return sorted((PROJECT / folder).rglob("*.py"))


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_a_folder_keeps_to_its_side(folder):
    allowed = EXCEPT.get(folder, ())
    broken = [
        f"{path.relative_to(PROJECT)} imports {name}"
        for path in sources(folder)
        for name in imports(path)
        if f"{name}.".startswith(tuple(f"{each.rstrip('.')}." for each in FORBIDDEN[folder]))
        and not name.startswith(tuple(allowed))
    ]
    assert sources(folder)
    assert broken == []


def test_listing_the_adapters_imports_no_library():
    """A missing library may only matter when its adapter serves: here nothing but the standard library is there."""
    program = "import sys, importlib; sys.path.insert(0, sys.argv[1])\n" + "\n".join(
        f"importlib.import_module({module!r}).requires" for module in ADAPTERS.values()
    )
    subprocess.run([sys.executable, "-I", "-S", "-c", program, str(PROJECT)], check=True)


@pytest.mark.parametrize(
    ("words", "where"),
    [
        pytest.param({"subprocess"}, {"run.py"}, id="commands-are-run-in-one-file"),
        pytest.param({"print"}, {"__main__.py"}, id="main-prints"),
        pytest.param({"environ", "getenv"}, {"__main__.py"}, id="main-reads-the-environment"),
        pytest.param({"exit"}, {"__main__.py"}, id="main-exits"),
    ],
)
def test_the_tool_half_keeps_effects_in_one_place(words, where):
    """In deploy/, but for the serving half, which is a program of its own."""
    broken = []
    for path in sources("deploy"):
        if "adapters" in path.parts or path.name in where:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in words
            used = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and (
                (node.value.id == "os" and node.attr in words) or node.value.id in words
                or (node.value.id == "sys" and node.attr in words))  # fmt: skip
            if called or used:
                broken.append(f"{path.relative_to(PROJECT)}:{node.lineno}")
    assert broken == []
